package dev.navarch.apiserver.http;

import dev.navarch.apiserver.net.Drain;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/1.1 on one connection: one request after the other, answers in the order of the requests. Requests that a client
 * sends ahead wait; if they are many, reading stops.
 *
 * <p>The head is judged before any of the body is kept.
 */
final class Http1Handler extends ExchangeHandler {
    private static final Logger log = LoggerFactory.getLogger(Http1Handler.class);
    private static final int MAX_WAITING = 64;

    /** How much of a body that nobody wants is read over before the connection is closed. */
    private static final long MAX_DISCARDED = 32L * 1024 * 1024;

    private final ArrayDeque<Object> waiting = new ArrayDeque<>();

    private @Nullable Http1Exchange current;
    private @Nullable RequestBody body;
    private boolean bodyComplete;
    private long discarded;
    private boolean closing;
    private boolean advancing;
    /** Whether the present request may be served is being asked of somebody else. */
    private boolean judging;

    /**
     * What a head says of its body.
     *
     * @param length -1 if unknown
     * @param awaited whether the client waits until it is told to send it
     */
    private record Body(long length, boolean chunked, boolean awaited) {
        boolean comes() {
            return length > 0 || chunked;
        }
    }

    Http1Handler(Pipeline pipeline, ClientCertificates certificates) {
        super(pipeline, certificates);
    }

    @Override
    @Nullable
    Exchange current() {
        return current;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading();
        boolean busy = current != null && bodyComplete;
        if (busy || judging || advancing || !waiting.isEmpty()) {
            waiting.add(message);
            if (waiting.size() > MAX_WAITING) {
                ctx.channel().config().setAutoRead(false);
            }
        } else {
            take(ctx, message);
        }
    }

    private void take(ChannelHandlerContext ctx, Object message) {
        try {
            if (closing) {
                return;
            }
            if (message instanceof HttpRequest request) {
                head(ctx, request);
            }
            if (message instanceof HttpContent content) {
                body(ctx, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(ChannelHandlerContext ctx, HttpRequest request) {
        var exchange = new Http1Exchange(
                this,
                ctx.channel(),
                request.method().name(),
                request.uri(),
                new NettyHeaders(request.headers()),
                certificates,
                HttpUtil.isKeepAlive(request),
                request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) >= 0);
        current = exchange;
        bodyComplete = false;
        discarded = 0;
        body = null;
        if (request.decoderResult().isFailure()) {
            exchange.keepAlive = false;
            bodyComplete = true;
            pipeline.refuse(exchange, malformed(request.decoderResult().cause()));
            return;
        }
        long announced = announcedLength(request);
        if (announced == BAD_LENGTH) {
            exchange.keepAlive = false;
            bodyComplete = true;
            pipeline.refuse(exchange, ApiFailure.badRequest("the Content-Length header is no number"));
            return;
        }
        var expected = new Body(
                announced, HttpUtil.isTransferEncodingChunked(request), HttpUtil.is100ContinueExpected(request));
        switch (pipeline.admit(exchange)) {
            case ADMITTED -> expect(ctx, exchange, expected);
            case REFUSED -> {} // answered; the body, if any, is read over
            case OPEN -> {
                judging = true;
                if (expected.comes()) {
                    ctx.channel().config().setAutoRead(false);
                } // otherwise reading shows whether the client is still there
                pipeline.judgeLater(exchange, admitted -> judged(ctx, exchange, expected, admitted));
            }
        }
    }

    private void judged(ChannelHandlerContext ctx, Http1Exchange exchange, Body expected, boolean admitted) {
        if (current != exchange) {
            return; // its time was over
        }
        judging = false;
        if (admitted) {
            expect(ctx, exchange, expected);
        }
        advance(ctx);
    }

    /** Takes the body of a request that may be served. */
    private void expect(ChannelHandlerContext ctx, Http1Exchange exchange, Body expected) {
        if (expected.length > pipeline.maxBodyBytes()) {
            exchange.keepAlive = false;
            pipeline.refuse(exchange, pipeline.tooLarge());
            return;
        }
        if (expected.awaited) {
            ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), "HTTP/1.1 100 Continue\r\n\r\n"));
        }
        body = new RequestBody(pipeline.maxBodyBytes());
        if (expected.comes()) {
            pipeline.startTimer(exchange);
        }
    }

    private static final long BAD_LENGTH = -2;

    private static long announcedLength(HttpMessage request) {
        try {
            return HttpUtil.getContentLength(request, -1L);
        } catch (NumberFormatException _) {
            return BAD_LENGTH;
        }
    }

