package dev.navarch.runtime.cri;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What {@code /proc} tells of processes. */
final class HostProcesses {
    private HostProcesses() {}

    /** A process's arguments, the program first; empty for zombies, kernel threads and those that are gone. */
    static List<String> commandLine(long pid) {
        try {
            var text = Files.readString(
                    Path.of("/proc/" + pid + "/cmdline"), java.nio.charset.StandardCharsets.ISO_8859_1);
            return text.isEmpty() ? List.of() : Arrays.asList(text.split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }
}
