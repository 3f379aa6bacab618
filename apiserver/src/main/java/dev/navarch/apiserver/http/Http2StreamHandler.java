package dev.navarch.apiserver.http;

import dev.navarch.apiserver.net.Drain;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One stream of an HTTP/2 connection: one request and its answer. */
final class Http2StreamHandler extends ExchangeHandler {
    private static final Logger log = LoggerFactory.getLogger(Http2StreamHandler.class);
    private static final long MAX_DISCARDED = 32L * 1024 * 1024;

    private @Nullable Http2Exchange exchange;
    private @Nullable RequestBody body;
    private long discarded;
    /** Whether the request may be served is being asked of somebody else; what came of its body meanwhile. */
    private boolean judging;

    private final ArrayDeque<Object> waiting = new ArrayDeque<>();

    Http2StreamHandler(Pipeline pipeline, ClientCertificates certificates) {
        super(pipeline, certificates);
    }

    @Override
    @Nullable
    Exchange current() {
        return exchange;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading();
        if (judging && !(message instanceof Http2ResetFrame)) {
            waiting.add(message);
        } else {
            take(ctx, message);
        }
    }

    private void take(ChannelHandlerContext ctx, Object message) {
        try {
            switch (message) {
                case Http2HeadersFrame headers -> head(ctx, headers);
                case Http2DataFrame data -> body(ctx, data);
                case Http2ResetFrame _ -> gone();
                default -> {}
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
        if (exchange != null) { // trailers
            if (frame.isEndStream()) {
                complete();
            }
            return;
        }
        List<String> fields = new ArrayList<>(2 * frame.headers().size());
        String method = "";
        String path = "";
        for (var field : frame.headers()) {
            var name = field.getKey().toString();
            var value = field.getValue().toString();
            switch (name) {
                case ":method" -> method = value;
                case ":path" -> path = value;
                case ":authority" -> {
                    fields.add("host");
                    fields.add(value);
                }
                default -> {
                    if (!name.startsWith(":")) {
                        fields.add(name);
                        fields.add(value);
                    }
                }
            }
        }
        var created = new Http2Exchange(this, ctx.channel(), method, path, Headers.of(fields), certificates);
        exchange = created;
        if (pipeline.sendsAway()) { // what is under way goes on; the client opens another connection for the next
            ctx.channel().parent().writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        }
        switch (pipeline.admit(created)) {
            case ADMITTED -> expect(created, frame.isEndStream());
            case REFUSED -> {}
            case OPEN -> {
                judging = true;
                boolean bodyless = frame.isEndStream();
                ctx.channel().config().setAutoRead(false);
                pipeline.judgeLater(created, admitted -> judged(ctx, created, admitted, bodyless));
            }
        }
    }

    private void judged(ChannelHandlerContext ctx, Http2Exchange created, boolean admitted, boolean bodyless) {
        judging = false;
        if (admitted) {
            expect(created, bodyless);
        }
        for (var message = waiting.poll(); message != null; message = waiting.poll()) {
            take(ctx, message);
        }
        ctx.channel().config().setAutoRead(true);
    }

    /** Takes the body of a request that may be served. */
    private void expect(Http2Exchange created, boolean bodyless) {
        long announced = created.headers
                .first("content-length")
                .map(Http2StreamHandler::number)
                .orElse(-1L);
        if (announced > pipeline.maxBodyBytes()) {
            pipeline.refuse(created, pipeline.tooLarge());
            return;
        }
        body = new RequestBody(pipeline.maxBodyBytes());
        if (bodyless) {
            complete();
        } else {
            pipeline.startTimer(created);
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    private void body(ChannelHandlerContext ctx, Http2DataFrame frame) {
        var collecting = body;
        if (collecting == null) {
            discarded += frame.content().readableBytes();
            if (discarded > MAX_DISCARDED) {
                ctx.close();
            }
            return;
        }
        if (!collecting.add(frame.content())) {
            body = null;
            var mine = exchange;
            if (mine != null) {
                pipeline.refuse(mine, pipeline.tooLarge());
            }
        } else if (frame.isEndStream()) {
            complete();
        }
    }

    private void complete() {
        var collected = body;
        var mine = exchange;
        body = null;
        if (collected != null && mine != null) {
            pipeline.serve(mine, collected.bytes());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone();
        ctx.fireChannelInactive();
    }

    private void gone() {
        var mine = exchange;
        if (mine != null) {
            mine.disconnected();
            pipeline.disconnected(mine);
        }
        for (var message = waiting.poll(); message != null; message = waiting.poll()) {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame) {
            gone();
        } else if (event == Drain.EVENT) {
            var mine = exchange;
            if (mine != null) {
                mine.endStream();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("A stream failed", cause);
        gone();
        ctx.close();
    }

    /** The request of this stream. */
    private static final class Http2Exchange extends Exchange {
        private final Http2StreamHandler handler;
        private boolean bodyless;

        Http2Exchange(
                Http2StreamHandler handler,
                Channel channel,
                String method,
                String uri,
                Headers headers,
                ClientCertificates certificates) {
            super(channel, method, uri, headers, certificates);
            this.handler = handler;
        }

        @Override
        void sendWhole(ApiResponse.Whole response, long length, boolean withBody) {
            boolean empty = !withBody || length == 0;
            channel.write(new DefaultHttp2HeadersFrame(head(response, length), empty));
            if (!empty) {
                var buffer = channel.alloc().directBuffer((int) length);
                var parts = response.parts();
                for (int i = 0; i < parts.size(); i++) {
                    buffer.writeBytes(parts.array(i), parts.offset(i), parts.array(i).length - parts.offset(i));
                }
                channel.write(new DefaultHttp2DataFrame(buffer, true));
            }
            flush();
        }

        @Override
        void sendHead(ApiResponse response, long length) {
            channel.write(new DefaultHttp2HeadersFrame(head(response, length), false));
        }

        private DefaultHttp2Headers head(ApiResponse response, long length) {
            var fields = new DefaultHttp2Headers(false);
            fields.status(Integer.toString(response.status()));
            handler.pipeline.writeCommonHeaders(this, (name, value) -> add(fields, name, value));
            if (!response.contentType().isEmpty()) {
                fields.add("content-type", response.contentType());
            }
            response.headers().forEach((name, value) -> add(fields, name, value));
            if (length >= 0 && response.status() != 204 && response.status() != 304) {
                fields.add("content-length", Long.toString(length));
            }
            return fields;
        }

        private static void add(DefaultHttp2Headers fields, String name, String value) {
            if (name.equals("Connection")) {
                return;
            }
            fields.add(name.toLowerCase(Locale.ROOT), value);
        }

        @Override
        void sendData(ByteBuf data) {
            channel.write(new DefaultHttp2DataFrame(data, false));
        }

        @Override
        void sendEnd() {
            channel.write(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
        }

        @Override
        void finished() {
            // the stream closes by itself when both sides have ended
            if (bodyless) {
                channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
            }
        }

        @Override
        void endBody() {
            if (handler.body != null) {
                handler.body = null;
                bodyless = true;
            }
        }

        @Override
        Duration patience() {
            return handler.pipeline.patience();
        }

        @Override
        void abort() {
            channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
        }

        @Override
        void flush() {
            handler.flush(channel);
        }
    }
}
