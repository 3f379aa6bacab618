package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.flowcontrol.FlowCounts.Refusal;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code apiserver_flowcontrol_*}: nothing is kept here, all is asked of the levels when somebody looks. Source of names and
 * labels: k8s.io/apiserver pkg/util/flowcontrol/metrics/metrics.go.
 */
final class FlowMetrics implements MultiCollector {
    private final FlowControl control;

    FlowMetrics(FlowControl control) {
        this.control = control;
    }

    @Override
    public MetricSnapshots collect() {
        var page = new Page();
        control.forEachLevel(state -> {
            ofLevel(page, state);
            state.level.look(set -> {
                ofQueues(page, state.level.name(), set);
                state.level
                        .counts()
                        .forEach((schema, counts) -> ofSchema(
                                page, Labels.of("priority_level", state.level.name(), "flow_schema", schema), counts));
                return set;
            });
        });
        page.gauge(
                "seat_fair_frac",
                "The part of its target that each priority level gets which no limit keeps from it.",
                Labels.EMPTY,
                control.fairFraction());
        control.readsAndWrites()
                .forEach((names, share) -> page.histogram(
                        "read_vs_write_current_requests",
                        "Nanoseconds by the share of their limit that requests of a kind were.",
                        Labels.of("phase", names[0], "request_kind", names[1]),
                        share));
        return page.snapshots();
    }

    private static void ofLevel(Page page, LevelState state) {
        var labels = Labels.of("priority_level", state.level.name());
        page.gauge("nominal_limit_seats", "Seats of a level by its shares.", labels, state.nominal);
        page.gauge("lower_limit_seats", "Seats that a level does not lend.", labels, state.lower);
        page.gauge("upper_limit_seats", "Seats that a level may have with those it borrows.", labels, state.upper);
        page.gauge("current_limit_seats", "Seats that a level has now.", labels, state.current);
        page.gauge("target_seats", "Seats that a level was to have.", labels, state.target);
        page.gauge(
                "demand_seats_high_watermark",
                "The most seats that a level could use in the last period.",
                labels,
                state.highWatermark);
        page.gauge(
                "demand_seats_average",
                "The seats that a level could use, on average of the last period.",
                labels,
                state.average);
        page.gauge("demand_seats_stdev", "The standard deviation of these.", labels, state.deviation);
        page.gauge(
                "demand_seats_smoothed",
                "The seats that a level could use, forgotten only slowly.",
                labels,
                state.smoothed);
    }

    private static void ofQueues(Page page, String level, QueueSet set) {
        var labels = Labels.of("priority_level", level);
        page.gauge("current_r", "How far the progress meter is.", labels, set.progress());
        page.gauge("dispatch_r", "How far it was at the last dispatch.", labels, set.dispatchProgress());
        page.gauge("latest_s", "The virtual start of what was dispatched last.", labels, set.dispatchStart());
        set.heads((name, bounds) -> {
            page.gauge(
                    name,
                    "The least and most of the virtual starts of requests at the heads of queues.",
                    Labels.of("bound", "min", "priority_level", level),
                    bounds.min());
            page.gauge(
                    name,
                    "The least and most of the virtual starts of requests at the heads of queues.",
                    Labels.of("bound", "max", "priority_level", level),
                    bounds.max());
        });
        page.histogram(
                "demand_seats",
                "Nanoseconds by the seats that a level could use, as a share of those it has.",
                labels,
                set.demandShare.nanos());
        page.histogram(
                "priority_level_seat_utilization",
                "Nanoseconds by the share of a level's seats that were in use.",
                Labels.of("phase", "executing", "priority_level", level),
                set.seatShare.nanos());
        page.histogram(
                "priority_level_request_utilization",
                "Nanoseconds by requests, as a share of what may wait or execute.",
                Labels.of("phase", "executing", "priority_level", level),
                set.executingShare.nanos());
        page.histogram(
                "priority_level_request_utilization",
                "Nanoseconds by requests, as a share of what may wait or execute.",
                Labels.of("phase", "waiting", "priority_level", level),
                set.waitingShare.nanos());
        if (set.rewinds > 0) {
            page.counter(
                    "epoch_advance",
                    "How often the progress meter was set back.",
                    Labels.of("priority_level", level, "success", "true"),
                    set.rewinds);
        }
    }

