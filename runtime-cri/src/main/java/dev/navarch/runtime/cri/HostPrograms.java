package dev.navarch.runtime.cri;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The programs of the host that a node with real containers needs.
 *
 * @param containerd the engine
 * @param ctr its command line, which comes with it
 * @param runc what starts the containers
 * @param cniPlugins directory with the plugins {@code bridge}, {@code host-local}, {@code loopback} and {@code portmap}
 */
public record HostPrograms(Path containerd, Path ctr, Path runc, Path cniPlugins) {
    private static final List<Path> BINARIES = List.of(
            Path.of("/usr/local/sbin"),
            Path.of("/usr/local/bin"),
            Path.of("/usr/sbin"),
            Path.of("/usr/bin"),
            Path.of("/sbin"),
            Path.of("/bin"));
    private static final List<Path> PLUGINS =
            List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"), Path.of("/usr/libexec/cni"));

    /** One program that is not there, and the Debian package that has it. */
    public record Missing(String program, String debianPackage) {}

    /** What a node needs and this machine lacks; empty if it can run containers. */
    public static List<Missing> missing() {
        var missing = new ArrayList<Missing>();
        need(missing, "containerd", "containerd");
        need(missing, "ctr", "containerd");
        need(missing, "runc", "runc");
        need(missing, "nft", "nftables");
        need(missing, "ip", "iproute2");
        need(missing, "conntrack", "conntrack");
        if (plugins().isEmpty()) {
            missing.add(new Missing("the CNI plugins bridge, host-local, loopback", "containernetworking-plugins"));
        }
        return List.copyOf(missing);
    }

    private static void need(List<Missing> missing, String program, String debianPackage) {
        if (find(program).isEmpty()) {
            missing.add(new Missing(program, debianPackage));
        }
    }

    /** The programs of this host. Throws {@link RuntimeUnavailableException} naming everything that is missing. */
    public static HostPrograms locate() {
        var containerd = find("containerd");
        var ctr = find("ctr");
        var runc = find("runc");
        var plugins = plugins();
        if (containerd.isEmpty() || ctr.isEmpty() || runc.isEmpty() || plugins.isEmpty()) {
            var all = missing();
            throw new RuntimeUnavailableException("Containers need programs that are not installed: "
                    + String.join(", ", all.stream().map(Missing::program).toList())
                    + ". On Debian: apt-get install "
                    + String.join(
                            " ",
                            all.stream().map(Missing::debianPackage).distinct().toList()));
        }
        return new HostPrograms(containerd.get(), ctr.get(), runc.get(), plugins.get());
    }

    /** A program in the usual directories, whatever {@code PATH} says. */
    static Optional<Path> find(String program) {
        return BINARIES.stream()
                .map(d -> d.resolve(program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Optional<Path> plugins() {
        return PLUGINS.stream()
                .filter(d -> List.of("bridge", "host-local", "loopback").stream()
                        .allMatch(p -> Files.isExecutable(d.resolve(p))))
                .findFirst();
    }
}
