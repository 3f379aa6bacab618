package dev.navarch.kubelet.simulated;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that a client opens within one connection, as clients of exec, attach and port-forward do. Windows are not
 * used, as Go's implementation knows none. Source: github.com/moby/spdystream.
 */
final class SpdyConnection extends SimpleChannelInboundHandler<Object> {
    private static final Logger log = LoggerFactory.getLogger(SpdyConnection.class);
    private static final int MOST_STREAMS = 1000;

    private final Session session;
    private final Map<Integer, Inbox> inboxes = new HashMap<>();
    private @Nullable Throttle throttle;

    /** Who has the streams. Called on the connection's event loop. */
    interface Session {
        void opened(Stream stream);

        /** The client has gone. */
        void gone();
    }

    /** A stream; closing its output says that nothing more comes. */
    record Stream(String type, Map<String, String> headers, InputStream in, OutputStream out) {}

    SpdyConnection(Session session) {
        this.session = session;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        throttle = new Throttle(context.channel());
    }

    private Throttle throttle() {
        return Objects.requireNonNull(throttle);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
        switch (message) {
            case SpdySynStreamFrame begun -> open(context, begun);
            case SpdyDataFrame data -> {
                var inbox = inboxes.get(data.streamId());
                var bytes = ByteBufUtil.getBytes(data.content());
                if (inbox != null) {
                    throttle().added(bytes.length);
                    inbox.add(bytes);
                }
                if (data.isLast()) {
                    end(data.streamId());
                }
            }
            case SpdyHeadersFrame more when more.isLast() -> end(more.streamId());
            case SpdyRstStreamFrame reset -> end(reset.streamId());
            case SpdyPingFrame ping
            when ping.id() % 2 != 0 -> context.writeAndFlush(new DefaultSpdyPingFrame(ping.id()));
            default -> {}
        }
    }

    private void open(ChannelHandlerContext context, SpdySynStreamFrame begun) {
        int id = begun.streamId();
        if (begun.isInvalid() || inboxes.size() == MOST_STREAMS || inboxes.containsKey(id)) {
            context.writeAndFlush(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.REFUSED_STREAM));
            return;
        }
        var inbox = new Inbox(throttle()::taken);
        inboxes.put(id, inbox);
        var reply = new DefaultSpdySynReplyFrame(id);
        reply.headers().set("server", "navarch"); // Go's reader takes no empty block
        context.writeAndFlush(reply);
        Map<String, String> headers = new HashMap<>();
        begun.headers().forEach(header -> headers.put(header.getKey().toString(), String.valueOf(header.getValue())));
        session.opened(new Stream(
                headers.getOrDefault("streamtype", ""), headers, inbox, new Outbox(context.channel(), (bytes, last) -> {
                    var frame = new DefaultSpdyDataFrame(id, Unpooled.wrappedBuffer(bytes));
                    frame.setLast(last);
                    return frame;
                })));
        if (begun.isLast()) {
            end(id);
        }
    }

    private void end(int id) {
        var inbox = inboxes.remove(id);
        if (inbox != null) {
            inbox.end();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inboxes.values().forEach(Inbox::end);
        inboxes.clear();
        session.gone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug("A connection broke", cause);
        context.close();
    }
}
