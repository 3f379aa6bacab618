package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * What is counted of who asks, under upstream's names; those of counters without {@code _total} are shown as gauges.
 * Source: k8s.io/apiserver pkg/endpoints/filters/metrics.go.
 */
public final class AuthenticationMetrics {
    private static final double[] SECONDS = new double[15];

    static {
        for (int i = 0; i < SECONDS.length; i++) {
            SECONDS[i] = 0.001 * (1 << i);
        }
    }

    private final TimeSource time;
    private final Gauge users;
    private final GaugeDataPoint otherUsers;
    private final Result success;
    private final Result failure;
    private final Result error;

    private record Result(GaugeDataPoint count, DistributionDataPoint seconds) {
        void add(long nanos) {
            count.inc();
            seconds.observe(nanos / 1e9);
        }
    }

    public AuthenticationMetrics(TimeSource time, PrometheusRegistry registry) {
        this.time = time;
        users = Gauge.builder()
                .name("authenticated_user_requests")
                .help("Requests whose user is known, by kind of user.")
                .labelNames("username")
                .register(registry);
        otherUsers = users.labelValues("other");
        var attempts = Gauge.builder()
                .name("authentication_attempts")
                .help("Attempts to tell who asks, by what came of them.")
                .labelNames("result")
                .register(registry);
        var duration = Histogram.builder()
                .name("authentication_duration_seconds")
                .help("Seconds that it took to tell who asks.")
                .labelNames("result")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
        success = new Result(attempts.labelValues("success"), duration.labelValues("success"));
        failure = new Result(attempts.labelValues("failure"), duration.labelValues("failure"));
        error = new Result(attempts.labelValues("error"), duration.labelValues("error"));
    }

    long start() {
        return time.nanoTime();
    }

    void succeeded(long from, User user) {
        success.add(time.nanoTime() - from);
        count(user.name());
    }

    /** There were no credentials. */
    void failed(long from) {
        failure.add(time.nanoTime() - from);
    }

    /** They were bad. */
    void erred(long from) {
        error.add(time.nanoTime() - from);
    }

    /** Names are not shown, but for some that say nothing of anybody. */
    private void count(String name) {
        switch (name) {
            case "admin", "client", "kube_proxy", "kubelet", "system:serviceaccount:kube-system:default" ->
                users.labelValues(name).inc();
            default -> (name.indexOf('@') < 0 ? otherUsers : users.labelValues("email_id")).inc();
        }
    }
}
