package dev.navarch.apiserver.streaming;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** A watch's body, one line at a time: each event is a frame, as of watches of our own. */
final class LineFrames extends StreamFrames {
    private static final int LONGEST = 16 * 1024 * 1024;

    private byte[] come = new byte[0];
    private int at;

    LineFrames(InputStream body) {
        super(body);
    }

    @Override
    public byte @Nullable [] next() {
        var line = new ByteArrayOutputStream();
        while (true) {
            for (int i = at; i < come.length; i++) {
                if (come[i] == '\n') {
                    line.write(come, at, i + 1 - at);
                    at = i + 1;
                    return line.toByteArray();
                }
            }
            line.write(come, at, come.length - at);
            if (line.size() > LONGEST) {
                throw new UncheckedIOException(new IOException("an event is longer than " + LONGEST + " bytes"));
            }
            var more = super.next();
            at = 0;
            come = more == null ? new byte[0] : more;
            if (more == null) {
                return line.size() == 0 ? null : line.toByteArray();
            }
        }
    }
}
