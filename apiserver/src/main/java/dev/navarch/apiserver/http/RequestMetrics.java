package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is counted of requests, under upstream's names. Source: k8s.io/apiserver pkg/endpoints/metrics/metrics.go.
 *
 * <p>Who asks chooses the labels' values, so that there is a bound: once {@link #MAX_SERIES} kinds of requests were
 * seen, further ones are counted as "other".
 */
public final class RequestMetrics {
    private static final int MAX_SERIES = 2_000;
    public static final double[] SECONDS = {
        0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60
    };
    private static final double[] OWN_SECONDS = Arrays.copyOfRange(SECONDS, 2, SECONDS.length);
    private static final double[] BYTES = {1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

    private final TimeSource time;
    private final AuthorizationAttempts authorization;
    private final ImpersonationMetrics impersonation;
    private final Counter total;
    private final Histogram duration;
    private final Histogram ownDuration;
    private final Histogram size;
    private final Gauge longRunning;
    private final Counter terminations;
    private final Counter terminatedWatchers;
    private final LongAdder mutating = new LongAdder();
    private final LongAdder readOnly = new LongAdder();
    private volatile Known known = (_, _, _, _) -> true;
    private final ConcurrentHashMap<Kind, Series> series = new ConcurrentHashMap<>();

    /** Whether there is such a resource: what clients make up gets no series of its own (CVE-2020-8552). */
    @FunctionalInterface
    public interface Known {
        boolean test(String group, String version, String resource, String subresource);
    }

    public void know(Known resources) {
        known = resources;
    }

    /** All that distinguishes requests for the metrics. */
    private record Kind(
            String verb,
            String dryRun,
            String group,
            String version,
            String resource,
            String subresource,
            String scope) {
        static final Kind OTHER = new Kind("other", "", "", "", "other", "", "");
    }

    /** The points of one kind of request; counters by status are made as they come. */
    private final class Series {
        private final Kind kind;
        private final DistributionDataPoint seconds;
        private final DistributionDataPoint ownSeconds;
        private final DistributionDataPoint bytes;
        private final ConcurrentHashMap<Integer, CounterDataPoint> byCode = new ConcurrentHashMap<>();

        Series(Kind kind) {
            this.kind = kind;
            this.seconds = duration.labelValues(
                    kind.verb,
                    kind.dryRun,
                    kind.group,
                    kind.version,
                    kind.resource,
                    kind.subresource,
                    kind.scope,
                    "apiserver");
            this.ownSeconds = ownDuration.labelValues(
                    kind.verb, kind.group, kind.version, kind.resource, kind.subresource, kind.scope, "apiserver");
            this.bytes = size.labelValues(
                    kind.verb, kind.group, kind.version, kind.resource, kind.subresource, kind.scope, "apiserver");
        }

        /** Made only for those that there are. */
        GaugeDataPoint open() {
            return longRunning.labelValues(
                    kind.verb, kind.group, kind.version, kind.resource, kind.subresource, kind.scope, "apiserver");
        }

        void took(long nanos, Latencies latencies) {
            seconds.observe(nanos / 1e9);
            ownSeconds.observe((nanos - latencies.webhooks()) / 1e9);
        }

        CounterDataPoint count(int code) {
            var point = byCode.get(code);
            return point != null
                    ? point
                    : byCode.computeIfAbsent(
                            code,
                            c -> total.labelValues(
                                    kind.verb,
                                    kind.dryRun,
                                    kind.group,
                                    kind.version,
                                    kind.resource,
                                    kind.subresource,
                                    kind.scope,
                                    "apiserver",
                                    Integer.toString(c)));
        }
    }

    /** One request under way. */
    final class Span {
        private final Series of;
        private final boolean isLong;
        private final boolean isMutating;
        private final long begin;
        private final Latencies latencies = new Latencies();

        Span(Series of, boolean isLong, boolean isMutating) {
            this.of = of;
            this.isLong = isLong;
            this.isMutating = isMutating;
            this.begin = time.nanoTime();
            if (isLong) {
                of.open().inc();
            } else {
                (isMutating ? mutating : readOnly).increment();
            }
        }

        void answered(int status, long length) {
            of.count(status).inc();
            if (!isLong) {
                of.took(time.nanoTime() - begin, latencies);
                of.bytes.observe(length);
            }
        }

        /** Where it is to be said what its time is spent on. */
        Latencies latencies() {
            return latencies;
        }

        /** Its client did not take the answer. */
        void givenUp() {
            if (of.kind.verb.equals("WATCH")) {
                terminatedWatchers.labelValues(of.kind.group, of.kind.resource).inc();
            }
        }

        void end() {
            if (isLong) {
                of.open().dec();
                of.took(time.nanoTime() - begin, latencies);
            } else {
                (isMutating ? mutating : readOnly).decrement();
            }
        }
    }

    /** Of whether requests may pass. */
    AuthorizationAttempts authorization() {
        return authorization;
    }

    /** Of requests on behalf of others. */
    ImpersonationMetrics impersonation() {
        return impersonation;
    }

    public RequestMetrics(TimeSource time, PrometheusRegistry registry) {
        this.time = time;
        impersonation = new ImpersonationMetrics(time, registry);
        authorization = new AuthorizationAttempts(time, registry);
        total = Counter.builder()
                .withoutExemplars()
                .name("apiserver_request_total")
                .help("Requests by verb, dry run, group, version, resource, scope, component and status code.")
                .labelNames(
                        "verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component", "code")
                .register(registry);
        duration = Histogram.builder()
                .withoutExemplars()
                .name("apiserver_request_duration_seconds")
                .help("Seconds from a request's head to its answer.")
                .labelNames("verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
        ownDuration = Histogram.builder()
                .withoutExemplars()
                .name("apiserver_request_sli_duration_seconds")
                .help("Seconds from a request's head to its answer, without those spent waiting for webhooks.")
                .labelNames("verb", "group", "version", "resource", "subresource", "scope", "component")
                .classicOnly()
                .classicUpperBounds(OWN_SECONDS)
                .register(registry);
        size = Histogram.builder()
                .withoutExemplars()
                .name("apiserver_response_sizes")
                .help("Bytes of answers' bodies.")
                .labelNames("verb", "group", "version", "resource", "subresource", "scope", "component")
                .classicOnly()
                .classicUpperBounds(BYTES)
                .register(registry);
        longRunning = Gauge.builder()
                .name("apiserver_longrunning_requests")
                .help("Watches, execs and other requests without an end of their own, under way.")
                .labelNames("verb", "group", "version", "resource", "subresource", "scope", "component")
                .register(registry);
        terminations = Counter.builder()
                .withoutExemplars()
                .name("apiserver_request_terminations_total")
                .help("Requests that were turned away to keep the server working.")
                .labelNames("verb", "group", "version", "resource", "subresource", "scope", "component", "code")
                .register(registry);
        terminatedWatchers = Counter.builder()
                .withoutExemplars()
                .name("apiserver_terminated_watchers_total")
                .help("Watches that were ended because their clients took nothing.")
                .labelNames("group", "resource")
                .register(registry);
        GaugeWithCallback.builder()
                .name("apiserver_current_inflight_requests")
                .help("Requests under way, without the long-running ones.")
                .labelNames("request_kind")
                .callback(point -> {
                    point.call(mutating.sum(), "mutating");
                    point.call(readOnly.sum(), "readOnly");
                })
                .register(registry);
    }

    Span begin(String method, RequestInfo info, Query query, Headers headers, boolean isLong) {
        boolean isMutating = !method.equals("GET") && !method.equals("HEAD");
        return new Span(series(kind(method, info, query, headers)), isLong, isMutating);
    }

    /** A request that was turned away to keep the server working. */
    void terminated(String method, RequestInfo info, Query query, Headers headers, int code) {
        var kind = series(kind(method, info, query, headers)).kind;
        terminations
                .labelValues(
                        kind.verb,
                        kind.group,
                        kind.version,
                        kind.resource,
                        kind.subresource,
                        kind.scope,
                        "apiserver",
                        Integer.toString(code))
                .inc();
    }

    private Series series(Kind kind) {
        var found = series.get(kind);
        if (found != null) {
            return found;
        }
        boolean own = series.size() < MAX_SERIES
                && (kind.resource.isEmpty() || known.test(kind.group, kind.version, kind.resource, kind.subresource));
        return series.computeIfAbsent(own ? kind : Kind.OTHER, Series::new);
    }

    private static Kind kind(String method, RequestInfo info, Query query, Headers headers) {
        if (!info.resourceRequest()) {
            return new Kind(known(method), "", "", "", "", nonResource(info.path()), "");
        }
        var verb = switch (info.subresource()) {
            case "exec", "attach", "portforward", "proxy" -> "CONNECT";
            default ->
                switch (info.verb()) {
                    case "create" -> "POST";
                    case "update" -> "PUT";
                    case "patch" -> applies(headers) ? "APPLY" : "PATCH";
                    case "get", "list", "watch", "delete", "deletecollection" ->
                        info.verb().toUpperCase(Locale.ROOT);
                    default -> "other";
                };
        };
        var scope = !info.name().isEmpty() || verb.equals("POST")
                ? "resource"
                : info.namespace().isEmpty() ? "cluster" : "namespace";
        return new Kind(verb, dryRun(query), info.group(), info.version(), info.resource(), info.subresource(), scope);
    }

    private static boolean applies(Headers headers) {
        return headers.first("Content-Type").orElse("").startsWith("application/apply-patch");
    }

    /** Who asks must not choose the label's values (source: pkg/endpoints/metrics/metrics.go, cleanDryRun). */
    private static String dryRun(Query query) {
        var asked = query.value("dryRun");
        return asked.isEmpty() || asked.equals("All") ? asked : "invalid";
    }

    private static String known(String method) {
        return switch (method) {
            case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" -> method;
            default -> "other";
        };
    }

    /** The well-known paths by name. */
    private static String nonResource(String path) {
        return switch (path) {
            case "/healthz",
                    "/livez",
                    "/readyz",
                    "/metrics",
                    "/version",
                    "/api",
                    "/apis",
                    "/openapi/v2",
                    "/openapi/v3" -> path;
            default -> "";
        };
    }
}
