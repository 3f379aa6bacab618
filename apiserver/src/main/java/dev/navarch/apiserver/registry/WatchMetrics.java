package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.watch.EventEncoder;
import dev.navarch.apiserver.watch.EventType;
import dev.navarch.storage.Entry;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Counts what watchers are sent (source: k8s.io/apiserver pkg/endpoints/metrics/metrics.go, WatchEvents). */
final class WatchMetrics {
    private static final double[] BYTES = {1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072};

    private final Counter total = Counter.builder()
            .withoutExemplars()
            .name("apiserver_watch_events_total")
            .help("Events sent to watchers, by group, version and resource.")
            .labelNames("group", "version", "resource")
            .build();
    private final Histogram sizes = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_watch_events_sizes")
            .help("Bytes of events sent to watchers.")
            .labelNames("group", "version", "resource")
            .classicOnly()
            .classicUpperBounds(BYTES)
            .build();

    void register(PrometheusRegistry registry) {
        registry.register(total);
        registry.register(sizes);
    }

    EventEncoder counted(EventEncoder encoder, ServedResource resource) {
        var type = resource.type();
        return new Counted(
                encoder,
                total.labelValues(type.group(), type.version(), type.plural()),
                sizes.labelValues(type.group(), type.version(), type.plural()));
    }

    private record Counted(EventEncoder encoder, CounterDataPoint events, DistributionDataPoint bytes)
            implements EventEncoder {
        private byte[] counted(byte[] frame) {
            events.inc();
            bytes.observe(frame.length);
            return frame;
        }

        @Override
        public byte[] event(EventType type, Entry entry, long revision) {
            return counted(encoder.event(type, entry, revision));
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            return counted(encoder.bookmark(revision, initialEventsEnd));
        }

        @Override
        public byte[] error(Status status) {
            return counted(encoder.error(status));
        }
    }
}
