package dev.navarch.apiserver.watch;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Frames that were encoded for one watcher, for the next ones. A revision changes one key only, so a frame is known by
 * its revision, type and encoding. Newer frames push out older ones; a frame that is no longer there is encoded again.
 */
public final class SharedFrames {
    private static final int SLOTS = 1 << 11;

    /** @param encoding one of few constants, told apart by identity */
    private record Frame(long revision, EventType type, Object encoding, byte[] bytes) {}

    private final AtomicReferenceArray<@Nullable Frame> frames = new AtomicReferenceArray<>(SLOTS);

    public byte @Nullable [] find(long revision, EventType type, Object encoding) {
        var frame = frames.get(slot(revision, encoding));
        return frame != null && frame.revision == revision && frame.type == type && frame.encoding == encoding
                ? frame.bytes
                : null;
    }

    public void keep(long revision, EventType type, Object encoding, byte[] bytes) {
        frames.set(slot(revision, encoding), new Frame(revision, type, encoding, bytes));
    }

    /** Encodings lie apart, so that watchers of one don't push out the frames of others. */
    private static int slot(long revision, Object encoding) {
        return ((int) revision + System.identityHashCode(encoding)) & (SLOTS - 1);
    }
}
