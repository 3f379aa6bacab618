package dev.navarch.kubelet.cgroups;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pod groups as directories of the kernel's cgroup file system: {@code /<name>/kubepods[/burstable|/besteffort]/pod<uid>},
 * in the one tree of version 2 or in each controller's of version 1.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/cm/pod_container_manager_linux.go and qos_container_manager_linux.go.
 */
public final class CgroupTree implements PodCgroups {
    private static final Logger log = LoggerFactory.getLogger(CgroupTree.class);
    private static final List<String> V1_CONTROLLERS = List.of("cpu", "memory", "pids");
    private static final List<String> V2_CONTROLLERS = List.of("cpuset", "cpu", "io", "memory", "hugetlb", "pids");

    private final Path root;
    private final String name;
    private final boolean unified;

    /** CPU requests of burstable pods by uid; guards the QoS groups' weights too. */
    private final Map<String, Long> burstableMillis = new HashMap<>();

    private record Limits(long shares, long quotaMicros, long memoryBytes) {}

    /**
     * @param root where the file system is mounted, {@code /sys/fs/cgroup}
     * @param name the group that holds all of this node's, e.g. {@code navarch-1a2b}
     */
    public CgroupTree(Path root, String name) {
        this.root = root;
        this.name = name;
        unified = Files.exists(root.resolve("cgroup.controllers"));
    }

    /** Whether groups can be made below {@code root} by this process. */
    public static boolean usable(Path root) {
        return Files.exists(root.resolve("cgroup.controllers"))
                ? Files.isWritable(root)
                : V1_CONTROLLERS.stream().allMatch(c -> Files.isWritable(root.resolve(c)));
    }

    @Override
    public String parent(Pod pod) {
        return "/" + group(QosClass.of(pod)) + "/pod" + pod.getMetadata().getUid();
    }

    private String group(QosClass qos) {
        var base = name + "/kubepods";
        return qos.directory().isEmpty() ? base : base + "/" + qos.directory();
    }

    @Override
    public void ensure(Pod pod) throws IOException {
        var qos = QosClass.of(pod);
        long cpu = ResourceMath.podRequest(pod, "cpu");
        long cpuLimit = ResourceMath.podLimit(pod, "cpu");
        long memoryLimit = ResourceMath.podLimit(pod, "memory");
        synchronized (burstableMillis) {
            make(name);
            make(name + "/kubepods");
            make(group(QosClass.BURSTABLE));
            make(group(QosClass.BEST_EFFORT));
            write(group(QosClass.BEST_EFFORT), new Limits(2, 0, 0));
            if (qos == QosClass.BURSTABLE) {
                burstableMillis.put(pod.getMetadata().getUid(), cpu);
                weighBurstable();
            }
        }
        var path = parent(pod).substring(1);
        make(path);
        write(
                path,
                new Limits(
                        qos == QosClass.BEST_EFFORT ? 2 : ResourceMath.shares(cpu),
                        cpuLimit > 0 ? ResourceMath.quotaMicros(cpuLimit) : 0,
                        memoryLimit));
    }

    private void weighBurstable() throws IOException {
        long sum = burstableMillis.values().stream().mapToLong(Long::longValue).sum();
        write(group(QosClass.BURSTABLE), new Limits(ResourceMath.shares(sum), 0, 0));
    }

    private void make(String path) throws IOException {
        if (!unified) {
            for (var controller : V1_CONTROLLERS) {
                Files.createDirectories(root.resolve(controller).resolve(path));
            }
            return;
        }
        var directory = root.resolve(path);
        delegate(directory.getParent());
        Files.createDirectories(directory);
    }

    /** Hands the controllers that there are down to a directory's children. */
    private static void delegate(Path directory) throws IOException {
        var have = List.of(read(directory.resolve("cgroup.controllers")).split("\\s+"));
        var given = List.of(read(directory.resolve("cgroup.subtree_control")).split("\\s+"));
        for (var controller : V2_CONTROLLERS) {
            if (have.contains(controller) && !given.contains(controller)) {
                Files.writeString(directory.resolve("cgroup.subtree_control"), "+" + controller);
            }
        }
    }

    private static String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file).strip() : "";
    }

    private void write(String path, Limits limits) throws IOException {
        if (unified) {
            var directory = root.resolve(path);
            set(directory.resolve("cpu.weight"), Long.toString(ResourceMath.weight(limits.shares())));
            set(
                    directory.resolve("cpu.max"),
                    (limits.quotaMicros() > 0 ? Long.toString(limits.quotaMicros()) : "max")
                            + " "
                            + ResourceMath.CPU_PERIOD_MICROS);
            set(
                    directory.resolve("memory.max"),
                    limits.memoryBytes() > 0 ? Long.toString(limits.memoryBytes()) : "max");
            return;
        }
        var cpu = root.resolve("cpu").resolve(path);
        set(cpu.resolve("cpu.shares"), Long.toString(limits.shares()));
        if (limits.quotaMicros() > 0) {
            set(cpu.resolve("cpu.cfs_period_us"), Long.toString(ResourceMath.CPU_PERIOD_MICROS));
            set(cpu.resolve("cpu.cfs_quota_us"), Long.toString(limits.quotaMicros()));
        }
        if (limits.memoryBytes() > 0) {
            set(
                    root.resolve("memory").resolve(path).resolve("memory.limit_in_bytes"),
                    Long.toString(limits.memoryBytes()));
        }
    }

    private static void set(Path file, String value) throws IOException {
        if (!read(file).equals(value)) {
            Files.writeString(file, value);
        }
    }

    @Override
    public void remove(String podUid) throws IOException {
        for (var tree : trees()) {
            for (var qos : QosClass.values()) {
                removeTree(tree.resolve(group(qos)).resolve("pod" + podUid));
            }
        }
        synchronized (burstableMillis) {
            if (burstableMillis.remove(podUid) != null) {
                weighBurstable();
            }
        }
    }

    private List<Path> trees() throws IOException {
        if (unified) {
            return List.of(root);
        }
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> controllers = Files.newDirectoryStream(root)) {
            controllers.forEach(all::add);
        }
        return all;
    }

    /** Groups go with rmdir, innermost first; their files can't be deleted and need not be. */
    private static void removeTree(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (var child : children) {
                removeTree(child);
            }
        }
        try {
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException e) {
            log.debug("{} is gone already", directory);
        }
    }
}
