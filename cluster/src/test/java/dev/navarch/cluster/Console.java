package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a page shows of a console: commands after {@code $}, that go on after {@code >}, and what they print. Lines that
 * begin with {@code #} are headings. Of other blocks, lines that begin with {@code kubectl} are to succeed.
 */
record Console(List<Step> steps) {
    private static final String MARK = "@@@ step ";

    /**
     * @param heading what stands above, the last one of several
     * @param printed without the last line's end
     */
    record Step(String heading, String command, String printed) {}

    /** All of a page in Markdown, as one session. */
    static Console of(Path page) throws IOException {
        List<Step> steps = new ArrayList<>();
        boolean block = false;
        boolean inside = false;
        var heading = "";
        for (var line : Files.readAllLines(page)) {
            if (line.startsWith("```")) {
                block = !block;
                inside = block && line.equals("```console");
            } else if (block && !inside && line.startsWith("kubectl ")) {
                steps.add(new Step("", "(set -o pipefail; " + line + "\n) >/dev/null && echo works", "works"));
            } else if (inside && line.startsWith("# ")) {
                heading = line.substring(2);
            } else if (inside && line.startsWith("$ ")) {
                steps.add(new Step(heading, line.substring(2), ""));
            } else if (inside && !line.isBlank()) {
                var last = steps.removeLast();
                steps.add(
                        line.startsWith("> ")
                                ? new Step(last.heading, last.command + "\n" + line.substring(2), last.printed)
                                : new Step(
                                        last.heading,
                                        last.command,
                                        last.printed.isEmpty() ? line : last.printed + "\n" + line));
            }
        }
        return new Console(steps);
    }

    /** Without the commands that have this text; for programs that are too old for them. */
    Console without(String text) {
        return new Console(
                steps.stream().filter(step -> !step.command.contains(text)).toList());
    }

    /** Whether a program's version here has this command. */
    static boolean hasCommand(String command, Map<String, String> environment, Path directory)
            throws IOException, InterruptedException {
        var question = new Step("", command + " --help | grep -q '" + command + "' && echo yes", "yes");
        return new Console(List.of(question)).run(environment, directory).steps.contains(question);
    }

    /** What the commands print, in one shell, in their order; each as a step. */
    Console run(Map<String, String> environment, Path directory) throws IOException, InterruptedException {
        var script = new StringBuilder();
        for (int i = 0; i < steps.size(); i++) {
            script.append("echo '").append(MARK).append(i).append("'\n");
            script.append(steps.get(i).command).append('\n');
        }
        var printed = directory.resolve("console");
        var builder = new ProcessBuilder("bash", "-c", script.toString())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        var outputs = Files.readString(printed).split(MARK + "\\d+\\n", -1);
        assertThat(outputs).as(() -> String.join("", outputs)).hasSize(steps.size() + 1);
        List<Step> ran = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            ran.add(new Step(steps.get(i).heading, steps.get(i).command, outputs[i + 1].stripTrailing()));
        }
        return new Console(ran);
    }
}
