package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.base64.Base64;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's WebSocket channels on one side, a kubelet's SPDY streams on the other, for exec and attach. Source:
 * k8s.io/apiserver pkg/util/proxy/{streamtranslator,websocket}.go and client-go tools/remotecommand/v4.go.
 *
 * <p>All of it runs on one event loop. Flow control is TCP's: each side is read only while the other takes more. SPDY's
 * own windows are not used, as Go's implementation, which engines and upstream's components have, knows none; an engine
 * closes when a command has ended, and whatever it is sent from then on would make the kernel drop output that is still
 * on its way.
 */
final class CommandTranslator {
    /** Channels of the remote command protocol. */
    private static final int STDIN = 0;

    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int ERROR = 3;
    private static final int RESIZE = 4;
    private static final int CLOSE = 255;
    private static final int MAX_STATUS = 1024 * 1024;
    private static final long LINGER_SECONDS = 60;

    private final Streams asked;
    private final boolean base64;
    private final boolean canClose;
    private final Map<Integer, Integer> streamOf = new HashMap<>();
    private final Map<Integer, Integer> channelOf = new HashMap<>();
    private final Set<Integer> open = new HashSet<>();
    private final ByteArrayOutputStream status = new ByteArrayOutputStream();
    private @Nullable Channel client;
    private @Nullable Channel kubelet;
    private boolean finished;

    /** The protocol to speak with a client that offers these; empty if there is none in common. */
    static Optional<String> choose(Iterable<String> offered) {
        for (var protocol : offered) {
            switch (protocol) {
                case "v5.channel.k8s.io",
                        "v4.channel.k8s.io",
                        "v4.base64.channel.k8s.io",
                        "channel.k8s.io",
                        "base64.channel.k8s.io" -> {
                    return Optional.of(protocol);
                }
                default -> {}
            }
        }
        return Optional.empty();
    }

    /** @param protocol one of {@link #choose}'s */
    CommandTranslator(Streams asked, String protocol) {
        this.asked = asked;
        this.base64 = protocol.contains("base64");
        this.canClose = protocol.startsWith("v5.");
    }

    /** Sets the client's side up, which is not read before the kubelet's side is there. */
    void client(Channel channel) {
        client = channel;
        WebSocketHandshake.install(channel);
        channel.pipeline().addLast(new ClientHandler());
        // tells the client that the connection stands
        send(asked.stdout() ? STDOUT : asked.stderr() ? STDERR : ERROR, Unpooled.EMPTY_BUFFER);
        channel.flush();
    }

