package dev.navarch.runtime.cri;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Abilities of this host's kernel that decide how containerd is configured. */
final class Host {
    private static final int CAP_SYS_RESOURCE = 24;

    private Host() {}

    /** Whether AppArmor is on and its profiles can be loaded (source: containerd pkg/apparmor/apparmor_linux.go). */
    static boolean enforcesAppArmor() {
        return Files.exists(Path.of("/sys/kernel/security/apparmor"))
                && Files.exists(Path.of("/sbin/apparmor_parser"))
                && read("/sys/module/apparmor/parameters/enabled").startsWith("Y");
    }

    /**
     * Whether OOM scores may be lowered: the capability CAP_SYS_RESOURCE, in the machine's first user namespace.
     */
    static boolean mayLowerOomScores() {
        var capabilities = read("/proc/self/status")
                .lines()
                .filter(l -> l.startsWith("CapEff:"))
                .map(l -> Long.parseUnsignedLong(l.substring(7).strip(), 16))
                .findFirst()
                .orElse(0L);
        return (capabilities & 1L << CAP_SYS_RESOURCE) != 0
                && read("/proc/self/uid_map").strip().matches("0\\s+0\\s+4294967295");
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
