package dev.navarch.runtime.cri;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Where one cluster's node keeps things on its host. Everything outside the data directory carries the id, so that
 * two clusters on one host never meet.
 *
 * @param dataDir absolute directory of the cluster; holds what must survive a reboot
 * @param id eight hexadecimal digits, the same for the same data directory
 */
public record NodeLayout(Path dataDir, String id) {

    public NodeLayout {
        if (!dataDir.isAbsolute()) {
            throw new IllegalArgumentException("The data directory must be absolute: " + dataDir);
        }
        if (!id.matches("[0-9a-f]{8}")) {
            throw new IllegalArgumentException("The id must be eight hexadecimal digits: " + id);
        }
    }

    /** The layout of {@code dataDir}, which is created if missing; links in its path are followed first. */
    public static NodeLayout of(Path dataDir) {
        try {
            Path real = Files.createDirectories(dataDir).toRealPath();
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(real.toString().getBytes(StandardCharsets.UTF_8));
            return new NodeLayout(real, HexFormat.of().formatHex(digest, 0, 4));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot use the data directory " + dataDir, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256", e);
        }
    }

    /** containerd's persistent root: content, snapshots, metadata. */
    public Path containerdRoot() {
        return dataDir.resolve("containerd");
    }

    public Path containerdConfig() {
        return dataDir.resolve("containerd.toml");
    }

    public Path containerdLog() {
        return dataDir.resolve("containerd.log");
    }

    /** Registry hosts (mirrors, certificates), as {@code <host>/hosts.toml}. */
    public Path registryConfig() {
        return dataDir.resolve("certs.d");
    }

    public Path cniConfig() {
        return dataDir.resolve("cni");
    }

    /** Addresses handed out to pods, kept by the host-local plugin. */
    public Path ipam() {
        return dataDir.resolve("ipam");
    }

    /** State that a reboot ends; short, because a socket's path may have 107 bytes only. */
    public Path stateDir() {
        return Path.of("/run/navarch-" + id);
    }

    public Path containerdSocket() {
        return stateDir().resolve("containerd.sock");
    }

    /** The pods' bridge; an interface's name may have 15 bytes. */
    public String bridge() {
        return "nv" + id + "0";
    }

    /** The nftables table of the cluster's services. */
    public String nftTable() {
        return "navarch-" + id;
    }

    /** The cgroup above those of all pods, in every hierarchy; relative to the hierarchy's root. */
    public String cgroupRoot() {
        return "navarch-" + id;
    }
}
