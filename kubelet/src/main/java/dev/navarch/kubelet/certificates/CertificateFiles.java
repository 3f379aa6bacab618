package dev.navarch.kubelet.certificates;

import dev.navarch.client.Pem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A node's certificate of one kind on disk: {@code <name>-current.pem} leads to the last of the files that have a date in
 * their name, each with certificate and key, for nobody but the owner. source: client-go
 * util/certificate/certificate_store.go. Of those the last two are kept.
 */
public final class CertificateFiles {
    private static final int KEPT = 2;
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss").withZone(ZoneOffset.UTC);

    private final Path folder;
    private final String name;

    public CertificateFiles(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /**
     * @return empty if there is none
     * @throws IOException if it can't be read, or is none
     */
    Optional<Certified> current() throws IOException {
        try {
            var pem = Files.readAllBytes(link());
            return Optional.of(new Certified(Pem.privateKey(pem), Pem.certificates(pem)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IOException(link() + " has no certificate with its key", e);
        }
    }

    private Path link() {
        return folder.resolve(name + "-current.pem");
    }

    /** Makes it the current one; after a crash it is the old or the new. */
    void update(Certified certified, Instant now) throws IOException, GeneralSecurityException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var file = folder.resolve(name + "-" + DATE.format(now) + ".pem");
        var part = folder.resolve(name + ".part");
        Files.deleteIfExists(part);
        try (var channel = Files.newByteChannel(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var text = Pem.encode(certified.chain().toArray(X509Certificate[]::new)) + Pem.encode(certified.key());
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        var updated = folder.resolve(name + "-updated.pem");
        Files.deleteIfExists(updated);
        Files.createSymbolicLink(updated, file.getFileName());
        Files.move(updated, link(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forgetOld();
    }

    private void forgetOld() throws IOException {
        try (var files = Files.newDirectoryStream(folder, name + "-2*.pem")) {
            var sorted = new TreeSet<Path>();
            files.forEach(sorted::add);
            while (sorted.size() > KEPT) {
                Files.deleteIfExists(sorted.pollFirst());
            }
        }
    }
}
