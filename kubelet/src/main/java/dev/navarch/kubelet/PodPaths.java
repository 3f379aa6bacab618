package dev.navarch.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;

/** Where a node keeps what belongs to pods: {@code pods/<uid>} and {@code log/pods/<ns>_<name>_<uid>}. */
public record PodPaths(Path root) {

    public Path pods() {
        return root.resolve("pods");
    }

    public Path pod(String uid) {
        return pods().resolve(uid);
    }

    public Path logs() {
        return root.resolve("log").resolve("pods");
    }

    /** The directory of all logs of a pod. */
    public Path logs(Pod pod) {
        var meta = pod.getMetadata();
        return logs(meta.getNamespace(), meta.getName(), meta.getUid());
    }

    public Path logs(String namespace, String name, String uid) {
        return logs().resolve(namespace + "_" + name + "_" + uid);
    }

    /** The log of one run of a container, relative to its pod's. */
    public static String log(String container, int attempt) {
        return container + "/" + attempt + ".log";
    }
}
