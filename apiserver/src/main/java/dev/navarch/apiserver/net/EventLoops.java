package dev.navarch.apiserver.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** The threads that move bytes, with the kind of channel that fits them: epoll's if it is there, else NIO's. */
public record EventLoops(
        EventLoopGroup group, Class<? extends ServerChannel> serverChannel, Class<? extends Channel> clientChannel)
        implements AutoCloseable {

    /** @param threads 0 for one a processor */
    public static EventLoops start(int threads) {
        return start(threads, Epoll.isAvailable());
    }

    /** Likewise by the JDK alone, which loads less. */
    public static EventLoops lean(int threads) {
        return start(threads, false);
    }

    private static EventLoops start(int threads, boolean epoll) {
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        var group = new MultiThreadIoEventLoopGroup(
                count,
                new DefaultThreadFactory("navarch-http", true),
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        return epoll
                ? new EventLoops(group, EpollServerSocketChannel.class, EpollSocketChannel.class)
                : new EventLoops(group, NioServerSocketChannel.class, NioSocketChannel.class);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3_000);
    }
}
