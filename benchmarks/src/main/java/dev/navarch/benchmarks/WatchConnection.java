package dev.navarch.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.concurrent.atomic.AtomicLong;

/** One open watch that counts its events: the line feeds in the chunks of its answer. Used by its event loop alone. */
final class WatchConnection extends ChannelInboundHandlerAdapter {
    private final byte[] request;
    private final Runnable opened;
    private final AtomicLong events;

    /** Where in the answer: the header, a chunk's size, its data, or the two bytes after them. */
    private enum At {
        HEADER,
        SIZE,
        DATA,
        DATA_END
    }

    private At at = At.HEADER;
    private int lineFeeds;
    private long size;

    /**
     * @param opened called when the watch is open
     * @param events counted for all connections together
     */
    WatchConnection(byte[] request, Runnable opened, AtomicLong events) {
        this.request = request;
        this.opened = opened;
        this.events = events;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            context.writeAndFlush(Unpooled.wrappedBuffer(request));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var data = (ByteBuf) message;
        try {
            while (data.isReadable()) {
                read(data);
            }
        } finally {
            data.release();
        }
    }

    private void read(ByteBuf data) {
        switch (at) {
            case HEADER -> {
                byte b = data.readByte();
                lineFeeds = b == '\n' ? lineFeeds + 1 : b == '\r' ? lineFeeds : 0;
                if (lineFeeds == 2) {
                    at = At.SIZE;
                    opened.run();
                }
            }
            case SIZE -> {
                byte b = data.readByte();
                if (b == '\n') {
                    at = At.DATA;
                } else if (b != '\r') {
                    size = size * 16 + Character.digit(b, 16);
                }
            }
            case DATA -> {
                int length = (int) Math.min(size, data.readableBytes());
                count(data, data.readerIndex(), data.readerIndex() + length);
                data.skipBytes(length);
                size -= length;
                if (size == 0) {
                    at = At.DATA_END;
                }
            }
            case DATA_END -> {
                if (data.readByte() == '\n') {
                    at = At.SIZE;
                }
            }
        }
    }

    private void count(ByteBuf data, int from, int to) {
        int found = 0;
        for (int i = data.indexOf(from, to, (byte) '\n'); i >= 0; i = data.indexOf(i + 1, to, (byte) '\n')) {
            found++;
        }
        if (found > 0) {
            events.addAndGet(found);
        }
    }
}
