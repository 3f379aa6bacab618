package dev.navarch.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** The folders below a cluster's data directory, and who has it open. */
record ClusterDirectory(Path root) {

    /** For nobody but the owner, also where the folder was there and others could look into it. */
    static ClusterDirectory create(Path root) throws IOException {
        var owners = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(root, PosixFilePermissions.asFileAttribute(owners));
        if (!Files.getPosixFilePermissions(root).equals(owners)) {
            Files.setPosixFilePermissions(root, owners);
        }
        return new ClusterDirectory(root.toRealPath());
    }

    Path pki() {
        return root.resolve("pki");
    }

    Path store() {
        return root.resolve("store");
    }

    /** What may be lost. */
    Path caches() {
        return root.resolve("caches");
    }

    /** What is recorded of requests, unless somebody says otherwise. */
    Path auditLog() {
        return root.resolve("audit").resolve("audit.log");
    }

    Path kubelet() {
        return root.resolve("kubelet");
    }

    Path adminKubeconfig() {
        return root.resolve("admin.conf");
    }

    private Path kubeconfigNote() {
        return root.resolve("kubeconfig-file");
    }

    /** Notes which file of the user's has the cluster's context, so that a reset can take it out again. */
    void noteKubeconfig(Path file) throws IOException {
        Files.writeString(kubeconfigNote(), file.toString());
    }

    Optional<Path> notedKubeconfig() throws IOException {
        return Files.exists(kubeconfigNote())
                ? Optional.of(Path.of(Files.readString(kubeconfigNote())))
                : Optional.empty();
    }

    private Path pid() {
        return root.resolve("navarch.pid");
    }

    /** Notes that this process runs the cluster. Start time is noted too, since process numbers come again. */
    void claim() throws IOException {
        Files.writeString(pid(), mark(ProcessHandle.current()));
    }

    void release() throws IOException {
        Files.deleteIfExists(pid());
    }

    /** Tells who has this directory open from all other processes of the cluster, now and after a restart. */
    String identity() throws IOException {
        var file = root.resolve("identity");
        if (!Files.exists(file)) {
            Files.writeString(file, UUID.randomUUID().toString());
        }
        return Files.readString(file).strip();
    }

    /** The process that runs the cluster, if one does. */
    Optional<ProcessHandle> owner() throws IOException {
        if (!Files.exists(pid())) {
            return Optional.empty();
        }
        var noted = Files.readString(pid());
        try {
            return ProcessHandle.of(Long.parseLong(noted.substring(0, noted.indexOf(' '))))
                    .filter(process -> mark(process).equals(noted));
        } catch (NumberFormatException | StringIndexOutOfBoundsException _) {
            return Optional.empty();
        }
    }

    private static String mark(ProcessHandle process) {
        return process.pid() + " "
                + process.info().startInstant().map(Object::toString).orElse("");
    }

    /** Asks the process that runs the cluster to stop, and waits for it. */
    void stopOwner(Duration patience) throws IOException, InterruptedException {
        var owner = owner();
        if (owner.isEmpty()) {
            return;
        }
        owner.get().destroy();
        try {
            owner.get().onExit().get(patience.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException | java.util.concurrent.ExecutionException _) {
            owner.get().destroyForcibly();
        }
    }
}