    private static ApiFailure malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new ApiFailure(
                    new Status("Failure", "the request's first line is too long", "", Optional.empty(), 414));
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new ApiFailure(
                    new Status("Failure", "the request's header fields are too large", "", Optional.empty(), 431));
        }
        return ApiFailure.badRequest("malformed HTTP request");
    }

    private void body(ChannelHandlerContext ctx, HttpContent content) {
        var exchange = current;
        if (exchange == null || bodyComplete) {
            return;
        }
        boolean last = content instanceof LastHttpContent;
        if (content.decoderResult().isFailure()) {
            exchange.keepAlive = false;
            bodyComplete = true;
            pipeline.refuse(exchange, ApiFailure.badRequest("malformed request body"));
            return;
        }
        var collecting = body;
        if (collecting == null) {
            discarded += content.content().readableBytes();
            bodyComplete = last;
            if (discarded > MAX_DISCARDED) {
                close(ctx.channel());
            } else if (last && exchange.sent) {
                exchange.over();
            }
            return;
        }
        if (!collecting.add(content.content())) {
            body = null;
            bodyComplete = last;
            exchange.keepAlive = false;
            pipeline.refuse(exchange, pipeline.tooLarge());
        } else if (last) {
            body = null;
            bodyComplete = true;
            pipeline.serve(exchange, collecting.bytes());
        }
    }

    /** The answer to {@code exchange} is written and its body read: on with the next request, or the end. */
    private void next(Http1Exchange exchange) {
        if (current != exchange) {
            return;
        }
        current = null;
        if (!exchange.keepAlive) {
            close(exchange.channel);
            return;
        }
        if (advancing) {
            return; // the loop below goes on
        }
        var ctx = exchange.channel.pipeline().context(this);
        if (ctx == null) {
            return;
        }
        advance(ctx);
    }

    private void advance(ChannelHandlerContext ctx) {
        advancing = true;
        while (!waiting.isEmpty() && (current == null || !bodyComplete) && !judging && !closing) {
            take(ctx, waiting.poll());
        }
        advancing = false;
        var config = ctx.channel().config();
        if (waiting.isEmpty() && !judging && !config.isAutoRead()) {
            config.setAutoRead(true);
        }
    }

    private void close(Channel channel) {
        closing = true;
        channel.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        release();
        ctx.fireChannelInactive();
    }

    private void release() {
        var exchange = current;
        if (exchange != null) {
            exchange.disconnected();
            pipeline.disconnected(exchange);
        }
        for (var message = waiting.poll(); message != null; message = waiting.poll()) {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        boolean atRest = current == null || !bodyComplete;
        if (event instanceof IdleStateEvent && atRest) {
            ctx.close();
        } else if (event == Drain.EVENT) {
            drain(ctx);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** Ends with the request that is under way. */
    private void drain(ChannelHandlerContext ctx) {
        var exchange = current;
        if (exchange == null) {
            ctx.close();
        } else {
            exchange.keepAlive = false;
            exchange.endStream();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            log.debug("A connection broke", cause);
        } else {
            log.error("A connection failed", cause);
        }
        ctx.close();
    }

    /** A request of this connection. */
    private static final class Http1Exchange extends Exchange {
        /** Eight digits of the chunk's length, as many as are needed for any, and a line's end. */
        private static final int CHUNK_HEAD = 10;

        private static final int CHUNK_END = 2;
        private static final int LINE_END = '\r' << 8 | '\n';
        private static final byte[] HEXADECIMAL = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

        private final Http1Handler handler;
        private final boolean version11;
        private boolean keepAlive;
        private boolean chunked;

        /** The answer is complete. */
        private boolean sent;

        Http1Exchange(
                Http1Handler handler,
                Channel channel,
                String method,
                String uri,
                Headers headers,
                ClientCertificates certificates,
                boolean keepAlive,
                boolean version11) {
            super(channel, method, uri, headers, certificates);
            this.handler = handler;
            this.keepAlive = keepAlive;
            this.version11 = version11;
        }

        @Override
        void sendWhole(ApiResponse.Whole response, long length, boolean withBody) {
            var buffer = channel.alloc().directBuffer(512 + (withBody ? (int) length : 0));
            head(buffer, response, length);
            if (withBody) {
                var parts = response.parts();
                for (int i = 0; i < parts.size(); i++) {
                    buffer.writeBytes(parts.array(i), parts.offset(i), parts.array(i).length - parts.offset(i));
                }
            }
            channel.write(buffer, channel.voidPromise());
            flush();
        }

        @Override
        void sendHead(ApiResponse response, long length) {
            chunked = length < 0 && version11;
            if (length < 0 && !version11) {
                keepAlive = false;
            }
            var buffer = channel.alloc().directBuffer(512);
            head(buffer, response, length);
            channel.write(buffer, channel.voidPromise());
        }

        private void head(ByteBuf out, ApiResponse response, long length) {
            int status = response.status();
            keepAlive &= response.headers().first("Connection").isEmpty();
            ascii(out, "HTTP/1.1 ");
            ascii(out, HttpResponseStatus.valueOf(status).toString());
            handler.pipeline.writeCommonHeaders(this, (name, value) -> field(out, name, value));
            if (!response.contentType().isEmpty()) {
                field(out, "Content-Type", response.contentType());
            }
            response.headers().forEach((name, value) -> {
                if (!name.equals("Connection")) {
                    field(out, name, value);
                }
            });
            if (!keepAlive) {
                field(out, "Connection", "close");
            } else if (!version11) {
                field(out, "Connection", "keep-alive");
            }
            if (length >= 0) {
                if (status != 204 && status != 304) {
                    field(out, "Content-Length", Long.toString(length));
                }
            } else if (chunked) {
                field(out, "Transfer-Encoding", "chunked");
            }
            ascii(out, "\r\n\r\n");
        }

        /** Starts with the line break, so that the last field has none. */
        private static void field(ByteBuf out, String name, String value) {
            ascii(out, "\r\n");
            ascii(out, name);
            ascii(out, ": ");
            if (value.indexOf('\r') < 0 && value.indexOf('\n') < 0) {
                out.writeCharSequence(value, StandardCharsets.UTF_8);
            }
        }

        private static void ascii(ByteBuf out, String text) {
            ByteBufUtil.writeAscii(out, text);
        }

        /** With room for the chunk's own framing, so that a chunk is one write. */
        @Override
        ByteBuf data(int length) {
            return chunked
                    ? channel.alloc()
                            .directBuffer(CHUNK_HEAD + length + CHUNK_END)
                            .setIndex(CHUNK_HEAD, CHUNK_HEAD)
                    : super.data(length);
        }

        @Override
        void sendData(ByteBuf data) {
            if (chunked) {
                int length = data.readableBytes();
                for (int digit = 0; digit < 8; digit++) {
                    data.setByte(digit, HEXADECIMAL[length >>> (28 - 4 * digit) & 0xf]);
                }
                data.setShort(8, LINE_END).writeShort(LINE_END).readerIndex(0);
            }
            channel.write(data, channel.voidPromise());
        }

        @Override
        void sendEnd() {
            if (chunked) {
                channel.write(ByteBufUtil.writeAscii(channel.alloc(), "0\r\n\r\n"), channel.voidPromise());
            }
        }

        @Override
        void finished() {
            sent = true;
            if (handler.bodyComplete) {
                over();
            } else if (!keepAlive) {
                channel.flush(); // the rest of the body is read over, then the connection closed
            }
        }

        void over() {
            handler.next(this);
        }

        /** The connection is of no use any more: where the body ends, nobody knows. */
        @Override
        void endBody() {
            if (!handler.bodyComplete) {
                keepAlive = false;
                handler.bodyComplete = true;
                handler.body = null;
                handler.judging = false;
            }
        }

        @Override
        Duration patience() {
            return handler.pipeline.patience();
        }

        @Override
        void abort() {
            channel.close();
        }

        @Override
        void flush() {
            handler.flush(channel);
        }

        @Override
        public boolean canBeTakenOver() {
            return version11;
        }

        @Override
        public void takeOver(byte[] head, Consumer<Channel> protocol) {
            if (!claimAnswer(101)) {
                return;
            }
            channel.eventLoop().execute(() -> {
                if (gone()) {
                    protocol.accept(channel); // which finds it closed and lets go of the other side
                    return;
                }
                channel.config().setAutoRead(false);
                channel.writeAndFlush(io.netty.buffer.Unpooled.wrappedBuffer(head), channel.voidPromise());
                handler.current = null;
                var handlers = channel.pipeline();
                handlers.remove(io.netty.handler.timeout.IdleStateHandler.class);
                handlers.remove(handler);
                protocol.accept(channel);
                handlers.remove(io.netty.handler.codec.http.HttpRequestDecoder.class); // hands on what it had read
            });
        }
    }
}
