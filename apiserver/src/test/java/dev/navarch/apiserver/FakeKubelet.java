package dev.navarch.apiserver;

import dev.navarch.apiserver.net.EventLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * Speaks a kubelet's protocols: by the container's name it gives logs, shouts back what it is told, echoes raw bytes, or
 * refuses.
 */
public final class FakeKubelet implements AutoCloseable {
    public final List<String> requests = new CopyOnWriteArrayList<>();
    final CountDownLatch logReleased = new CountDownLatch(1);
    final CountDownLatch sessionClosed = new CountDownLatch(1);
    private final EventLoops loops = EventLoops.start(1);
    private final Channel listener;

    public FakeKubelet(TestCertificates certificates) throws Exception {
        var material = certificates.serving("kubelet");
        SslContext tls = SslContextBuilder.forServer(material.key(), material.chain())
                .trustManager(certificates.authorityCertificate())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        listener = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverChannel())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        tls.newHandler(channel.alloc()),
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(1024),
                                        new Requests());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    public int port() {
        return ((java.net.InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        loops.close();
    }

    private final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) throws Exception {
            var peer =
                    ctx.pipeline().get(SslHandler.class).engine().getSession().getPeerPrincipal();
            requests.add(request.method() + " " + request.uri() + " as " + peer.getName() + " "
                    + request.headers().getAll("X-Stream-Protocol-Version") + " auth="
                    + request.headers().get("Authorization"));
            var uri = request.uri();
            if (uri.startsWith("/containerLogs/")) {
                logs(ctx, uri);
            } else if (uri.contains("/refusing")) {
                answer(ctx, HttpResponseStatus.INTERNAL_SERVER_ERROR, "{\"kind\":\"Status\",\"message\":\"no way\"}");
            } else if (uri.contains("/redirecting")) {
                var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.FOUND);
                response.headers()
                        .set("Location", "https://127.0.0.1:" + port() + "/elsewhere")
                        .set("Content-Length", 0);
                ctx.writeAndFlush(response);
            } else if ("SPDY/3.1".equals(request.headers().get("Upgrade"))) {
                upgrade(ctx, request);
            } else {
                answer(ctx, HttpResponseStatus.OK, "proxied " + request.method() + " " + uri);
            }
        }

        private static void answer(ChannelHandlerContext ctx, HttpResponseStatus status, String text) {
            var response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
            response.headers()
                    .set("Content-Type", "application/json")
                    .set("Content-Length", response.content().readableBytes());
            ctx.writeAndFlush(response);
        }

        private void logs(ChannelHandlerContext ctx, String uri) {
            if (uri.contains("/missing")) {
                answer(ctx, HttpResponseStatus.BAD_REQUEST, "container \"missing\" is waiting to start");
                return;
            }
            var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set("Content-Type", "text/plain").set("Transfer-Encoding", "chunked");
            ctx.write(head);
            ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer("first\n", StandardCharsets.UTF_8)));
            Thread.ofVirtual().start(() -> {
                try {
                    logReleased.await();
                } catch (InterruptedException _) {
                    return;
                }
                ctx.write(new DefaultHttpContent(Unpooled.copiedBuffer("second\n", StandardCharsets.UTF_8)));
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            });
        }

        private void upgrade(ChannelHandlerContext ctx, FullHttpRequest request) {
            var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
            response.headers().set("Connection", "Upgrade").set("Upgrade", "SPDY/3.1");
            var version = request.headers().get("X-Stream-Protocol-Version");
            if (version != null) {
                response.headers().set("X-Stream-Protocol-Version", version);
            }
            boolean raw = request.uri().contains("/raw") || request.uri().startsWith("/portForward/");
            ctx.writeAndFlush(response).addListener(_ -> {
                var handlers = ctx.pipeline();
                if (raw) {
                    handlers.addLast(new Echo());
                } else {
                    handlers.addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1), new Shouter());
                }
                handlers.remove(Requests.this);
                handlers.remove(HttpObjectAggregator.class);
                handlers.remove(HttpServerCodec.class);
                if (raw) {
                    handlers.writeAndFlush(Unpooled.copiedBuffer("hi ", StandardCharsets.UTF_8));
                }
            });
        }
    }

    private final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.writeAndFlush(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            sessionClosed.countDown();
        }
    }

    /** A process that shouts its input, tells its terminal's size, and exits with 7 at the end of its input. */
    private final class Shouter extends SimpleChannelInboundHandler<Object> {
        private final Map<String, Integer> ids = new HashMap<>();
        private final Map<Integer, String> types = new HashMap<>();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object message) {
            switch (message) {
                case SpdySynStreamFrame opened -> {
                    var type = opened.headers().get("streamtype").toString();
                    ids.put(type, opened.streamId());
                    types.put(opened.streamId(), type);
                    ctx.writeAndFlush(new DefaultSpdySynReplyFrame(opened.streamId()));
                }
                case SpdyDataFrame data -> data(ctx, data);
                default -> {}
            }
        }

        private void data(ChannelHandlerContext ctx, SpdyDataFrame data) {
            var text = data.content().toString(StandardCharsets.UTF_8);
            switch (types.get(data.streamId())) {
                case "stdin" -> {
                    if (!text.isEmpty()) {
                        send(ctx, "stdout", text.toUpperCase(Locale.ROOT), false);
                    }
                    if (text.contains("flood")) {
                        for (int i = 0; i < 64; i++) {
                            send(ctx, "stdout", "x".repeat(64 * 1024), false);
                        }
                    }
                    if (data.isLast() || text.contains("exit")) {
                        send(ctx, "stderr", "bye", true);
                        send(ctx, "stdout", "", true);
                        send(
                                ctx,
                                "error",
                                "{\"metadata\":{},\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\","
                                        + "\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"7\"}]}}",
                                true);
                    }
                }
                case "resize" -> send(ctx, "stdout", "size " + text, false);
                default -> {}
            }
            ctx.flush();
        }

        private void send(ChannelHandlerContext ctx, String type, String text, boolean last) {
            var id = ids.get(type);
            if (id != null) {
                var frame = new DefaultSpdyDataFrame(id, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
                frame.setLast(last);
                ctx.write(frame);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            sessionClosed.countDown();
        }
    }
}
