package dev.navarch.apiserver.http;

import dev.navarch.apiserver.net.Drain;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.request.ClientCertificates;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening socket and its connections: TLS, then HTTP/2 or HTTP/1.1 as the client prefers. */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int MAX_LINE = 64 * 1024;
    private static final int MAX_HEADERS = 256 * 1024;
    private static final int IDLE_SECONDS = 90;
    private static final int HANDSHAKE_SECONDS = 10;

    private final Pipeline pipeline;
    private final ServingTls tls;
    private final ChannelGroup connections = new DefaultChannelGroup("connections", GlobalEventExecutor.INSTANCE);
    private final Channel listener;

    /** @throws IOException if the address cannot be bound */
    public HttpServer(InetSocketAddress address, EventLoops loops, ServingTls tls, Pipeline pipeline)
            throws IOException {
        this.pipeline = pipeline;
        this.tls = tls;
        var bound = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverChannel())
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "Cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        listener = bound.channel();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Whether what comes on some connection is taken. */
    boolean reading() {
        return connections.stream().anyMatch(connection -> connection.config().isAutoRead());
    }

    private void accept(Channel channel) {
        connections.add(channel);
        var handler = tls.context().newHandler(channel.alloc());
        handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        channel.pipeline().addLast(handler, new Handshake(handler));
    }

    /** Waits for the handshake and then makes way for the protocol that was agreed on. */
    private final class Handshake extends ChannelInboundHandlerAdapter {
        private final SslHandler tlsHandler;

        Handshake(SslHandler tlsHandler) {
            this.tlsHandler = tlsHandler;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent completion) {
                if (!completion.isSuccess()) {
                    log.debug("TLS handshake failed", completion.cause());
                    ctx.close();
                    return;
                }
                var channel = ctx.channel();
                var certificates = certificates(tlsHandler);
                if (ApplicationProtocolNames.HTTP_2.equals(tlsHandler.applicationProtocol())) {
                    http2(channel, certificates);
                } else {
                    http1(channel, certificates);
                }
                ctx.pipeline().remove(this);
                return;
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.debug("TLS handshake failed", cause);
            ctx.close();
        }
    }

    private static ClientCertificates certificates(SslHandler handler) {
        try {
            return new ClientCertificates(
                    Arrays.stream(handler.engine().getSession().getPeerCertificates())
                            .map(X509Certificate.class::cast)
                            .toList());
        } catch (SSLPeerUnverifiedException _) {
            return ClientCertificates.NONE;
        }
    }

    private void http1(Channel channel, ClientCertificates certificates) {
        var limits = new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setMaxChunkSize(64 * 1024);
        channel.pipeline()
                .addLast(
                        new IdleStateHandler(IDLE_SECONDS, 0, 0),
                        new HttpRequestDecoder(limits),
                        new Http1Handler(pipeline, certificates));
    }

    private void http2(Channel channel, ClientCertificates certificates) {
        var settings = Http2Settings.defaultSettings()
                .maxConcurrentStreams(250)
                .initialWindowSize(256 * 1024)
                .maxHeaderListSize(MAX_HEADERS);
        var codec = Http2FrameCodecBuilder.forServer()
                .initialSettings(settings)
                .validateHeaders(true)
                .autoAckPingFrame(true)
                .autoAckSettingsFrame(true)
                .gracefulShutdownTimeoutMillis(Duration.ofSeconds(30).toMillis())
                .build();
        channel.pipeline()
                .addLast(
                        new IdleStateHandler(IDLE_SECONDS, 0, 0),
                        codec,
                        new Http2MultiplexHandler(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel stream) {
                                stream.pipeline().addLast(new Http2StreamHandler(pipeline, certificates));
                            }
                        }),
                        new Http2Connection());
    }

    /** Closes an HTTP/2 connection when it is idle, or when the server drains: with GOAWAY, after its last stream. */
    private static final class Http2Connection extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == Drain.EVENT) {
                ctx.close();
            } else if (event instanceof IdleStateEvent) {
                var codec = ctx.pipeline().get(io.netty.handler.codec.http2.Http2FrameCodec.class);
                if (codec != null && codec.connection().numActiveStreams() == 0) {
                    ctx.close();
                }
            } else {
                ctx.fireUserEventTriggered(event);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.debug("An HTTP/2 connection failed", cause);
            ctx.close();
        }
    }

    /** Accepts no more, ends streams, waits for requests under way, and at the deadline closes what is left. */
    public void drain(Duration atMost) {
        listener.close().awaitUninterruptibly();
        pipeline.endStreams();
        for (var connection : connections) {
            connection.eventLoop().execute(() -> {
                var handlers = connection.pipeline();
                if (handlers.get(Http1Handler.class) == null && handlers.get(Http2Connection.class) == null) {
                    connection.close(); // taken over, or still shaking hands
                } else {
                    handlers.fireUserEventTriggered(Drain.EVENT);
                }
            });
        }
        connections.newCloseFuture().awaitUninterruptibly(atMost.toMillis());
        connections.close().awaitUninterruptibly(1_000);
    }

    @Override
    public void close() {
        drain(Duration.ZERO);
    }
}
