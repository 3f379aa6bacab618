package dev.navarch.apiserver.streaming;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Passes what one channel reads to another, as it is; each reads only while the other takes more. */
final class Relay extends ChannelInboundHandlerAdapter {
    private final Channel other;

    private Relay(Channel other) {
        this.other = other;
    }

    /** Joins two channels, both on the same event loop, both not reading yet. */
    static void join(Channel a, Channel b) {
        a.pipeline().addLast(new Relay(b));
        b.pipeline().addLast(new Relay(a));
        start(a);
        start(b);
    }

    /** Lets a channel read, beginning with what came early. */
    static void start(Channel channel) {
        if (channel.pipeline().get(Leftover.class) != null) {
            channel.pipeline().remove(Leftover.class);
        }
        channel.config().setAutoRead(true);
        if (!channel.isActive()) {
            channel.pipeline().fireChannelInactive();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        other.write(message, other.voidPromise());
        if (!other.isWritable()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        other.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        other.config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (other.isActive()) {
            other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
