package dev.navarch.kubelet.volumes;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Mounts by the system's {@code mount} and {@code umount}; what is mounted is read from the kernel's table. */
public final class LinuxMounts implements Mounts {
    private final Path table;

    public LinuxMounts() {
        this(Path.of("/proc/self/mountinfo"));
    }

    LinuxMounts(Path table) {
        this.table = table;
    }

    @Override
    public boolean memory(Path directory, long sizeLimitBytes) throws IOException {
        if (mountPoints().contains(directory)) {
            return true;
        }
        var options = sizeLimitBytes > 0 ? "noswap,size=" + sizeLimitBytes : "noswap";
        try {
            run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
        } catch (IOException e) { // a kernel before 6.3 knows no noswap
            if (sizeLimitBytes > 0) {
                run("mount", "-t", "tmpfs", "-o", "size=" + sizeLimitBytes, "tmpfs", directory.toString());
            } else {
                run("mount", "-t", "tmpfs", "tmpfs", directory.toString());
            }
        }
        return true;
    }

    @Override
    public void unmountAll(Path directory) throws IOException {
        List<Path> below = new ArrayList<>(
                mountPoints().stream().filter(p -> p.startsWith(directory)).toList());
        Collections.reverse(below); // later mounts first
        for (var point : below) {
            run("umount", point.toString());
        }
    }

    List<Path> mountPoints() throws IOException {
        List<Path> points = new ArrayList<>();
        for (var line : Files.readAllLines(table)) {
            var fields = line.split(" ");
            if (fields.length > 4) {
                points.add(Path.of(unescape(fields[4])));
            }
        }
        return points;
    }

    /** The kernel writes blanks, tabs, newlines and backslashes as octal numbers. */
    private static String unescape(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }

    private static void run(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException(Arrays.toString(command) + " exited with " + code + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(command[0] + " was interrupted");
        }
    }
}
