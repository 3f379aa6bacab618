package dev.navarch.kubelet.logs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds where the last lines of a log begin, reading backwards. */
public final class LogTail {
    private static final int BLOCK = 64 * 1024;

    /** How much of a log with long lines is looked at for its last words. */
    private static final int MAX_READ = 256 * 1024;

    private LogTail() {}

    /** The offset at which the last {@code lines} lines of the file begin. */
    static long offset(RandomAccessFile file, long lines) throws IOException {
        long end = file.length();
        if (lines <= 0) {
            return end;
        }
        long seen = 0;
        long position = end;
        var block = new byte[BLOCK];
        while (position > 0) {
            int size = (int) Math.min(BLOCK, position);
            position -= size;
            file.seek(position);
            file.readFully(block, 0, size);
            for (int i = size - 1; i >= 0; i--) {
                // The newline that ends the last line begins none.
                if (block[i] == '\n' && position + i != end - 1 && ++seen == lines) {
                    return position + i + 1;
                }
            }
        }
        return 0;
    }

    /** The text of the last lines, at most so many bytes of it; "" if the log can't be read. */
    public static String text(Path log, int lines, int maxBytes) {
        if (!Files.isRegularFile(log)) {
            return "";
        }
        var out = new ByteArrayOutputStream();
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(Math.max(offset(file, lines), file.length() - MAX_READ));
            var rest = new byte[(int) Math.min(file.length() - file.getFilePointer(), MAX_READ)];
            file.readFully(rest);
            for (var line : new String(rest, StandardCharsets.ISO_8859_1).split("\n")) {
                LogLine.parse(line.getBytes(StandardCharsets.ISO_8859_1)).ifPresent(l -> {
                    out.writeBytes(l.text());
                    if (!l.partial()) {
                        out.write('\n');
                    }
                });
            }
        } catch (IOException e) {
            return "Error on reading termination message from logs: " + e.getMessage();
        }
        var bytes = out.toByteArray();
        int from = Math.max(0, bytes.length - maxBytes);
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
}
