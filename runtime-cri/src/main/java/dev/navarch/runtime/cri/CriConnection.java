package dev.navarch.runtime.cri;

import dev.navarch.runtime.cri.containerd.EventsGrpc;
import dev.navarch.runtime.cri.v1.ImageServiceGrpc;
import dev.navarch.runtime.cri.v1.RuntimeServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One gRPC channel over the engine's unix socket; it connects by itself, again and again, whenever it is used. */
final class CriConnection implements AutoCloseable {
    /** Source: kubernetes staging/src/k8s.io/cri-client/pkg/remote_runtime.go, maxMsgSize. */
    private static final int MAX_MESSAGE = 16 << 20;

    private final MultiThreadIoEventLoopGroup loop;
    private final ManagedChannel channel;

    CriConnection(Path socket) {
        loop = new MultiThreadIoEventLoopGroup(
                1, Thread.ofPlatform().daemon().name("navarch-cri").factory(), EpollIoHandler.newFactory());
        channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .overrideAuthority("localhost")
                .eventLoopGroup(loop)
                .channelType(EpollDomainSocketChannel.class)
                // gRPC sets it for every channel; a unix socket has none, and Netty would warn.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE)
                .build();
    }

    RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime(Duration deadline) {
        return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    ImageServiceGrpc.ImageServiceBlockingStub images(Duration deadline) {
        return ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
        return RuntimeServiceGrpc.newBlockingStub(channel);
    }

    EventsGrpc.EventsBlockingStub containerdEvents() {
        return EventsGrpc.newBlockingStub(channel);
    }

    /** Forgets the back-off after failed attempts to connect. */
    void retryNow() {
        channel.resetConnectBackoff();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
