package dev.navarch.kubelet.simulated;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client that forwards ports over a WebSocket, as clients in Java do: two channels for each port, one for the bytes and one
 * for what goes wrong, each of which begins with the port's number.
 *
 * <p>Source: k8s.io/cri-streaming pkg/streaming/portforward/websocket.go.
 */
final class WebSocketForward extends SimpleChannelInboundHandler<WebSocketFrame> {
    private static final Logger log = LoggerFactory.getLogger(WebSocketForward.class);
    static final String PROTOCOL = "v4.channel.k8s.io";

    private final List<Integer> wanted;
    private final IntFunction<Optional<PortHandler>> ports;
    private final List<Inbox> inboxes = new ArrayList<>();
    private final List<Thread> running = new ArrayList<>();
    private final AtomicInteger left;
    private @Nullable Throttle throttle;

    /** @param ports who answers at a port */
    WebSocketForward(List<Integer> wanted, IntFunction<Optional<PortHandler>> ports) {
        this.wanted = wanted;
        this.ports = ports;
        left = new AtomicInteger(wanted.size());
    }

    /** To be called on the event loop when the connection has become a WebSocket. */
    void begin(ChannelHandlerContext context) {
        var slow = new Throttle(context.channel());
        throttle = slow;
        for (int i = 0; i < wanted.size(); i++) {
            int port = wanted.get(i);
            var number = new byte[] {(byte) port, (byte) (port >> 8)};
            context.write(frame(2 * i, number));
            context.write(frame(2 * i + 1, number));
            var inbox = new Inbox(slow::taken);
            inboxes.add(inbox);
            var data = out(context, 2 * i);
            var error = out(context, 2 * i + 1);
            running.add(Thread.ofVirtual().name("simulated-port").unstarted(() -> {
                serve(port, inbox, data, error);
                if (left.decrementAndGet() == 0) {
                    context.writeAndFlush(new CloseWebSocketFrame(1000, ""));
                }
            }));
        }
        context.flush();
        running.forEach(Thread::start);
    }

    private static BinaryWebSocketFrame frame(int channel, byte[] bytes) {
        return new BinaryWebSocketFrame(Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(new byte[] {(byte) channel}), Unpooled.wrappedBuffer(bytes)));
    }

    /** The protocol has no way to say that a stream has ended: an empty message says nothing. */
    private static OutputStream out(ChannelHandlerContext context, int channel) {
        return new Outbox(context.channel(), (bytes, _) -> frame(channel, bytes));
    }

    private void serve(int port, Inbox in, OutputStream data, OutputStream error) {
        try {
            var handler = ports.apply(port);
            if (handler.isEmpty()) {
                error.write(ForwardSession.refused(Integer.toString(port)).getBytes(StandardCharsets.UTF_8));
            } else {
                handler.get().serve(in, data);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            log.debug("The handler of port {} failed", port, e);
        } finally {
            in.close();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame message) {
        switch (message) {
            case BinaryWebSocketFrame data
            when data.content().isReadable() -> {
                int channel = data.content().readUnsignedByte();
                if (channel % 2 == 0 && channel / 2 < inboxes.size()) {
                    var bytes = ByteBufUtil.getBytes(data.content());
                    Objects.requireNonNull(throttle).added(bytes.length);
                    inboxes.get(channel / 2).add(bytes);
                }
            }
            case PingWebSocketFrame ping ->
                context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            case CloseWebSocketFrame _ -> context.close();
            default -> {}
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inboxes.forEach(Inbox::end);
        running.forEach(Thread::interrupt);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug("A connection broke", cause);
        context.close();
    }
}