    private static void ofSchema(Page page, Labels labels, FlowCounts counts) {
        page.counter("dispatched_requests", "Requests that were served.", labels, counts.dispatched);
        for (var refusal : Refusal.values()) {
            long times = counts.rejected.getOrDefault(refusal, 0L);
            if (times > 0) {
                page.counter(
                        "rejected_requests",
                        "Requests that were turned away.",
                        labels.add("reason", refusal.label),
                        times);
            }
        }
        page.gauge("current_inqueue_requests", "Requests that wait.", labels, counts.inQueue);
        page.gauge("current_inqueue_seats", "Seats that are waited for.", labels, counts.seatsInQueue);
        page.gauge("current_executing_requests", "Requests that are being served.", labels, counts.executing);
        page.gauge("current_executing_seats", "Seats in use.", labels, counts.executingSeats);
        if (counts.notAccommodated > 0) {
            page.counter(
                    "request_dispatch_no_accommodation",
                    "How often a request was next and found too few seats.",
                    labels,
                    counts.notAccommodated);
        }
        var waits = "Seconds that requests waited.";
        page.histogram("request_wait_duration_seconds", waits, labels.add("execute", "true"), counts.waitOfExecuted);
        page.histogram("request_wait_duration_seconds", waits, labels.add("execute", "false"), counts.waitOfRefused);
        var executions = "Seconds that it took to serve requests, and to begin to serve watches.";
        page.histogram("request_execution_seconds", executions, labels.add("type", "regular"), counts.execution);
        page.histogram("request_execution_seconds", executions, labels.add("type", "watch"), counts.watchExecution);
        page.histogram(
                "request_queue_length_after_enqueue",
                "How long a queue was when a request had come into it.",
                labels,
                counts.queueLength);
        page.histogram("work_estimated_seats", "The seats that requests were expected to need.", labels, counts.seats);
        page.histogram(
                "watch_count_samples", "How many were watching what a request changes.", labels, counts.watchers);
    }

    /** Points of metrics, gathered by name. */
    private static final class Page {
        private final Map<String, GaugeSnapshot.Builder> gauges = new TreeMap<>();
        private final Map<String, CounterSnapshot.Builder> counters = new TreeMap<>();
        private final Map<String, HistogramSnapshot.Builder> histograms = new TreeMap<>();

        void gauge(String name, String help, Labels labels, double value) {
            gauges.computeIfAbsent(
                            full(name), n -> GaugeSnapshot.builder().name(n).help(help))
                    .dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
        }

        void counter(String name, String help, Labels labels, double value) {
            counters.computeIfAbsent(
                            full(name), n -> CounterSnapshot.builder().name(n).help(help))
                    .dataPoint(CounterDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
        }

        void histogram(String name, String help, Labels labels, Buckets buckets) {
            if (buckets.used()) {
                histograms
                        .computeIfAbsent(
                                full(name),
                                n -> HistogramSnapshot.builder().name(n).help(help))
                        .dataPoint(HistogramDataPointSnapshot.builder()
                                .labels(labels)
                                .classicHistogramBuckets(buckets.snapshot())
                                .sum(buckets.sum())
                                .build());
            }
        }

        private static String full(String name) {
            return "apiserver_flowcontrol_" + name;
        }

        MetricSnapshots snapshots() {
            var all = MetricSnapshots.builder();
            gauges.values().forEach(metric -> all.metricSnapshot(metric.build()));
            counters.values().forEach(metric -> all.metricSnapshot(metric.build()));
            histograms.values().forEach(metric -> all.metricSnapshot(metric.build()));
            return all.build();
        }
    }
}
