package dev.navarch.apiserver.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/** Bytes of another protocol as binary messages, whose borders mean nothing. */
final class WebSocketTunnel extends ChannelDuplexHandler {

    static void install(Channel channel) {
        WebSocketHandshake.install(channel);
        channel.pipeline().addLast(new WebSocketTunnel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var frame = (WebSocketFrame) message;
        switch (frame) {
            case BinaryWebSocketFrame data -> ctx.fireChannelRead(data.content());
            case PingWebSocketFrame ping -> ctx.writeAndFlush(new PongWebSocketFrame(ping.content()));
            case CloseWebSocketFrame _ -> {
                frame.release();
                ctx.writeAndFlush(new CloseWebSocketFrame(1000, ""))
                        .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
            }
            default -> frame.release();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes && !bytes.isReadable()) {
            ctx.write(bytes, promise);
        } else {
            ctx.write(message instanceof ByteBuf bytes ? new BinaryWebSocketFrame(bytes) : message, promise);
        }
    }
}
