package dev.navarch.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** Connections to one API server, with what they carry. */
final class LoadClient implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final URI server;
    private final Requests requests;
    private final SslContext ssl;
    private final MultiThreadIoEventLoopGroup group;

    LoadClient(URI server, Requests requests, int threads) throws IOException {
        this.server = server;
        this.requests = requests;
        ssl = SslContextBuilder.forClient()
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build();
        group = new MultiThreadIoEventLoopGroup(threads, EpollIoHandler.newFactory());
    }

    Channel connect(ChannelHandler handler) throws InterruptedException {
        return new Bootstrap()
                .group(group)
                .channel(EpollSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(ssl.newHandler(channel.alloc()), handler);
                    }
                })
                .connect(server.getHost(), server.getPort())
                .sync()
                .channel();
    }

    /**
     * Runs until the time is over.
     *
     * @param source the requests of the connection with that number
     */
    LoadConnection.Result run(int count, int warmUpSeconds, int seconds, IntFunction<Supplier<byte[]>> source)
            throws Exception {
        var all = connections(count, source);
        var channels = connect(all);
        Thread.sleep(warmUpSeconds * 1000L);
        take(channels, all);
        Thread.sleep(seconds * 1000L);
        var result = take(channels, all);
        for (var channel : channels) {
            channel.close().sync();
        }
        return result;
    }

    /** Sends requests 0 to {@code total - 1}, each once. */
    LoadConnection.Result once(int count, long total, LongFunction<byte[]> request) throws Exception {
        var next = new AtomicLong();
        var all = connections(count, _ -> () -> {
            long n = next.getAndIncrement();
            return n < total ? request.apply(n) : NOTHING;
        });
        var channels = connect(all);
        for (var channel : channels) {
            channel.closeFuture().sync();
        }
        return take(channels, all);
    }

    /** Makes a namespace, with the service account that a controller would make if there was one. */
    void makeNamespace(String name) throws Exception {
        make("/api/v1/namespaces", Requests.namespace(name));
        make("/api/v1/namespaces/" + name + "/serviceaccounts", Requests.serviceAccount("default"));
    }

    /** Makes one object, unless it is there; again while what it needs is on its way. */
    void make(String path, String body) throws Exception {
        var last = "";
        for (int tries = 0; tries < 100; tries++) {
            var result = once(1, 1, _ -> requests.post(path, body));
            if (result.failures() == 0 || result.firstFailure().equals("status 409")) {
                return;
            }
            last = result.firstFailure();
            Thread.sleep(100);
        }
        throw new IllegalStateException("POST " + path + ": " + last);
    }

    private static List<LoadConnection> connections(int count, IntFunction<Supplier<byte[]>> source) {
        List<LoadConnection> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new LoadConnection(source.apply(i)));
        }
        return all;
    }

    private List<Channel> connect(List<LoadConnection> connections) throws InterruptedException {
        List<Channel> channels = new ArrayList<>();
        for (var connection : connections) {
            channels.add(connect(connection));
        }
        return channels;
    }

    private static LoadConnection.Result take(List<Channel> channels, List<LoadConnection> connections)
            throws Exception {
        var latencies = new Latencies();
        long bytes = 0;
        long failures = 0;
        var first = "";
        for (int i = 0; i < channels.size(); i++) {
            var result =
                    channels.get(i).eventLoop().submit(connections.get(i)::take).get();
            latencies.add(result.latencies());
            bytes += result.bytes();
            failures += result.failures();
            first = first.isEmpty() ? result.firstFailure() : first;
        }
        return new LoadConnection.Result(latencies, bytes, failures, first);
    }

    @Override
    public void close() {
        group.close();
    }
}
