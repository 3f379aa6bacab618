package dev.navarch.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Loads an API server over TLS with a bearer token and prints rates and latencies. Works against any Kubernetes API
 * server: {@code java -cp 'benchmarks/target/benchmarks/*' dev.navarch.benchmarks.LoadDriver --token T get-pod}.
 *
 * <p>Scenarios: {@code create-pods} (each request another pod), {@code get-pod}, {@code list-pods} (500 of them, 1.6 MB
 * an answer at the default padding). The namespace {@code load} and what a scenario reads are made first.
 */
@Command(name = "load-driver", mixinStandardHelpOptions = true)
public final class LoadDriver implements Callable<Integer> {
    @Parameters(arity = "1..*", description = "create-pods, get-pod, list-pods")
    List<String> scenarios = List.of();

    @Option(names = "--server", defaultValue = "https://127.0.0.1:6443")
    URI server = URI.create("https://127.0.0.1:6443");

    @Option(names = "--token", required = true)
    String token = "";

    @Option(names = "--connections", defaultValue = "64")
    int connections;

    @Option(names = "--threads", defaultValue = "1", description = "Event loops of the driver.")
    int threads;

    @Option(names = "--warm-up", defaultValue = "10", description = "Seconds that are not counted.")
    int warmUp;

    @Option(names = "--seconds", defaultValue = "10")
    int seconds;

    private final AtomicLong names = new AtomicLong(System.currentTimeMillis() % 1_000_000 * 1_000_000);

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new LoadDriver()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        var ssl = SslContextBuilder.forClient()
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build();
        try (var group = new MultiThreadIoEventLoopGroup(threads, EpollIoHandler.newFactory())) {
            make(ssl, group, "/api/v1/namespaces", namespace("load"));
            make(ssl, group, "/api/v1/namespaces/load/pods", pod("one", 300));
            long failed = 0;
            for (var scenario : scenarios) {
                failed += measure(ssl, group, scenario);
            }
            return failed == 0 ? 0 : 1;
        }
    }

    private long measure(SslContext ssl, MultiThreadIoEventLoopGroup group, String scenario) throws Exception {
        Supplier<byte[]> requests = switch (scenario) {
            case "create-pods" ->
                () -> post("/api/v1/namespaces/load/pods", pod("load-" + names.getAndIncrement(), 300));
            case "get-pod" -> {
                var get = get("/api/v1/namespaces/load/pods/one");
                yield () -> get;
            }
            case "list-pods" -> {
                make(ssl, group, "/api/v1/namespaces", namespace("list"));
                make(ssl, group, "/api/v1/namespaces/list/pods", pod("pod-500", 2400));
                var left = new AtomicLong(499);
                run(
                        ssl,
                        group,
                        8,
                        () -> {
                            long n = left.getAndDecrement();
                            return n > 0 ? post("/api/v1/namespaces/list/pods", pod("pod-" + n, 2400)) : new byte[0];
                        },
                        0,
                        0);
                var list = get("/api/v1/namespaces/list/pods");
                yield () -> list;
            }
            default -> throw new CommandLine.ParameterException(new CommandLine(this), "unknown scenario " + scenario);
        };
        var result = run(ssl, group, connections, requests, warmUp, seconds);
        System.out.printf(
                Locale.ROOT,
                "%-12s %10.1f/s  %8.1f MB/s  %s  failures %d %s%n",
                scenario,
                result.latencies().count() / (double) seconds,
                result.bytes() / 1e6 / seconds,
                result.latencies(),
                result.failures(),
                result.firstFailure());
        return result.failures();
    }

    /** Runs until the time is over, or, without a time, until the requests end. */
    private LoadConnection.Result run(
            SslContext ssl,
            MultiThreadIoEventLoopGroup group,
            int count,
            Supplier<byte[]> requests,
            int warmUpSeconds,
            int countedSeconds)
            throws Exception {
        List<Channel> channels = new ArrayList<>();
        List<LoadConnection> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var connection = new LoadConnection(requests);
            all.add(connection);
            channels.add(new Bootstrap()
                    .group(group)
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(ssl.newHandler(channel.alloc()), connection);
                        }
                    })
                    .connect(server.getHost(), server.getPort())
                    .sync()
                    .channel());
        }
        if (countedSeconds == 0) {
            for (var channel : channels) {
                channel.closeFuture().sync();
            }
            return take(channels, all);
        }
        Thread.sleep(warmUpSeconds * 1000L);
        take(channels, all);
        Thread.sleep(countedSeconds * 1000L);
        var result = take(channels, all);
        for (var channel : channels) {
            channel.close().sync();
        }
        return result;
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

    /** Makes one object, unless it is there; again while its namespace's service account is on its way. */
    private void make(SslContext ssl, MultiThreadIoEventLoopGroup group, String path, String body) throws Exception {
        var last = "";
        for (int tries = 0; tries < 100; tries++) {
            var left = new AtomicLong(1);
            var result = run(ssl, group, 1, () -> left.getAndDecrement() > 0 ? post(path, body) : new byte[0], 0, 0);
            if (result.failures() == 0 || result.firstFailure().equals("status 409")) {
                return;
            }
            last = result.firstFailure();
            Thread.sleep(100);
        }
        throw new IllegalStateException("POST " + path + ": " + last);
    }

    private byte[] get(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: " + server.getHost() + "\r\nAuthorization: Bearer " + token
                        + "\r\nAccept: application/json\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] post(String path, String body) {
        return ("POST " + path + " HTTP/1.1\r\nHost: " + server.getHost() + "\r\nAuthorization: Bearer " + token
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String namespace(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" + name + "\"}}";
    }

    /** A pod that no node takes; {@code padding} bytes of annotation bring it to a realistic size. */
    static String pod(String name, int padding) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\",\"labels\":{\"app\":\"load\"},\"annotations\":{\"padding\":\"" + "x".repeat(padding)
                + "\"}},\"spec\":{\"schedulerName\":\"nobody\",\"containers\":[{\"name\":\"main\",\"image\":\"busybox:1\","
                + "\"command\":[\"sleep\",\"3600\"],\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"}},"
                + "\"env\":[{\"name\":\"A\",\"value\":\"b\"}],\"ports\":[{\"containerPort\":80}]}]}}";
    }
}
