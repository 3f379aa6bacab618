package dev.navarch.kubelet.server;

import dev.navarch.client.ApiFailure;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import javax.naming.NamingException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Each request is answered on a virtual thread; an upgrade becomes a pipe to the engine, which
 * ends the connection's life as HTTP.
 */
final class Connection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(Connection.class);
    private static final Set<String> STREAMS = Set.of("exec", "attach", "portForward");

    private final Answers answers;
    private final Access access;

    Connection(Answers answers, Access access) {
        this.answers = answers;
        this.access = access;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            answer(context, new Refusal(400, "malformed request"));
            return;
        }
        // One request at a time, and nothing is lost of what follows an upgrade.
        context.channel().config().setAutoRead(false);
        var kept = request.retain();
        Thread.ofVirtual().name("kubelet-request").start(() -> {
            try {
                serve(context, kept);
            } finally {
                kept.release();
            }
        });
    }

    private void judge(ChannelHandlerContext context, FullHttpRequest request, QueryStringDecoder uri) throws Refusal {
        try {
            access.check(
                    certified(context),
                    request.headers().get(HttpHeaderNames.AUTHORIZATION, ""),
                    request.method().name(),
                    uri.path(),
                    answers.node(uri));
        } catch (ApiFailure e) {
            throw Access.unanswered(e);
        }
    }

    private static Optional<Caller> certified(ChannelHandlerContext context) throws Refusal {
        var session = context.pipeline().get(SslHandler.class).engine().getSession();
        try {
            return Optional.of(Caller.of(session.getPeerCertificates()[0]));
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        } catch (NamingException e) {
            throw new Refusal(401, "Unauthorized");
        }
    }

    private void serve(ChannelHandlerContext context, FullHttpRequest request) {
        try {
            var uri = new QueryStringDecoder(request.uri());
            judge(context, request, uri);
            var first = Answers.parts(uri).getFirst();
            if (STREAMS.contains(first)) {
                if (!request.headers().contains(HttpHeaderNames.UPGRADE)) {
                    throw new Refusal(400, "Upgrade request required");
                }
                pipe(context, request, answers.stream(uri));
            } else if (first.equals("containerLogs")) {
                log(context, uri);
            } else {
                var body = answers.whole(uri);
                answer(context, 200, body.contentType(), body.bytes());
            }
        } catch (Refusal e) {
            answer(context, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            context.close();
        } catch (IOException e) {
            log.debug("A client went away", e);
            context.close();
        } catch (RuntimeException e) {
            log.warn("Request {} failed", request.uri(), e);
            answer(context, new Refusal(500, String.valueOf(e.getMessage())));
        }
    }

    private static void answer(ChannelHandlerContext context, Refusal refusal) {
        answer(
                context,
                refusal.status(),
                "text/plain; charset=utf-8",
                String.valueOf(refusal.getMessage()).getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(ChannelHandlerContext context, int status, String contentType, byte[] body) {
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        context.writeAndFlush(response)
                .addListener(_ -> context.channel().config().setAutoRead(true));
    }

    // Logs

    private void log(ChannelHandlerContext context, QueryStringDecoder uri)
            throws Refusal, IOException, InterruptedException {
        var source = answers.log(uri);
        var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
        HttpUtil.setTransferEncodingChunked(head, true);
        context.channel().config().setAutoRead(true); // so that a client that leaves is noticed
        context.writeAndFlush(head);
        try (var out = new Chunks(context)) {
            answers.copyLog(source, out);
        }
        context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /** Collects small writes; waits for the client as it writes. */
    private static final class Chunks extends OutputStream {
        private final ChannelHandlerContext context;
        private final byte[] buffer = new byte[32 * 1024];
        private int used;

        Chunks(ChannelHandlerContext context) {
            this.context = context;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int from = offset;
            int left = length;
            while (left > 0) {
                int n = Math.min(left, buffer.length - used);
                System.arraycopy(bytes, from, buffer, used, n);
                used += n;
                from += n;
                left -= n;
                if (used == buffer.length) {
                    flush();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (!context.channel().isActive()) {
                throw new IOException("the client is gone");
            }
            if (used == 0) {
                return;
            }
            var chunk = new DefaultHttpContent(Unpooled.wrappedBuffer(Arrays.copyOf(buffer, used)));
            used = 0;
            try {
                var written = context.writeAndFlush(chunk).await();
                if (!written.isSuccess()) {
                    throw new IOException("the client is gone", written.cause());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    // Upgrades

    /** Sends the request's head on as it is, but for its target, and then only passes bytes. */
    private void pipe(ChannelHandlerContext context, FullHttpRequest request, URI target) {
        var head = head(request, target);
        var client = context.channel();
        ChannelFuture connected = new Bootstrap()
                .group(client.eventLoop())
                .channel(NioSocketChannel.class)
                .handler(new Relay(client))
                .connect(target.getHost(), target.getPort());
        connected.addListener((ChannelFutureListener) done -> {
            if (!done.isSuccess()) {
                answer(
                        context,
                        new Refusal(
                                502,
                                "error dialing the runtime: " + done.cause().getMessage()));
                return;
            }
            join(client, done.channel(), head);
        });
    }

    private void join(Channel client, Channel engine, byte[] head) {
        engine.writeAndFlush(Unpooled.wrappedBuffer(head));
        var pipeline = client.pipeline();
        pipeline.addLast(new Relay(engine));
        pipeline.remove(this);
        pipeline.remove(KubeletServer.AGGREGATOR);
        pipeline.remove(HttpServerCodec.class); // hands on what it has read beyond the request
        client.config().setAutoRead(true);
    }

    private static byte[] head(FullHttpRequest request, URI target) {
        var text = new StringBuilder();
        text.append(request.method().name()).append(' ').append(target.getRawPath());
        if (target.getRawQuery() != null) {
            text.append('?').append(target.getRawQuery());
        }
        text.append(" HTTP/1.1\r\nHost: ").append(target.getAuthority()).append("\r\n");
        for (var header : request.headers()) {
            boolean ours =
                    header.getKey().equalsIgnoreCase("host") || header.getKey().equalsIgnoreCase("content-length");
            if (!ours) {
                text.append(header.getKey())
                        .append(": ")
                        .append(header.getValue())
                        .append("\r\n");
            }
        }
        if (!request.headers().contains(HttpHeaderNames.CONNECTION)) {
            text.append("Connection: ").append(HttpHeaderValues.UPGRADE).append("\r\n");
        }
        if (request.method().name().equals("POST")) {
            text.append("Content-Length: 0\r\n");
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug("A connection broke", cause);
        context.close();
    }
}
