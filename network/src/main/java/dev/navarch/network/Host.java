package dev.navarch.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The programs of a host; one that stands for a network namespace lets several hosts live on one machine. */
@FunctionalInterface
public interface Host {

    /** What a program left behind; both its outputs together. */
    record Outcome(int exitCode, String output) {
        public boolean succeeded() {
            return exitCode == 0;
        }
    }

    /** Runs a program to its end, with {@code input} on its standard input. */
    Outcome run(List<String> command, String input) throws IOException, InterruptedException;

    /** This machine. */
    static Host local() {
        return Host::runHere;
    }

    /** A named network namespace of this machine. */
    static Host namespace(String name) {
        return (command, input) -> {
            var inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
            inside.addAll(command);
            return runHere(inside, input);
        };
    }

    private static Outcome runHere(List<String> command, String input) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().merge("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", (a, b) -> a + ":" + b);
        var process = builder.start();
        var writer = Thread.ofVirtual().start(() -> {
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It ended without reading everything; its exit code tells.
            }
        });
        var killer = Thread.ofVirtual().start(() -> {
            try {
                if (!process.waitFor(Duration.ofMinutes(1).toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        });
        try {
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            writer.join();
            return new Outcome(code, output);
        } finally {
            killer.interrupt();
        }
    }
}
