package dev.navarch.kubelet.simulated;

import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets a connection be read only while not too much of it waits for its readers. */
final class Throttle {
    private static final int MOST = 256 * 1024;

    private final Channel channel;
    private final AtomicInteger waiting = new AtomicInteger();

    Throttle(Channel channel) {
        this.channel = channel;
    }

    void added(int bytes) {
        if (waiting.addAndGet(bytes) > MOST) {
            channel.config().setAutoRead(false);
            if (waiting.get() <= MOST) {
                channel.config().setAutoRead(true); // they were taken meanwhile
            }
        }
    }

    void taken(int bytes) {
        int now = waiting.addAndGet(-bytes);
        if (now <= MOST && now + bytes > MOST) {
            channel.config().setAutoRead(true);
        }
    }
}
