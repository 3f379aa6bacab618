package dev.navarch.kubelet.simulated;

import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.function.BiFunction;

/** One stream to a client. Writing waits until the bytes are on their way, so that nothing piles up. */
final class Outbox extends OutputStream {
    private static final int MOST = 32 * 1024;

    private final Channel channel;
    private final BiFunction<byte[], Boolean, Object> frame;
    private boolean closed;

    /** @param frame makes bytes a message, which may say that it is the last */
    Outbox(Channel channel, BiFunction<byte[], Boolean, Object> frame) {
        this.channel = channel;
        this.frame = frame;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        for (int from = offset; from < offset + length; from += MOST) {
            send(Arrays.copyOfRange(bytes, from, Math.min(from + MOST, offset + length)), false);
        }
    }

    private void send(byte[] bytes, boolean last) throws IOException {
        try {
            var sent = channel.writeAndFlush(frame.apply(bytes, last)).await();
            if (!sent.isSuccess()) {
                throw new IOException("the client is gone", sent.cause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Tells the client that nothing more comes. */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            send(new byte[0], true);
        }
    }
}
