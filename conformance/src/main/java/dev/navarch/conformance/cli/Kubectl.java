package dev.navarch.conformance.cli;

import dev.navarch.conformance.Scenario;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** kubectl in a scenario's namespace. {@code NAVARCH_TEST_KUBECTL} names another than the PATH's. */
public record Kubectl(Scenario scenario) {
    private static final int LIMIT_SECONDS = 180;

    public record Result(int code, String out) {}

    /** Runs it and demands success. */
    public String ok(String... arguments) {
        return okWith("", arguments);
    }

    public String okWith(String input, String... arguments) {
        var result = run(input, arguments);
        if (result.code() != 0) {
            throw new AssertionError("kubectl " + List.of(arguments) + ": " + result.code() + ": " + result.out());
        }
        return result.out();
    }

    /** What it prints, errors among it. */
    public Result run(String input, String... arguments) {
        var named = System.getenv("NAVARCH_TEST_KUBECTL");
        List<String> command = new ArrayList<>(List.of(
                named == null ? "kubectl" : named,
                "--kubeconfig=" + scenario.kubeconfig(),
                "--namespace=" + scenario.namespace()));
        command.addAll(List.of(arguments));
        try {
            var out = Files.createTempFile("kubectl", ".out");
            try {
                var process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
                try (var stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                }
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("kubectl " + List.of(arguments) + " hangs: " + Files.readString(out));
                }
                return new Result(process.exitValue(), Files.readString(out));
            } finally {
                Files.deleteIfExists(out);
            }
        } catch (IOException e) {
            throw new AssertionError("kubectl: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
