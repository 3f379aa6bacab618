package dev.navarch.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.navarch.network.Host.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A node and pods out of network namespaces: the node has a bridge with the pods on it (10.66.0.0/24) and a link to the
 * outside (192.0.2.10 on it, 192.0.2.20 beyond).
 */
final class Lab implements AutoCloseable {
    static final String NODE_IP = "192.0.2.10";
    static final String OUTSIDE_IP = "192.0.2.20";

    private final String prefix;
    private final Path dir;
    private final List<String> namespaces = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();

    Lab() throws IOException, InterruptedException {
        demand();
        dir = Files.createTempDirectory("navarch-lab-");
        prefix = "nvl" + Long.toHexString(ProcessHandle.current().pid())
                + Integer.toHexString(System.identityHashCode(this) & 0xfff);
        try {
            build();
        } catch (IOException | InterruptedException | AssertionError e) {
            close();
            throw e;
        }
    }

    private void build() throws IOException, InterruptedException {
        namespace("node");
        on("node", "ip", "link", "add", "br0", "type", "bridge");
        on("node", "ip", "addr", "add", "10.66.0.1/24", "dev", "br0");
        on("node", "ip", "link", "set", "br0", "up");
        namespace("outside");
        ok(
                "ip",
                "link",
                "add",
                "name",
                "up0",
                "netns",
                prefix + "node",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                prefix + "outside");
        on("node", "ip", "addr", "add", NODE_IP + "/24", "dev", "up0");
        on("node", "ip", "link", "set", "up0", "up");
        on("node", "ip", "route", "add", "default", "via", OUTSIDE_IP);
        on("outside", "ip", "addr", "add", OUTSIDE_IP + "/24", "dev", "eth0");
        on("outside", "ip", "link", "set", "eth0", "up");
        on("outside", "ip", "route", "add", "10.96.0.0/16", "via", NODE_IP);
    }

    private static void demand() throws IOException, InterruptedException {
        var missing = new ArrayList<String>();
        for (var program : List.of(
                "nft nftables", "ip iproute2", "conntrack conntrack", "busybox busybox-static", "socat socat")) {
            var words = program.split(" ");
            if (!Host.local()
                    .run(List.of("sh", "-c", "command -v " + words[0]), "")
                    .succeeded()) {
                missing.add(words[1]);
            }
        }
        boolean root = System.getProperty("user.name").equals("root");
        if (root && !missing.isEmpty()) {
            // A fresh machine has no package lists yet.
            var install = "apt-get install -y --no-install-recommends " + String.join(" ", missing);
            var command = List.of("sh", "-c", install + " || { apt-get update && " + install + "; }");
            if (Host.local().run(command, "").succeeded()) {
                missing.clear();
            }
        }
        if (!root || !missing.isEmpty()) {
            var lack = "Tests on a real network need root's rights and " + missing;
            if ("true".equals(System.getenv("CI"))) {
                fail(lack);
            }
            Assumptions.abort(lack);
        }
    }

    private void namespace(String name) throws IOException, InterruptedException {
        ok("ip", "netns", "add", prefix + name);
        namespaces.add(prefix + name);
        on(name, "ip", "link", "set", "lo", "up");
    }

    Host host(String name) {
        return Host.namespace(prefix + name);
    }

    Host node() {
        return host("node");
    }

    /** A pod that serves its own name over HTTP on port 8080. */
    void pod(String name, String ip) throws IOException, InterruptedException {
        namespace(name);
        ok(
                "ip",
                "link",
                "add",
                "name",
                "v" + name,
                "netns",
                prefix + "node",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                prefix + name);
        on("node", "ip", "link", "set", "v" + name, "master", "br0", "up");
        on("node", "ip", "link", "set", "v" + name, "type", "bridge_slave", "hairpin", "on");
        on(name, "ip", "addr", "add", ip + "/24", "dev", "eth0");
        on(name, "ip", "link", "set", "eth0", "up");
        on(name, "ip", "route", "add", "default", "via", "10.66.0.1");
        serve(name);
    }

    /** Makes a namespace serve its name on port 8080. */
    void serve(String name) throws IOException, InterruptedException {
        var www = Files.createDirectories(dir.resolve(name));
        Files.writeString(www.resolve("index.html"), name);
        start(name, "busybox", "httpd", "-f", "-p", "8080", "-h", www.toString());
        awaitListening(name, "tcp", 8080);
    }

    Process start(String name, String... command) throws IOException {
        var inside = new ArrayList<>(List.of("ip", "netns", "exec", prefix + name));
        inside.addAll(List.of(command));
        var process = new ProcessBuilder(inside)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("log").toFile())
                .start();
        processes.add(process);
        return process;
    }

    void awaitListening(String name, String protocol, int port) throws IOException, InterruptedException {
        var needle = ":%04X ".formatted(port);
        dev.navarch.client.Await.until(name + " listens", () -> {
            try {
                return host(name)
                        .run(List.of("cat", "/proc/net/" + protocol, "/proc/net/" + protocol + "6"), "")
                        .output()
                        .contains(needle);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** Asks for a page from a namespace. */
    Outcome get(String from, String address) throws IOException, InterruptedException {
        return host(from)
                .run(List.of("timeout", "3", "busybox", "wget", "-q", "-O", "-", "http://" + address + "/"), "");
    }

    Outcome on(String name, String... command) throws IOException, InterruptedException {
        var outcome = host(name).run(List.of(command), "");
        assertThat(outcome.exitCode())
                .as(String.join(" ", command) + ": " + outcome.output())
                .isZero();
        return outcome;
    }

    private static void ok(String... command) throws IOException, InterruptedException {
        var outcome = Host.local().run(List.of(command), "");
        assertThat(outcome.exitCode())
                .as(String.join(" ", command) + ": " + outcome.output())
                .isZero();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (var process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        for (var namespace : namespaces.reversed()) {
            Host.local().run(List.of("ip", "netns", "delete", namespace), "");
        }
        Host.local().run(List.of("rm", "-r", dir.toString()), "");
    }
}
