package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Runs the tour of the README as it is written, block by block, in the shell. */
class ReadmeIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("```sh ?(up|down|)\n(.*?)```", Pattern.DOTALL);

    @TempDir(cleanup = CleanupMode.NEVER)
    Path home;

    private record Block(String role, String script) {}

    @Test
    void theTourWorksAsWritten() throws Exception {
        Kubectl.program();
        if (!Files.isExecutable(Path.of("/usr/bin/curl"))) {
            TestMachine.install("curl");
        }
        var blocks = blocks();
        assertThat(blocks).hasSizeGreaterThan(4);
        var log = home.resolve("up.log");
        Process up = null;
        try {
            for (var block : blocks) {
                if (block.role().equals("up")) {
                    up = bash(block.script(), log.toFile());
                    Waiting.until("ready", () -> Files.readString(log), t -> t.contains("ready in"));
                } else {
                    if (block.role().equals("down") && up != null) {
                        up.descendants().forEach(ProcessHandle::destroy);
                        up.destroy();
                        up.waitFor();
                    }
                    var out = home.resolve("block.log");
                    int code = bash("set -e\n" + block.script(), out.toFile()).waitFor();
                    assertThat(code)
                            .as("%s%n%s%n%s", block.script(), Files.readString(out), Files.readString(log))
                            .isZero();
                }
            }
        } finally {
            if (up != null && up.isAlive()) {
                up.destroy();
                up.waitFor();
                bash("./navarch reset --yes", home.resolve("reset.log").toFile())
                        .waitFor();
            }
        }
        assertThat(home.resolve("data")).doesNotExist();
    }

    private Process bash(String script, File out) throws Exception {
        var builder = new ProcessBuilder("bash", "-c", script)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(out);
        builder.environment().put("HOME", home.toString());
        builder.environment().put("NAVARCH_DATA_DIR", home.resolve("data").toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("KUBECONFIG");
        return builder.start();
    }

    private static List<Block> blocks() throws Exception {
        var readme = Files.readString(ROOT.resolve("README.md"));
        var tour = readme.substring(readme.indexOf("<!-- tour -->"), readme.indexOf("<!-- /tour -->"));
        List<Block> blocks = new ArrayList<>();
        var matcher = BLOCK.matcher(tour);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }
}
