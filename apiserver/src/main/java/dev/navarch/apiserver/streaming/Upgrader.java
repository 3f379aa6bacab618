package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a server to leave HTTP for another protocol. */
final class Upgrader {
    private static final int MAX_REFUSAL = 256 * 1024;
    private static final long SECONDS = 30;

    private final EventLoops loops;

    /** What the server said. */
    sealed interface Outcome {
        /** Yes: from now on the channel, which does not read yet, carries the other protocol. */
        record Upgraded(Channel channel, Headers headers) implements Outcome {}

        /** No; its answer is the client's. The connection is closed. */
        record Refused(ApiResponse.Whole answer) implements Outcome {}
    }

    Upgrader(EventLoops loops) {
        this.loops = loops;
    }

    /**
     * @param loop on which the connection is to live
     * @param headers with the protocol that is wanted
     * @throws ApiFailure if the server cannot be reached
     */
    Outcome upgrade(Location location, Peer peer, EventLoopGroup loop, String method, Headers headers)
            throws InterruptedException {
        var outcome = new CompletableFuture<Outcome>();
        var connected = new Bootstrap()
                .group(loop)
                .channel(loops.clientChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 10_000)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (location.tls()) {
                            var name = peer.serverName().isEmpty() ? location.host() : peer.serverName();
                            channel.pipeline()
                                    .addLast(peer.context().newHandler(channel.alloc(), name, location.port()));
                        }
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(8192, 64 * 1024, 64 * 1024),
                                        new HttpObjectAggregator(MAX_REFUSAL),
                                        new Answer(outcome));
                    }
                })
                .connect(location.host(), location.port());
        connected.addListener(done -> {
            if (done.isSuccess()) {
                connected
                        .channel()
                        .writeAndFlush(request(location, method, headers))
                        .addListener(sent -> {
                            if (!sent.isSuccess()) {
                                outcome.completeExceptionally(sent.cause());
                                connected.channel().close();
                            }
                        });
            } else {
                outcome.completeExceptionally(done.cause());
            }
        });
        try {
            return outcome.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw ApiFailure.internalError(
                    "error dialing backend: " + e.getCause().getMessage());
        } catch (TimeoutException _) {
            connected.channel().close();
            throw ApiFailure.internalError("error dialing backend: no answer after " + SECONDS + " s");
        }
    }

    private static DefaultFullHttpRequest request(Location location, String method, Headers headers) {
        var request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), location.pathAndQuery());
        request.headers().set("Host", location.authority());
        headers.forEach((name, value) -> request.headers().add(name, value));
        if (!method.equals("GET")) {
            request.headers().set("Content-Length", "0");
        }
        return request;
    }

    /** Takes the server's answer. */
    private static final class Answer extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final CompletableFuture<Outcome> outcome;

        Answer(CompletableFuture<Outcome> outcome) {
            this.outcome = outcome;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            List<String> fields = new ArrayList<>();
            response.headers().forEach(field -> {
                fields.add(field.getKey());
                fields.add(field.getValue());
            });
            if (response.status().code() == 101) {
                ctx.channel().config().setAutoRead(false);
                var handlers = ctx.pipeline();
                var leftover = new Leftover();
                handlers.addLast(leftover);
                handlers.remove(HttpObjectAggregator.class);
                handlers.remove(this);
                handlers.remove(HttpClientCodec.class); // hands on what it had read
                outcome.complete(new Outcome.Upgraded(ctx.channel(), Headers.of(fields.toArray(String[]::new))));
                return;
            }
            var type = response.headers().get("Content-Type", "");
            outcome.complete(new Outcome.Refused(new ApiResponse.Whole(
                    response.status().code(),
                    type,
                    Headers.of("Connection", "close"),
                    ByteBufUtil.getBytes(response.content()))));
            ctx.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            outcome.completeExceptionally(new IOException("the connection was closed"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            outcome.completeExceptionally(cause);
            ctx.close();
        }
    }
}
