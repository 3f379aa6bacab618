package dev.navarch.benchmarks;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Loads an API server over TLS with a bearer token and prints rates and latencies. Works against any Kubernetes API
 * server: {@code java -cp 'benchmarks/target/benchmarks/*' dev.navarch.benchmarks.LoadDriver --token T get-pod}.
 *
 * <p>The namespaces and what a scenario reads are made first, and stay.
 */
@Command(name = "load-driver", mixinStandardHelpOptions = true)
public final class LoadDriver implements Callable<Integer> {
    private static final String PODS = "/api/v1/namespaces/load/pods";
    private static final int BIG_LIST = 20_600;
    /** Of a new pod's number. */
    private static final int DIGITS = 12;
    /** Of annotation, which makes a listed pod one of 3.2 KB. */
    private static final int LISTED_PADDING = 1_100;

    @Parameters(
            arity = "1..*",
            description = {
                "create-pods: each request another pod",
                "get-pod: always the same",
                "list-pods: 500 of them, 1.6 MB an answer",
                "list-20k: 20,600 of them, 67 MB an answer",
                "update-pods, apply-pods: each connection its own pod, whose annotation changes",
                "watch-fanout: 300 creates, seen by all watchers"
            })
    List<String> scenarios = List.of();

    @Option(names = "--server", defaultValue = "https://127.0.0.1:6443")
    URI server = URI.create("https://127.0.0.1:6443");

    @Option(names = "--token", required = true)
    String token = "";

    @Option(names = "--connections", defaultValue = "64", description = "Of list-20k: at most 4.")
    int connections;

    @Option(names = "--watchers", defaultValue = "1000", description = "Of watch-fanout.")
    int watchers;

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
        var requests = new Requests(server.getHost(), token);
        try (var client = new LoadClient(server, requests, threads)) {
            client.makeNamespace("load");
            client.make(PODS, Requests.pod("one", 300));
            long failed = 0;
            for (var scenario : scenarios) {
                failed += scenario.equals("watch-fanout")
                        ? new WatchFanout(client, requests, names::getAndIncrement, watchers).run()
                        : measure(client, requests, scenario);
            }
            return failed == 0 ? 0 : 1;
        }
    }

    private long measure(LoadClient client, Requests requests, String scenario) throws Exception {
        int count = scenario.equals("list-20k") ? Math.min(connections, 4) : connections;
        var result = client.run(count, warmUp, seconds, source(client, requests, scenario));
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

    private IntFunction<Supplier<byte[]>> source(LoadClient client, Requests requests, String scenario)
            throws Exception {
        return switch (scenario) {
            case "create-pods" -> _ -> creates(requests);
            case "get-pod" -> always(requests.get(PODS + "/one"));
            case "list-pods" -> always(requests.get(pods(client, requests, "list", 500)));
            case "list-20k" -> always(requests.get(pods(client, requests, "big-list", BIG_LIST)));
            case "apply-pods" -> {
                client.once(8, connections, n -> requests.apply(PODS + "/applied-" + n, pod("applied-" + n)));
                yield n -> () -> requests.apply(PODS + "/applied-" + n, pod("applied-" + n));
            }
            case "update-pods" -> {
                client.once(8, connections, n -> requests.post(PODS, pod("updated-" + n)));
                yield n -> updates(requests, "updated-" + n);
            }
            default -> throw new CommandLine.ParameterException(new CommandLine(this), "unknown scenario " + scenario);
        };
    }

    /** The same request with another name each time, which a connection writes into its bytes: it has one under way. */
    private Supplier<byte[]> creates(Requests requests) {
        var zeros = "0".repeat(DIGITS);
        var request = requests.post(PODS, Requests.pod("load-" + zeros, 300));
        int at = new String(request, StandardCharsets.US_ASCII).indexOf("load-" + zeros) + "load-".length();
        return () -> {
            long name = names.getAndIncrement();
            for (int i = at + DIGITS - 1; i >= at; i--) {
                request[i] = (byte) ('0' + name % 10);
                name /= 10;
            }
            return request;
        };
    }

    /** An update must repeat what the server filled in: what it serves, with another annotation and no version. */
    private Supplier<byte[]> updates(Requests requests, String name) {
        var served = Fetch.text(server, requests.token(), PODS + "/" + name)
                .replaceFirst("\"resourceVersion\":\"\\d+\",", "");
        var parts = served.split("\"padding\":\"[^\"]*\"", 2);
        return () -> requests.put(PODS + "/" + name, parts[0] + "\"padding\":\"" + annotation() + "\"" + parts[1]);
    }

    private String pod(String name) {
        return Requests.pod(name, annotation());
    }

    private String annotation() {
        return names.getAndIncrement() + "x".repeat(288);
    }

    private static IntFunction<Supplier<byte[]>> always(byte[] request) {
        return _ -> () -> request;
    }

    /** Makes a namespace with so many pods; returns their path. */
    private static String pods(LoadClient client, Requests requests, String namespace, int count) throws Exception {
        var path = "/api/v1/namespaces/" + namespace + "/pods";
        client.makeNamespace(namespace);
        client.make(path, Requests.pod("pod-0", LISTED_PADDING));
        client.once(32, count - 1, n -> requests.post(path, Requests.pod("pod-" + (n + 1), LISTED_PADDING)));
        return path;
    }
}
