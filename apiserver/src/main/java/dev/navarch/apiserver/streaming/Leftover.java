package dev.navarch.apiserver.streaming;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps what a channel reads before its new protocol is set up: a server may speak right behind its 101. When it is
 * removed, it hands that on to the handler behind it.
 */
final class Leftover extends ChannelInboundHandlerAdapter {
    private final List<Object> kept = new ArrayList<>();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        kept.add(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (kept.isEmpty()) {
            return;
        }
        kept.forEach(ctx::fireChannelRead);
        kept.clear();
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        kept.forEach(ReferenceCountUtil::release);
        kept.clear();
        ctx.fireChannelInactive();
    }
}
