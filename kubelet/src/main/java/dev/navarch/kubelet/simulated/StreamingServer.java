package dev.navarch.kubelet.simulated;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where clients come for commands in simulated containers and for their ports, as an engine's streaming server: each is let in
 * once, by an address that can't be guessed.
 */
final class StreamingServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StreamingServer.class);
    private static final String COMMAND = "v4.channel.k8s.io";
    private static final String FORWARD = "portforward.k8s.io";
    private static final String VERSION = "X-Stream-Protocol-Version";
    private static final String SPDY = "SPDY/3.1";
    private static final int MOST_BODY = 64 * 1024;

    /** More than this many that were asked for and not come for are too many; the oldest is forgotten. */
    private static final int MOST_OFFERS = 1000;

    private final EventLoopGroup loops;
    private final Channel channel;
    private final Map<String, Offer> offers = new LinkedHashMap<>();

    /** What waits for a client. */
    sealed interface Offer {
        /** A command. */
        record Run(CommandSession.Wanted wanted, CommandHandler handler) implements Offer {}

        /**
         * Ports.
         *
         * @param wanted those that a WebSocket's client has named
         */
        record Forward(List<Integer> wanted, IntFunction<Optional<PortHandler>> ports) implements Offer {}
    }

    StreamingServer() throws IOException {
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        client.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MOST_BODY))
                                .addLast(new Upgrade());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("can't listen for clients of containers", bound.cause());
        }
        channel = bound.channel();
    }

    /** Where a client shall come for this. */
    URI offer(Offer offer) {
        var token = UUID.randomUUID().toString();
        synchronized (offers) {
            if (offers.size() == MOST_OFFERS) {
                offers.remove(offers.keySet().iterator().next());
            }
            offers.put(token, offer);
        }
        var address = (InetSocketAddress) channel.localAddress();
        return URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + "/" + token);
    }

    private @Nullable Offer take(String uri) {
        int query = uri.indexOf('?');
        synchronized (offers) {
            return offers.remove(uri.substring(1, query < 0 ? uri.length() : query));
        }
    }

    @Override
    public void close() {
        channel.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** The only request of a connection: it leaves HTTP, or is refused. */
    private final class Upgrade extends SimpleChannelInboundHandler<FullHttpRequest> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            var offer = request.uri().startsWith("/") ? take(request.uri()) : null;
            var protocol = String.valueOf(request.headers().get(HttpHeaderNames.UPGRADE));
            switch (offer) {
                case null -> refuse(context, HttpResponseStatus.NOT_FOUND, "nothing waits for a client here");
                case Offer.Run(var wanted, var handler)
                when protocol.equalsIgnoreCase(SPDY) ->
                    spdy(context, request, COMMAND, new CommandSession(wanted, handler, context.channel()));
                case Offer.Forward(var _, var ports)
                when protocol.equalsIgnoreCase(SPDY) -> spdy(context, request, FORWARD, new ForwardSession(ports));
                case Offer.Forward(var wanted, var ports)
                when protocol.equalsIgnoreCase("websocket") ->
                    webSocket(context, request, new WebSocketForward(wanted, ports));
                default -> refuse(context, HttpResponseStatus.BAD_REQUEST, "Upgrade request required");
            }
        }

        private void spdy(
                ChannelHandlerContext context,
                FullHttpRequest request,
                String version,
                SpdyConnection.Session session) {
            var offered = request.headers().getAll(VERSION);
            boolean known = offered.stream()
                    .flatMap(value -> List.of(value.split(",")).stream())
                    .anyMatch(value -> value.strip().equals(version));
            if (!known && !(offered.isEmpty() && version.equals(FORWARD))) {
                refuse(
                        context,
                        HttpResponseStatus.FORBIDDEN,
                        "unable to upgrade: unable to negotiate protocol: client supports " + offered
                                + ", server accepts [" + version + "]");
                return;
            }
            var answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
            answer.headers()
                    .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                    .set(HttpHeaderNames.UPGRADE, SPDY)
                    .set(VERSION, version);
            var pipeline = context.pipeline();
            context.channel().config().setAutoRead(false);
            context.writeAndFlush(answer).addListener((ChannelFutureListener) sent -> {
                if (!sent.isSuccess()) {
                    context.close();
                    return;
                }
                pipeline.addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1), new SpdyConnection(session));
                pipeline.remove(this);
                pipeline.remove(HttpObjectAggregator.class);
                pipeline.remove(HttpServerCodec.class);
                sent.channel().config().setAutoRead(true);
            });
        }

        private void webSocket(ChannelHandlerContext context, FullHttpRequest request, WebSocketForward forward) {
            var handshaker =
                    new WebSocketServerHandshakerFactory("", WebSocketForward.PROTOCOL, false).newHandshaker(request);
            if (handshaker == null) {
                WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(context.channel());
                return;
            }
            context.channel().config().setAutoRead(false);
            handshaker.handshake(context.channel(), request).addListener((ChannelFutureListener) done -> {
                if (!done.isSuccess()) {
                    context.close();
                    return;
                }
                var pipeline = done.channel().pipeline();
                pipeline.addLast(forward);
                pipeline.remove(this);
                forward.begin(pipeline.context(forward));
                done.channel().config().setAutoRead(true);
            });
        }

        private static void refuse(ChannelHandlerContext context, HttpResponseStatus status, String why) {
            var answer = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(why, StandardCharsets.UTF_8));
            answer.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
            context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            log.debug("A connection broke", cause);
            context.close();
        }
    }
}
