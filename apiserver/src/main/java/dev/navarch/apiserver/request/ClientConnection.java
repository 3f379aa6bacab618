package dev.navarch.apiserver.request;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;

/** The connection that a request came over. Either {@link #answer} or {@link #takeOver} is called, and once. */
public interface ClientConnection {

    /** Whether it can be taken over: it speaks HTTP/1.1. */
    boolean canBeTakenOver();

    /** The event loop of a connection that can be taken over. */
    EventLoop eventLoop();

    void answer(ApiResponse response);

    /**
     * Leaves HTTP: sends {@code head}, a complete 101 answer, and hands the channel, rid of its HTTP handlers and not
     * reading, to {@code protocol} on the channel's event loop, which adds its own and turns reading on.
     */
    void takeOver(byte[] head, Consumer<Channel> protocol);
}
