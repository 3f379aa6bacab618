package dev.navarch.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.cluster.ClusterConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The examples of docs/security.md are taken by the command as they stand there. */
class SecurityPageTest {
    private static final Pattern BLOCK = Pattern.compile("```(\\w*)\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern KIND = Pattern.compile("(?m)^kind: (\\w+)");

    @TempDir
    Path folder;

    private static List<String> blocks(String language) throws Exception {
        return BLOCK.matcher(Files.readString(Path.of("..", "docs", "security.md")))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    private static ClusterConfig resolve(String... arguments) throws Exception {
        var command = new UpCommand();
        new CommandLine(command).parseArgs(arguments);
        return command.options.resolve();
    }

    @Test
    void everyFileIsReadByItsSwitch() throws Exception {
        var hook = Files.writeString(folder.resolve("tenants.yaml"), """
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:1/authorize"}}]
                contexts: [{name: c, context: {cluster: c, user: u}}]
                current-context: c
                users: [{name: u, user: {}}]
                """);
        var read = 0;
        for (var block : blocks("yaml")) {
            var kind = KIND.matcher(block);
            assertThat(kind.find()).as(block).isTrue();
            var option = switch (kind.group(1)) {
                case "AuthenticationConfiguration" -> "--authentication-config";
                case "AuthorizationConfiguration" -> "--authorization-config";
                case "AdmissionConfiguration" -> "--admission-control-config-file";
                case "Policy" -> "--audit-policy-file";
                default -> throw new AssertionError("who reads a " + kind.group(1) + "?");
            };
            var file = Files.writeString(
                    folder.resolve(kind.group(1) + ".yaml"),
                    block.replace("/etc/navarch/tenants.yaml", hook.toString()));
            assertThat(resolve(option + "=" + file)).isNotNull();
            read++;
        }
        assertThat(read).isGreaterThanOrEqualTo(4);
    }

    /** The lines that make files are run; then the command is told what the page tells it. */
    @Test
    void everyCommandIsUnderstood() throws Exception {
        var understood = 0;
        for (var block : blocks("")) {
            if (!block.contains("navarch up")) {
                continue;
            }
            var lines = block.lines().toList();
            var makes = lines.stream()
                    .takeWhile(line -> !line.startsWith("navarch "))
                    .toList();
            var shell = new ProcessBuilder("bash", "-euc", String.join("\n", makes))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            var said = new String(shell.getInputStream().readAllBytes(), UTF_8);
            assertThat(shell.waitFor()).as(said).isZero();
            var arguments = Stream.of(lines.get(makes.size()).split(" "))
                    .skip(2)
                    .map(word -> word.endsWith(".yaml") ? folder.resolve(word).toString() : word)
                    .toArray(String[]::new);
            assertThat(resolve(arguments).encryption().stream()).allMatch(file -> Files.isReadable(file.file()));
            understood++;
        }
        assertThat(understood).isEqualTo(2);
    }
}
