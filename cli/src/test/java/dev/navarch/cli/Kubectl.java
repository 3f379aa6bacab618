package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real kubectl against one cluster. */
public record Kubectl(Path kubeconfig, String namespace) {
    public record Result(int code, String out, String err) {}

    /** The one that NAVARCH_TEST_KUBECTL names, else the machine's own, else Debian's, which is installed. */
    public static String program() {
        var named = System.getenv("NAVARCH_TEST_KUBECTL");
        if (named != null) {
            return named;
        }
        for (var dir : List.of("/usr/local/bin", "/usr/bin")) {
            if (Files.isExecutable(Path.of(dir, "kubectl"))) {
                return dir + "/kubectl";
            }
        }
        TestMachine.install("kubernetes-client");
        return "/usr/bin/kubectl";
    }

    /** The minor version of kubectl 1.x, since older ones lack some commands. */
    public int minor() {
        var version = ok("version", "--client", "-o", "json");
        var matcher =
                java.util.regex.Pattern.compile("\"gitVersion\": \"v1\\.(\\d+)").matcher(version);
        assertThat(matcher.find()).as(version).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    public Kubectl in(String other) {
        return new Kubectl(kubeconfig, other);
    }

    public ProcessBuilder builder(String... arguments) {
        List<String> command = new ArrayList<>(List.of(program(), "--kubeconfig=" + kubeconfig, "-n", namespace));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().put("HOME", kubeconfig.getParent().toString());
        builder.environment().remove("KUBECONFIG");
        return builder;
    }

    public Result run(String input, String... arguments) {
        try {
            var out = Files.createTempFile("kubectl", ".out");
            var err = Files.createTempFile("kubectl", ".err");
            try {
                var process = builder(arguments)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                try (var stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException _) {
                    // it did not want all of it
                }
                if (!process.waitFor(5, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new AssertionError("kubectl " + List.of(arguments) + " hangs; so far:\n"
                            + Files.readString(out) + Files.readString(err));
                }
                return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs it, demands success and returns what it printed. */
    public String ok(String... arguments) {
        return okWith("", arguments);
    }

    public String okWith(String input, String... arguments) {
        var result = run(input, arguments);
        assertThat(result.code())
                .as("kubectl %s:%n%s%n%s", List.of(arguments), result.out(), result.err())
                .isZero();
        return result.out().strip();
    }

    /** Runs it, demands failure and returns what it complained of. */
    public String fails(String input, String... arguments) {
        var result = run(input, arguments);
        assertThat(result.code())
                .as("kubectl %s:%n%s", List.of(arguments), result.out())
                .isNotZero();
        return result.err().strip();
    }

    public String apply(String manifest) {
        return okWith(manifest, "apply", "-f", "-");
    }

    /** A field by JSONPath, such as {@code get("pod/web", "{.status.phase}")}. */
    public String get(String what, String path) {
        return ok("get", what, "-o", "jsonpath=" + path);
    }

    /** Older kubectls can't wait for the end of what is gone already. */
    public void awaitGone(String what) {
        Waiting.until(what + " is gone", () -> ok("get", what, "--ignore-not-found", "-o", "name"), String::isEmpty);
    }

    /**
     * Waits until a definition is established. {@code kubectl wait} fails, whatever the server, where a definition has no
     * conditions yet.
     *
     * @param definition such as {@code crd/boats.example.com}
     */
    public void awaitEstablished(String definition) {
        Waiting.until(
                definition + " is established",
                () -> get(definition, "{.status}"),
                status -> status.contains("\"status\":\"True\",\"type\":\"Established\""));
    }

    public void await(String what, String path, String value) {
        Waiting.until(what + " " + path + " = " + value, () -> get(what, path), value::equals);
    }
}
