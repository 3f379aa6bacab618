package dev.navarch.kubelet.server;

import dev.navarch.kubelet.Kubelet;
import dev.navarch.time.TimeSource;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The HTTPS API of the nodes of this process, which the API server comes to for logs, exec, attach and port forwarding, and
 * whoever else may ({@link Access}).
 */
public final class KubeletServer implements AutoCloseable {
    static final String AGGREGATOR = "aggregator";
    private static final int MAX_BODY = 64 * 1024;
    /** As upstream's streamingConnectionIdleTimeout. */
    private static final int IDLE_HOURS = 4;

    private final Answers answers;
    private final EventLoopGroup loops;
    private final Channel channel;

    private KubeletServer(Answers answers, EventLoopGroup loops, Channel channel) {
        this.answers = answers;
        this.loops = loops;
        this.channel = channel;
    }

    /** @param kubelets asked anew at every request, so nodes may come and go */
    public static KubeletServer start(KubeletServerConfig config, Supplier<List<Kubelet>> kubelets, TimeSource time)
            throws IOException, InterruptedException {
        var tls = new ServerTls(config);
        var answers = new Answers(new Served(kubelets), time);
        var access = new Access(config.trusted(), config.reviews(), time);
        var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        client.pipeline()
                                .addLast(tls.context().newHandler(client.alloc()))
                                .addLast(new IdleStateHandler(0, 0, IDLE_HOURS, TimeUnit.HOURS), new EndOfIdleness())
                                .addLast(new HttpServerCodec())
                                .addLast(AGGREGATOR, new HttpObjectAggregator(MAX_BODY))
                                .addLast(new Connection(answers, access));
                    }
                })
                .bind(config.address())
                .await();
        if (!bound.isSuccess()) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("can't listen on " + config.address(), bound.cause());
        }
        return new KubeletServer(answers, loops, bound.channel());
    }

    /**
     * What is answered to a GET of somebody in this process, who may.
     *
     * @throws IOException if it is refused
     */
    public byte[] read(String pathAndQuery) throws IOException {
        try {
            return answers.whole(new QueryStringDecoder(pathAndQuery)).bytes();
        } catch (Refusal e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() {
        channel.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Closes what nothing has passed for long, be it between requests or as a stream. */
    private static final class EndOfIdleness extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof IdleStateEvent) {
                context.close();
            } else {
                context.fireUserEventTriggered(event);
            }
        }
    }
}
