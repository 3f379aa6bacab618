package dev.navarch.kubelet.pods;

import dev.navarch.client.Json;
import dev.navarch.kubelet.runtime.Purpose;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Questions about a pod's spec, with the defaults that the API server would have filled in. */
public final class Pods {

    /** What part a container plays in its pod. */
    public enum Role {
        INIT,
        /** An init container that keeps running beside the main ones. */
        SIDECAR,
        MAIN,
        EPHEMERAL
    }

    /** A container of a pod with its part. */
    public record Member(Container container, Role role) {
        public String name() {
            return container.getName();
        }
    }

    private Pods() {}

    /** {@code name_namespace(uid)}, the form in upstream's messages. */
    public static String describe(Pod pod) {
        var meta = pod.getMetadata();
        return meta.getName() + "_" + meta.getNamespace() + "(" + meta.getUid() + ")";
    }

    public static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    /** Init containers and sidecars in order, then main ones, then ephemeral ones. */
    public static List<Member> members(Pod pod) {
        List<Member> all = new ArrayList<>();
        for (var c : orEmpty(pod.getSpec().getInitContainers())) {
            all.add(new Member(c, "Always".equals(c.getRestartPolicy()) ? Role.SIDECAR : Role.INIT));
        }
        orEmpty(pod.getSpec().getContainers()).forEach(c -> all.add(new Member(c, Role.MAIN)));
        orEmpty(pod.getSpec().getEphemeralContainers()).forEach(c -> all.add(new Member(plain(c), Role.EPHEMERAL)));
        return all;
    }

    /** An ephemeral container has the fields of a container, less some. */
    private static Container plain(EphemeralContainer ephemeral) {
        return Json.mapper().convertValue(ephemeral, Container.class);
    }

    /** What a container of this part is for. */
    public static Purpose purpose(Pod pod, Role role) {
        return switch (role) {
            case INIT -> Purpose.INITIALIZE;
            case SIDECAR, EPHEMERAL -> Purpose.ACCOMPANY;
            case MAIN -> isOfJob(pod) ? Purpose.COMPLETE : Purpose.SERVE;
        };
    }

    private static boolean isOfJob(Pod pod) {
        return orEmpty(pod.getMetadata().getOwnerReferences()).stream()
                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getKind().equals("Job")
                        && owner.getApiVersion().startsWith("batch/"));
    }

    public static Optional<Member> member(Pod pod, String name) {
        return members(pod).stream().filter(m -> m.name().equals(name)).findFirst();
    }

    public static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    public static String restartPolicy(Pod pod) {
        return Objects.requireNonNullElse(pod.getSpec().getRestartPolicy(), "Always");
    }

    public static boolean hostNetwork(Pod pod) {
        return Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
    }

    public static boolean deleting(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    public static String phase(Pod pod) {
        var status = pod.getStatus();
        return status == null || status.getPhase() == null ? "Pending" : status.getPhase();
    }

    public static boolean finished(Pod pod) {
        return phase(pod).equals("Succeeded") || phase(pod).equals("Failed");
    }

    /** How long its processes have when it ends; what deletion asked for, else its own wish, else 30 s. */
    public static Duration grace(Pod pod) {
        var meta = pod.getMetadata();
        if (deleting(pod) && meta.getDeletionGracePeriodSeconds() != null) {
            return Duration.ofSeconds(meta.getDeletionGracePeriodSeconds());
        }
        var wish = pod.getSpec().getTerminationGracePeriodSeconds();
        return Duration.ofSeconds(wish == null ? 30 : wish);
    }

    public static String terminationMessagePath(Container container) {
        return Objects.requireNonNullElse(container.getTerminationMessagePath(), "/dev/termination-log");
    }

    public static Optional<Instant> startTime(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getStartTime() == null
                ? Optional.empty()
                : Optional.of(Instant.parse(pod.getStatus().getStartTime()));
    }

    /** The hostname that its processes see: its own wish, or its name cut to 63 characters. */
    public static String hostname(Pod pod) {
        var wish = pod.getSpec().getHostname();
        if (wish != null && !wish.isEmpty()) {
            return wish;
        }
        var name = pod.getMetadata().getName();
        if (name.length() <= 63) {
            return name;
        }
        var cut = name.substring(0, 63);
        while (cut.endsWith("-") || cut.endsWith(".")) {
            cut = cut.substring(0, cut.length() - 1);
        }
        return cut;
    }
}
