package dev.navarch.apiserver.pages;

import com.sun.management.UnixOperatingSystemMXBean;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.DoubleConsumer;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/** What the process takes, under the names that every Prometheus client has for it. */
public final class ProcessMetrics {
    private static final Path MEMORY = Path.of("/proc/self/statm");
    private static final int PAGE = 4096;

    private ProcessMetrics() {}

    public static void register(PrometheusRegistry registry) {
        double started = ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .map(millis -> millis / 1e3)
                .orElse(0.0);
        gauge(registry, "process_start_time_seconds", "When the process started, since 1970.", () -> started);
        gauge(registry, "process_virtual_memory_bytes", "Virtual memory.", () -> pages(0) * PAGE);
        gauge(registry, "process_resident_memory_bytes", "Resident memory.", () -> pages(1) * PAGE);
        CounterWithCallback.builder()
                .name("process_cpu_seconds_total")
                .help("Processor time, the system's included.")
                .callback(point -> of(system -> system.getProcessCpuTime() / 1e9, point::call))
                .register(registry);
        figure(registry, "process_open_fds", "Open files.", UnixOperatingSystemMXBean::getOpenFileDescriptorCount);
        figure(
                registry,
                "process_max_fds",
                "How many files may be open.",
                UnixOperatingSystemMXBean::getMaxFileDescriptorCount);
    }

    /** Of the system, which is not asked before somebody wants to know: that alone loads a hundred classes. */
    private static void figure(
            PrometheusRegistry registry, String name, String help, ToDoubleFunction<UnixOperatingSystemMXBean> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(point -> of(value, point::call))
                .register(registry);
    }

    /** Of a system of another kind: nothing. */
    private static void of(ToDoubleFunction<UnixOperatingSystemMXBean> value, DoubleConsumer shown) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            shown.accept(value.applyAsDouble(system));
        }
    }

    private static void gauge(PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(point -> point.call(value.getAsDouble()))
                .register(registry);
    }

    /** Of a machine that has no such file: nothing. */
    private static double pages(int column) {
        try {
            return Double.parseDouble(Files.readString(MEMORY).split(" ")[column]);
        } catch (IOException | NumberFormatException _) {
            return 0;
        }
    }
}