    /** Sets the kubelet's side up and lets both run. */
    void kubelet(Channel channel) {
        kubelet = channel;
        if (client == null || !client.isActive()) {
            channel.close();
            return;
        }
        channel.pipeline().addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1), new KubeletHandler());
        openStream(ERROR, "error");
        if (asked.stdin()) {
            openStream(STDIN, "stdin");
        }
        if (asked.stdout()) {
            openStream(STDOUT, "stdout");
        }
        if (asked.stderr()) {
            openStream(STDERR, "stderr");
        }
        if (asked.tty()) {
            openStream(RESIZE, "resize");
        }
        channel.flush();
        Relay.start(channel);
        Relay.start(client);
    }

    private void openStream(int number, String type) {
        int id = 2 * streamOf.size() + 1;
        streamOf.put(number, id);
        channelOf.put(id, number);
        if (number == ERROR || number == STDOUT || number == STDERR) {
            open.add(number);
        }
        var frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
        frame.headers().set("streamtype", type);
        kubeletChannel().write(frame);
    }

    private Channel kubeletChannel() {
        return java.util.Objects.requireNonNull(kubelet);
    }

    /** Tells the client how it ended, waits for it to close, and lets go of the kubelet. */
    void finish(Status outcome) {
        finish(outcome.tree().toString().getBytes(StandardCharsets.UTF_8));
    }

    private void finish(byte[] outcome) {
        if (finished) {
            return;
        }
        finished = true;
        if (kubelet != null) {
            kubelet.close();
        }
        var channel = client;
        if (channel == null || !channel.isActive()) {
            return;
        }
        send(ERROR, Unpooled.wrappedBuffer(outcome));
        channel.writeAndFlush(new CloseWebSocketFrame(1000, ""));
        channel.config().setAutoRead(true);
        var timer = channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        channel.closeFuture().addListener(_ -> timer.cancel(false));
    }

    private void send(int number, ByteBuf data) {
        var channel = client;
        if (channel == null || !channel.isActive()) {
            data.release();
            return;
        }
        if (base64) {
            var encoded = Base64.encode(data, false);
            data.release();
            channel.write(new TextWebSocketFrame(
                    Unpooled.wrappedBuffer(channel.alloc().buffer(1).writeByte('0' + number), encoded)));
        } else {
            channel.write(new BinaryWebSocketFrame(
                    Unpooled.wrappedBuffer(channel.alloc().buffer(1).writeByte(number), data)));
        }
    }

    /** What the client says. */
    private final class ClientHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
            switch (frame) {
                case PingWebSocketFrame ping ->
                    ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
                case CloseWebSocketFrame _ ->
                    (finished ? ctx.newSucceededFuture() : ctx.writeAndFlush(new CloseWebSocketFrame(1000, "")))
                            .addListener(ChannelFutureListener.CLOSE);
                case BinaryWebSocketFrame data when !base64 -> data(data.content());
                case TextWebSocketFrame data when base64 -> data(data.content());
                case PongWebSocketFrame _ -> {}
                default -> ctx.close();
            }
        }

        private void data(ByteBuf content) {
            if (finished || !content.isReadable()) {
                return;
            }
            int number = base64 ? content.readByte() - '0' : content.readUnsignedByte();
            if (canClose && number == CLOSE) {
                if (content.isReadable()) {
                    write(content.readUnsignedByte(), Unpooled.EMPTY_BUFFER, true);
                }
                return;
            }
            var payload = base64 ? Base64.decode(content) : content.retainedSlice();
            write(number, payload, false);
        }

        private void write(int number, ByteBuf data, boolean last) {
            var id = number == STDIN || number == RESIZE ? streamOf.get(number) : null;
            if (id == null) {
                data.release();
                return;
            }
            var frame = new DefaultSpdyDataFrame(id, data);
            frame.setLast(last);
            kubeletChannel().write(frame);
            if (last) {
                streamOf.remove(number);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            var to = kubelet;
            if (to != null) {
                to.flush();
                if (!finished && !to.isWritable()) {
                    ctx.channel().config().setAutoRead(false);
                }
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            var from = kubelet;
            if (from != null) {
                from.config().setAutoRead(ctx.channel().isWritable());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            finished = true;
            if (kubelet != null) {
                kubelet.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** What the kubelet says. */
    private final class KubeletHandler extends SimpleChannelInboundHandler<Object> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object message) {
            switch (message) {
                case SpdyDataFrame data -> data(data);
                case SpdyRstStreamFrame reset -> ended(reset.streamId());
                case SpdyHeadersFrame headers when headers.isLast() -> ended(headers.streamId());
                case SpdyPingFrame ping
                when ping.id() % 2 == 0 -> ctx.writeAndFlush(new DefaultSpdyPingFrame(ping.id()));
                default -> {}
            }
        }

        private void data(SpdyDataFrame frame) {
            int number = channelOf.getOrDefault(frame.streamId(), -1);
            int length = frame.content().readableBytes();
            if (length > 0) {
                if (number == ERROR) {
                    if (status.size() + length <= MAX_STATUS) {
                        status.writeBytes(ByteBufUtil.getBytes(frame.content()));
                    }
                } else if (number == STDOUT || number == STDERR) {
                    send(number, frame.content().retainedSlice());
                }
            }
            if (frame.isLast()) {
                ended(frame.streamId());
            }
        }

        private void ended(int id) {
            open.remove(channelOf.getOrDefault(id, -1));
            if (open.isEmpty()) {
                conclude();
            }
        }

        private void conclude() {
            if (status.size() > 0) {
                finish(status.toByteArray());
            } else {
                finish(new Status("Success", "", "", Optional.empty(), 0));
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
            var to = client;
            if (to != null) {
                to.flush();
                if (!to.isWritable()) {
                    ctx.channel().config().setAutoRead(false);
                }
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            var from = client;
            if (from != null && !finished) {
                from.config().setAutoRead(ctx.channel().isWritable());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (status.size() > 0) {
                finish(status.toByteArray());
            } else {
                finish(ApiFailure.internalError("the connection to the kubelet was lost")
                        .status());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
