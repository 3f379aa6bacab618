package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.net.Drain;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A watch over a WebSocket, as browsers and fabric8's client ask for it: one message an event, of text for JSON and
 * binary for protobuf; what the client says is not listened to. A client that takes nothing for a while loses its watch.
 *
 * <p>Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go, HandleWS.
 */
public final class WatchSocket extends ChannelInboundHandlerAdapter {
    /** Precedes every event of a protobuf watch over plain HTTP; a message has borders of its own. */
    private static final int LENGTH_PREFIX = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Channel channel;
    private final Frames frames;
    private final boolean text;
    private final Object lock = new Object();

    private WatchSocket(Channel channel, Frames frames, boolean text) {
        this.channel = channel;
        this.frames = frames;
        this.text = text;
    }

    /** Whether a client asks for a WebSocket, on a connection that can become one. */
    public static boolean asked(ApiRequest request, ClientConnection client) {
        return request.info().verb().equals("watch")
                && client.canBeTakenOver()
                && request.headers()
                        .first("Upgrade")
                        .filter("websocket"::equalsIgnoreCase)
                        .isPresent();
    }

    /**
     * Sends the events of an answer, which it closes.
     *
     * @throws dev.navarch.apiserver.request.ApiFailure if the handshake is none
     */
    public static void serve(ApiRequest request, ApiResponse.Streaming answer, ClientConnection client) {
        byte[] head;
        try {
            head = WebSocketHandshake.accept(request.headers(), "");
        } catch (RuntimeException e) {
            answer.frames().close();
            throw e;
        }
        client.takeOver(head, channel -> {
            var socket = new WatchSocket(
                    channel, answer.frames(), answer.contentType().startsWith(ApiResponse.JSON));
            if (!channel.isActive()) {
                answer.frames().close();
                return;
            }
            WebSocketHandshake.install(channel);
            channel.pipeline().addLast(socket);
            channel.config().setAutoRead(true);
            Thread.ofVirtual().name("watch " + request.path()).start(socket::pull);
        });
    }

    private void pull() {
        try (frames) {
            for (var event = frames.next(); event != null && awaitRoom(); event = frames.next()) {
                channel.writeAndFlush(message(event), channel.voidPromise());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            channel.writeAndFlush(new CloseWebSocketFrame(1000, "")).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private WebSocketFrame message(byte[] event) {
        if (text) {
            return new TextWebSocketFrame(Unpooled.wrappedBuffer(event));
        }
        ByteBuf content = Unpooled.wrappedBuffer(event);
        return new BinaryWebSocketFrame(content.skipBytes(Math.min(LENGTH_PREFIX, event.length)));
    }

    /** False if the client is gone, or takes nothing. */
    private boolean awaitRoom() throws InterruptedException {
        synchronized (lock) {
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (channel.isActive() && !channel.isWritable()) {
                long left = until - System.nanoTime();
                if (left <= 0) {
                    channel.close();
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
        }
        return channel.isActive();
    }

    private void changed() {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof PingWebSocketFrame ping) {
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content()), ctx.voidPromise());
            return;
        }
        if (message instanceof CloseWebSocketFrame) {
            frames.close();
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        changed();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        frames.close();
        changed();
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Drain.EVENT) {
            frames.close();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
