package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Assumptions;

/** A machine on which real containers can be run: demanded in CI, and made so when the test is root. */
final class RealHost {
    static final Path BUSYBOX = Path.of("/bin/busybox");

    private RealHost() {}

    /** Installs what is missing; skips the test where that can't be done, and fails it when {@code CI=true}. */
    static void demand() throws IOException, InterruptedException {
        boolean root = System.getProperty("user.name").equals("root");
        if (!root) {
            lacking("root's rights");
            return;
        }
        var packages = new ArrayList<>(HostPrograms.missing().stream()
                .map(HostPrograms.Missing::debianPackage)
                .distinct()
                .toList());
        if (!Files.exists(BUSYBOX)) {
            packages.add("busybox-static");
        }
        if (!packages.isEmpty()) {
            // A fresh machine has no package lists yet.
            var install = "apt-get install -y --no-install-recommends " + String.join(" ", packages);
            var outcome = HostCommand.run(
                    Duration.ofMinutes(5), "sh", "-c", install + " || { apt-get update && " + install + "; }");
            if (!outcome.succeeded()) {
                lacking("the packages " + packages + " (" + outcome.output().strip() + ")");
            }
        }
    }

    private static void lacking(String what) {
        if ("true".equals(System.getenv("CI"))) {
            fail("Tests on real containers need " + what);
        }
        Assumptions.abort("Tests on real containers need " + what);
    }
}
