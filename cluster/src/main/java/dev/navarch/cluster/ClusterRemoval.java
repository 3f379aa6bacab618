package dev.navarch.cluster;

import dev.navarch.client.KubeconfigFiles;
import dev.navarch.client.Pem;
import dev.navarch.runtime.cri.NodeCleanup;
import dev.navarch.runtime.cri.NodeLayout;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Comparator;

/** Takes a cluster off its machine: what runs, or what runs and what it keeps. Works after a crash too. */
public final class ClusterRemoval {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path dataDir;
    private final Progress progress;

    public ClusterRemoval(Path dataDir, Progress progress) {
        this.dataDir = dataDir;
        this.progress = progress;
    }

    /**
     * Stops the cluster and removes its containers, mounts, devices and tables; data stays.
     *
     * @throws PreflightException if something could not be removed; the message names it
     */
    public void down() throws IOException, InterruptedException {
        if (!Files.isDirectory(dataDir)) {
            progress.warn("there is no cluster in " + dataDir);
            return;
        }
        try (var step = progress.step("stopping the cluster")) {
            var directory = new ClusterDirectory(dataDir.toRealPath());
            step.detail(
                    directory.owner().map(process -> "process " + process.pid()).orElse("it is not running"));
            directory.stopOwner(PATIENCE);
        }
        if (!Preflight.isRoot()) {
            return; // without root it never had containers
        }
        try (var step = progress.step("removing containers and networks");
                var time = new SystemTime()) {
            var left = new NodeCleanup(NodeLayout.of(dataDir), time).run();
            if (!left.isEmpty()) {
                step.detail("not everything");
                throw new PreflightException("could not remove " + String.join(", ", left));
            }
        }
    }

    /** Likewise, and deletes the data directory. */
    public void reset() throws IOException, InterruptedException {
        down();
        if (!Files.isDirectory(dataDir)) {
            return;
        }
        forgetContext(new ClusterDirectory(dataDir.toRealPath()));
        try (var step = progress.step("deleting data");
                var files = Files.walk(dataDir)) {
            step.detail(dataDir.toString());
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** What is not this cluster's, or can't be read, stays as it is. */
    private void forgetContext(ClusterDirectory directory) throws IOException {
        var authority = directory.pki().resolve("ca.crt");
        var kubeconfig = directory.notedKubeconfig();
        if (kubeconfig.isEmpty() || !Files.exists(authority)) {
            return;
        }
        try {
            var pem = Pem.encode(Pem.certificates(Files.readAllBytes(authority)).toArray(X509Certificate[]::new));
            for (var context : ClusterConfig.CONTEXTS) {
                for (var file :
                        KubeconfigFiles.of(kubeconfig.get()).remove(context, pem.getBytes(StandardCharsets.UTF_8))) {
                    try (var step = progress.step("kubeconfig")) {
                        step.detail("removed context " + context + " from " + file);
                    }
                }
            }
        } catch (IOException | GeneralSecurityException e) {
            progress.warn("the kubeconfig keeps its context: " + e.getMessage());
        }
    }
}
