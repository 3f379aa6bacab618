package dev.navarch.runtime.cri;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs one program of the host to its end. */
final class HostCommand {

    /** What a program left behind. */
    record Outcome(List<String> command, int exitCode, String output) {
        boolean succeeded() {
            return exitCode == 0;
        }

        Outcome orThrow() throws IOException {
            if (!succeeded()) {
                throw new IOException(
                        "%s failed with exit code %s: %s".formatted(command.getFirst(), exitCode, output.strip()));
            }
            return this;
        }
    }

    private HostCommand() {}

    /** Runs {@code command} with both outputs joined; kills it at the deadline. */
    static Outcome run(Duration deadline, String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var killer = Thread.ofVirtual().start(() -> {
            try {
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        });
        try {
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(List.of(command), process.waitFor(), output);
        } finally {
            killer.interrupt();
        }
    }
}
