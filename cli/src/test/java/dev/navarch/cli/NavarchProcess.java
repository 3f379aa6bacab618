package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code navarch up} as its users run it: a process of its own, from the jars that were built. For tests of any module. */
public final class NavarchProcess implements AutoCloseable {
    private static final Path APP = Path.of("../cli/target/navarch").toAbsolutePath();

    private final Path home;
    private final Path dataDir;
    private final List<String> upArguments;
    private Process process;

    private NavarchProcess(Path home, List<String> upArguments) {
        this.home = home;
        this.dataDir = home.resolve("data");
        this.upArguments = upArguments;
    }

    public static NavarchProcess start(Path home, String... arguments) throws IOException {
        var navarch = new NavarchProcess(home, List.of(arguments));
        navarch.up();
        return navarch;
    }

    Path dataDir() {
        return dataDir;
    }

    public Kubectl kubectl() {
        return new Kubectl(home.resolve("kubeconfig"), "default");
    }

    Process process() {
        return process;
    }

    /** Starts it and returns when it says that it is ready. */
    void up() throws IOException {
        var log = home.resolve("up-" + System.nanoTime() + ".log");
        var arguments = new ArrayList<>(List.of("up", "--data-dir", dataDir.toString(), "--kubeconfig"));
        arguments.add(home.resolve("kubeconfig").toString());
        arguments.addAll(upArguments);
        process = new ProcessBuilder(command(arguments))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Waiting.until(
                "ready",
                () -> {
                    if (!process.isAlive() && !Files.readString(log).contains("ready in")) {
                        throw new IllegalStateException("navarch up ended: " + Files.readString(log));
                    }
                    return Files.readString(log);
                },
                text -> text.contains("ready in"));
    }

    static List<String> command(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.add("@" + APP.resolve("jvm.options"));
        command.add("-cp");
        command.add(APP.resolve("lib") + "/*");
        command.add("dev.navarch.cli.Main");
        command.addAll(arguments);
        return command;
    }

    /** Runs another subcommand on the same data directory and returns what it printed. */
    public String run(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data-dir", dataDir.toString()));
        var child = new ProcessBuilder(command(all)).redirectErrorStream(true).start();
        child.getOutputStream().close();
        var text = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as("navarch %s:%n%s", all, text).isZero();
        return text;
    }

    void kill9() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            throw new AssertionError("navarch up did not stop within two minutes of SIGTERM");
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (process.isAlive()) {
            terminate();
        }
        run("down");
    }
}
