package dev.navarch.cli;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** What the tests ask of the machine. */
public final class TestMachine {
    private TestMachine() {}

    /** Installs Debian packages; fails where it can't, because a test without its tools is no test. */
    static void install(String... packages) {
        List<String> command = new ArrayList<>(List.of("apt-get", "install", "-y", "-qq", "--no-install-recommends"));
        command.addAll(List.of(packages));
        if (run(command) != 0 && (run(List.of("apt-get", "update", "-qq")) != 0 || run(command) != 0)) {
            throw new AssertionError("these tests need Debian's packages " + List.of(packages)
                    + " and could not install them; run as root on Debian");
        }
    }

    /** The statically linked busybox that test images are made of. */
    static Path busybox() {
        var busybox = Path.of("/bin/busybox");
        if (!Files.isExecutable(busybox)) {
            install("busybox-static");
        }
        return busybox;
    }

    static int run(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException _) {
            return -1;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static String output(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    /**
     * A port that nobody listens on, of those that the kernel gives to nobody by itself, nor the cluster as a node port: it
     * is still free when the process that is told of it comes to listen.
     */
    public static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
            try (var _ = new ServerSocket(port)) {
                return port;
            } catch (IOException _) {
                // taken
            }
        }
    }
}
