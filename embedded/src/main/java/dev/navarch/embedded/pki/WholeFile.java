package dev.navarch.embedded.pki;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that appear whole or not at all. */
final class WholeFile {
    private WholeFile() {}

    /**
     * Writes a file so that a crash leaves the old or the new content, never a part, and so that the mode is tight from
     * the first byte on.
     *
     * @param mode as in {@code rw-------}
     */
    static void write(Path file, String content, String mode) throws IOException {
        var permissions = PosixFilePermissions.fromString(mode);
        var part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        try (var channel = Files.newByteChannel(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(permissions))) {
            channel.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
        }
        Files.setPosixFilePermissions(part, permissions);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
