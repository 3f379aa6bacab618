package dev.navarch.client;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The kubeconfig files of a user, as kubectl looks for them: those of the variable KUBECONFIG, else {@code
 * ~/.kube/config}. Files are replaced whole, with mode 600, under kubectl's own lock file; a link stays a link.
 *
 * <p>source: client-go tools/clientcmd/loader.go and config.go.
 */
public final class KubeconfigFiles {
    private final List<Path> files;

    private KubeconfigFiles(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** The files that an explicit path, the environment and the home directory lead to. */
    public static KubeconfigFiles of(Map<String, String> environment, Path home) {
        Set<Path> files = new LinkedHashSet<>();
        for (var part : environment.getOrDefault("KUBECONFIG", "").split(File.pathSeparator)) {
            if (!part.isBlank()) {
                files.add(Path.of(part).toAbsolutePath());
            }
        }
        if (files.isEmpty()) {
            files.add(home.resolve(".kube").resolve("config"));
        }
        return new KubeconfigFiles(new ArrayList<>(files));
    }

    public static KubeconfigFiles of(Path file) {
        return new KubeconfigFiles(List.of(file.toAbsolutePath()));
    }

    public List<Path> files() {
        return files;
    }

    /**
     * Adds or replaces an entry and makes it the current context.
     *
     * @return the file that has it now
     * @throws IOException a file is unreadable or no kubeconfig; then nothing was changed
     */
    public Path merge(Kubeconfig.Entry entry) throws IOException {
        var target = fileOf(entry.name());
        var current = fileOfCurrentContext(target);
        change(target, config -> {
            config.merge(entry);
            if (current.equals(target)) {
                config.makeCurrent(entry.name());
            }
        });
        if (!current.equals(target)) {
            change(current, config -> config.makeCurrent(entry.name()));
        }
        return target;
    }

    /**
     * Removes the entry of a name from whichever files have it, where it leads to the cluster of an authority: another
     * cluster may have taken the name since.
     *
     * @param authority PEM, as it was merged
     * @return the files that were changed
     */
    public List<Path> remove(String name, byte[] authority) throws IOException {
        List<Path> changed = new ArrayList<>();
        for (var file : files) {
            if (Files.exists(file) && Kubeconfig.read(file).trusts(name, authority)) {
                change(file, config -> config.remove(name));
                changed.add(file);
            }
        }
        return changed;
    }

    /** The file with the context; else the first that exists; else the last. */
    private Path fileOf(String context) throws IOException {
        for (var file : files) {
            if (Kubeconfig.read(file).hasContext(context)) {
                return file;
            }
        }
        return files.stream().filter(Files::exists).findFirst().orElse(files.getLast());
    }

    /** The first file that names a current context wins over all others. */
    private Path fileOfCurrentContext(Path otherwise) throws IOException {
        for (var file : files) {
            if (!Kubeconfig.read(file).currentContext().isEmpty()) {
                return file;
            }
        }
        return otherwise;
    }

    private static void change(Path named, Consumer<Kubeconfig> change) throws IOException {
        var file = Files.exists(named) ? named.toRealPath() : named;
        Files.createDirectories(file.getParent());
        var lock = file.resolveSibling(file.getFileName() + ".lock");
        try {
            Files.createFile(lock);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " is being changed by another program; if none is running, remove " + lock, e);
        }
        try {
            var config = Kubeconfig.read(file);
            change.accept(config);
            replace(file, config.text());
        } finally {
            Files.deleteIfExists(lock);
        }
    }

    private static void replace(Path file, String text) throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var draft = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".new", owner);
        try {
            try (var channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }
}
