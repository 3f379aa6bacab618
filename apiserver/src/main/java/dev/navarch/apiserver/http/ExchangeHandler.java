package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.ClientCertificates;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** What HTTP/1.1 and HTTP/2 have in common: answers leave when the round of reading that they came up in is over. */
abstract class ExchangeHandler extends ChannelInboundHandlerAdapter {
    final Pipeline pipeline;
    final ClientCertificates certificates;
    private boolean reading;
    private boolean flushLater;

    ExchangeHandler(Pipeline pipeline, ClientCertificates certificates) {
        this.pipeline = pipeline;
        this.certificates = certificates;
    }

    /** The exchange under way. */
    abstract @Nullable Exchange current();

    /** A round of reading is on. */
    final void reading() {
        reading = true;
    }

    final void flush(Channel channel) {
        if (reading) {
            flushLater = true;
        } else {
            channel.flush();
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        if (flushLater) {
            flushLater = false;
            ctx.flush();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
        var exchange = current();
        if (exchange != null) {
            exchange.writable();
        }
        ctx.fireChannelWritabilityChanged();
    }
}
