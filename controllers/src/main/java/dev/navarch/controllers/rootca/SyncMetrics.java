package dev.navarch.controllers.rootca;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;

/** How the publisher's syncs end. source: kubernetes pkg/controller/certificates/rootcacertpublisher/metrics.go. */
final class SyncMetrics {
    private final TimeSource time;
    private final Counter syncs;
    private final Histogram durations;

    SyncMetrics(ControllerMetrics metrics, TimeSource time) {
        this.time = time;
        syncs = metrics.counter("root_ca_cert_publisher_sync_total", "Syncs of namespaces by how they ended.", "code");
        durations = metrics.histogram(
                "root_ca_cert_publisher_sync_duration_seconds",
                "Time of a namespace's sync.",
                ControllerMetrics.exponential(0.001, 2, 15),
                "code");
    }

    Reconciler<Key> of(Reconciler<Key> reconciler) {
        return key -> {
            long start = time.nanoTime();
            var code = "500";
            try {
                reconciler.reconcile(key);
                code = "200";
            } catch (ApiFailure e) {
                code = Integer.toString(e.code());
                throw e;
            } finally {
                syncs.labelValues(code).inc();
                durations
                        .labelValues(code)
                        .observe(ControllerMetrics.seconds(Duration.ofNanos(time.nanoTime() - start)));
            }
        };
    }
}
