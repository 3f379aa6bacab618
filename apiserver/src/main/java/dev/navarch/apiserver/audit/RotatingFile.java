package dev.navarch.apiserver.audit;

import dev.navarch.time.TimeSource;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log file that only its owner can read. One that has grown is put aside under a name that tells when, as in
 * {@code audit-2026-01-02T03-04-05.678.log}; what was put aside is compressed, if that is asked for, and deleted when there
 * are too many or they are too old (source: gopkg.in/natefinch/lumberjack.v2, which upstream uses).
 */
final class RotatingFile implements LogSink.Lines {
    private static final Logger log = LoggerFactory.getLogger(RotatingFile.class);
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS");
    private static final String COMPRESSED = ".gz";
    private static final long MEGABYTE = 1 << 20;
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;
    private final AuditSettings.Log settings;
    private final TimeSource time;
    private FileOutputStream file;
    private long size;

    /** A file that was put aside, and when. */
    private record Old(Path path, Instant since) {}

    private RotatingFile(AuditSettings.Log settings, TimeSource time) throws IOException {
        this.path = settings.path().orElseThrow().toAbsolutePath();
        this.settings = settings;
        this.time = time;
        file = begin();
        size = Files.size(path);
    }

    static RotatingFile open(AuditSettings.Log settings, TimeSource time) throws IOException {
        var folder = settings.path().orElseThrow().toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        return new RotatingFile(settings, time);
    }

    /** A stream and not a channel, which would be closed for all by the first thread that is interrupted in it. */
    private FileOutputStream begin() throws IOException {
        if (Files.notExists(path)) {
            Files.createFile(path, OWNERS);
        }
        return new FileOutputStream(path.toFile(), true);
    }

    @Override
    public void write(byte[] lines) throws IOException {
        if (settings.megabytes() > 0 && size > 0 && size + lines.length > settings.megabytes() * MEGABYTE) {
            rotate();
        }
        file.write(lines);
        size += lines.length;
    }

    private void rotate() throws IOException {
        file.close();
        try {
            Files.move(path, aside(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            log.warn("The audit log can't be put aside and goes on growing: {}", e.getMessage());
        }
        file = begin();
        size = 0;
        Thread.ofVirtual().name("audit-files").start(this::tidy);
    }

    private Path aside() {
        var name = path.getFileName().toString();
        var stamp = STAMP.format(LocalDateTime.ofInstant(time.now(), ZoneOffset.UTC));
        return path.resolveSibling(stem(name) + "-" + stamp + extension(name));
    }

    private static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot);
    }

    /** Deletes what is too old or too much, and compresses what is left. */
    private synchronized void tidy() {
        try {
            var old = old();
            for (int i = 0; i < old.size(); i++) {
                var one = old.get(i);
                boolean tooMany = settings.files() > 0 && i >= settings.files();
                boolean tooOld =
                        settings.days() > 0 && one.since.isBefore(time.now().minus(Duration.ofDays(settings.days())));
                if (tooMany || tooOld) {
                    Files.deleteIfExists(one.path);
                } else if (settings.compress() && !one.path.toString().endsWith(COMPRESSED)) {
                    compress(one.path);
                }
            }
        } catch (IOException e) {
            log.warn("Old files of the audit log can't be tidied: {}", e.getMessage());
        }
    }

    /** The newest first. */
    private List<Old> old() throws IOException {
        var name = path.getFileName().toString();
        var prefix = stem(name) + "-";
        List<Old> old = new ArrayList<>();
        try (var files = Files.list(path.getParent())) {
            for (var file : files.toList()) {
                var text = file.getFileName().toString();
                var plain = text.endsWith(COMPRESSED) ? text.substring(0, text.length() - COMPRESSED.length()) : text;
                if (plain.startsWith(prefix) && plain.endsWith(extension(name))) {
                    var stamp = plain.substring(
                            prefix.length(), plain.length() - extension(name).length());
                    try {
                        old.add(new Old(file, LocalDateTime.parse(stamp, STAMP).toInstant(ZoneOffset.UTC)));
                    } catch (DateTimeParseException _) {
                        // somebody else's
                    }
                }
            }
        }
        old.sort(Comparator.comparing(Old::since).reversed());
        return old;
    }

    private static void compress(Path file) throws IOException {
        var draft = file.resolveSibling(file.getFileName() + COMPRESSED + ".part");
        Files.deleteIfExists(draft);
        Files.createFile(draft, OWNERS);
        try (var out = new GZIPOutputStream(Files.newOutputStream(draft))) {
            Files.copy(file, out);
        }
        Files.move(draft, file.resolveSibling(file.getFileName() + COMPRESSED), StandardCopyOption.ATOMIC_MOVE);
        Files.delete(file);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
