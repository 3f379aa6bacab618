package dev.navarch.kubelet;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node says about its machine.
 *
 * @param hugepages bytes reserved by page size, e.g. {@code 2Mi}
 */
public record MachineFacts(
        int cpus,
        long memoryBytes,
        long diskBytes,
        Map<String, Long> hugepages,
        String architecture,
        String kernelVersion,
        String osImage,
        String machineId,
        String systemUuid,
        String bootId) {
    private static final Logger log = LoggerFactory.getLogger(MachineFacts.class);

    /** Reads those of this machine. */
    public static MachineFacts read(Path root) {
        var arch = System.getProperty("os.arch", "amd64");
        long disk = 0;
        try {
            disk = Files.getFileStore(existing(root)).getTotalSpace();
        } catch (IOException e) {
            log.warn("Can't tell the size of the disk at {}: {}", root, e.getMessage());
        }
        return new MachineFacts(
                Runtime.getRuntime().availableProcessors(),
                memory(text("/proc/meminfo")),
                disk,
                readHugepages(),
                arch.equals("aarch64") ? "arm64" : arch,
                text("/proc/sys/kernel/osrelease"),
                osImage(text("/etc/os-release")),
                text("/etc/machine-id"),
                text("/sys/class/dmi/id/product_uuid"),
                text("/proc/sys/kernel/random/boot_id"));
    }

    private static Path existing(Path path) {
        var here = path.toAbsolutePath();
        while (!Files.exists(here) && here.getParent() != null) {
            here = here.getParent();
        }
        return here;
    }

    private static String text(String file) {
        try {
            var path = Path.of(file);
            return Files.isReadable(path) ? Files.readString(path).strip() : "";
        } catch (IOException e) {
            log.debug("Can't read {}", file, e);
            return "";
        }
    }

    static long memory(String meminfo) {
        for (var line : meminfo.split("\n")) {
            if (line.startsWith("MemTotal:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return 0;
    }

    static String osImage(String osRelease) {
        for (var line : osRelease.split("\n")) {
            if (line.startsWith("PRETTY_NAME=")) {
                return line.substring(12).replace("\"", "");
            }
        }
        return "Linux";
    }

    private static Map<String, Long> readHugepages() {
        Map<String, Long> all = new TreeMap<>();
        var directory = Path.of("/sys/kernel/mm/hugepages");
        if (!Files.isDirectory(directory)) {
            return all;
        }
        try (DirectoryStream<Path> sizes = Files.newDirectoryStream(directory, "hugepages-*kB")) {
            for (var size : sizes) {
                long kib = Long.parseLong(size.getFileName().toString().replaceAll("\\D", ""));
                long count = Long.parseLong(
                        Files.readString(size.resolve("nr_hugepages")).strip());
                all.put(kib >= 1 << 20 ? (kib >> 20) + "Gi" : (kib >> 10) + "Mi", count * kib * 1024);
            }
        } catch (IOException | NumberFormatException e) {
            log.debug("Can't read the huge pages", e);
        }
        return all;
    }
}
