package dev.navarch.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * One connection that has one request under way at any time: HTTP/1.1 reduced to what a load driver needs, so that the
 * driver costs little beside the server that it measures. Used by its event loop alone.
 */
final class LoadConnection extends ChannelInboundHandlerAdapter {
    private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);

    private final Supplier<byte[]> requests;
    private final byte[] header = new byte[16 * 1024];
    private int headerLength;
    private long bodyLeft = -1;
    private long sentAt;
    private int status;

    private Latencies latencies = new Latencies();
    private long bytes;
    private long failures;
    private String firstFailure = "";

    LoadConnection(Supplier<byte[]> requests) {
        this.requests = requests;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof io.netty.handler.ssl.SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                send(context);
            } else {
                firstFailure = String.valueOf(handshake.cause());
                failures++;
                context.close();
            }
        }
    }

    private void send(ChannelHandlerContext context) {
        var request = requests.get();
        if (request.length == 0) {
            context.close();
            return;
        }
        sentAt = System.nanoTime();
        context.writeAndFlush(Unpooled.wrappedBuffer(request));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var data = (ByteBuf) message;
        try {
            bytes += data.readableBytes();
            while (data.isReadable()) {
                if (bodyLeft < 0) {
                    readHeader(data);
                } else {
                    int part = (int) Math.min(bodyLeft, data.readableBytes());
                    data.skipBytes(part);
                    bodyLeft -= part;
                }
                if (bodyLeft == 0) {
                    bodyLeft = -1;
                    answered(context);
                }
            }
        } finally {
            data.release();
        }
    }

    private void readHeader(ByteBuf data) {
        int from = headerLength;
        int more = Math.min(data.readableBytes(), header.length - from);
        data.getBytes(data.readerIndex(), header, from, more);
        for (int i = from; i < from + more; i++) {
            if (header[i] == '\n' && i >= 3 && header[i - 1] == '\r' && header[i - 2] == '\n') {
                data.skipBytes(i + 1 - from);
                headerLength = i + 1;
                status = (header[9] - '0') * 100 + (header[10] - '0') * 10 + header[11] - '0';
                bodyLeft = contentLength();
                headerLength = 0;
                return;
            }
        }
        data.skipBytes(more);
        headerLength = from + more;
        if (headerLength == header.length) {
            throw new IllegalStateException("an answer's head is longer than " + header.length + " bytes");
        }
    }

    private long contentLength() {
        for (int i = 0; i < headerLength; i++) {
            if (header[i] == '\n' && matches(i + 1)) {
                long value = 0;
                for (int j = i + 1 + LENGTH.length; header[j] != '\r'; j++) {
                    if (header[j] != ' ') {
                        value = value * 10 + header[j] - '0';
                    }
                }
                return value;
            }
        }
        throw new IllegalStateException(
                "an answer without content-length: " + new String(header, 0, headerLength, StandardCharsets.US_ASCII));
    }

    private boolean matches(int at) {
        for (int i = 0; i < LENGTH.length; i++) {
            if (at + i >= headerLength || (header[at + i] | 0x20) != LENGTH[i] && header[at + i] != LENGTH[i]) {
                return false;
            }
        }
        return true;
    }

    private void answered(ChannelHandlerContext context) {
        if (status >= 200 && status < 300) {
            latencies.record(System.nanoTime() - sentAt);
        } else {
            failures++;
            if (firstFailure.isEmpty()) {
                firstFailure = "status " + status;
            }
        }
        send(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failures++;
        firstFailure = cause.toString();
        context.close();
    }

    /** What was measured since the last call. Call on the event loop. */
    Result take() {
        var result = new Result(latencies, bytes, failures, firstFailure);
        latencies = new Latencies();
        bytes = 0;
        failures = 0;
        return result;
    }

    /** Measurements of one span of time. */
    record Result(Latencies latencies, long bytes, long failures, String firstFailure) {}
}
