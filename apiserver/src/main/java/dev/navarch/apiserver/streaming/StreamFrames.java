package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.request.Frames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A body, as much at a time as has come. */
class StreamFrames implements Frames {
    private final InputStream body;
    private volatile boolean closed;

    StreamFrames(InputStream body) {
        this.body = body;
    }

    @Override
    public byte @Nullable [] next() {
        try {
            var buffer = new byte[16 * 1024];
            int length = body.read(buffer);
            return length < 0 ? null : Arrays.copyOf(buffer, length);
        } catch (IOException e) {
            if (closed) {
                return null;
            }
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            body.close();
        } catch (IOException _) {
            // it is closed, which is all that was wanted
        }
    }
}
