package dev.navarch.kubelet.simulated;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntConsumer;

/** What a client sends on one stream, for a reader that may be slower. */
final class Inbox extends InputStream {
    private final IntConsumer taken;
    private final Deque<byte[]> chunks = new ArrayDeque<>();
    private int used;
    private boolean ended;

    /** @param taken is told how many bytes were read, or dropped, each time */
    Inbox(IntConsumer taken) {
        this.taken = taken;
    }

    synchronized void add(byte[] bytes) {
        if (ended) {
            taken.accept(bytes.length);
        } else if (bytes.length > 0) {
            chunks.add(bytes);
            notifyAll();
        }
    }

    /** Nothing more comes. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    @Override
    public int read() throws InterruptedIOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws InterruptedIOException {
        if (length == 0) {
            return 0;
        }
        try {
            while (chunks.isEmpty() && !ended) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        var first = chunks.peek();
        if (first == null) {
            return -1;
        }
        int n = Math.min(length, first.length - used);
        System.arraycopy(first, used, into, offset, n);
        used += n;
        if (used == first.length) {
            chunks.remove();
            used = 0;
        }
        taken.accept(n);
        return n;
    }

    @Override
    public synchronized int available() {
        return chunks.stream().mapToInt(chunk -> chunk.length).sum() - used;
    }

    /** What has come is dropped, and what still comes. */
    @Override
    public synchronized void close() {
        taken.accept(available());
        chunks.clear();
        used = 0;
        end();
    }
}
