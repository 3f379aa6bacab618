package dev.navarch.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.navarch.embedded.EmbeddedCluster;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;

/**
 * What it costs to let a day, a week and a month pass in an embedded cluster: an empty one, and one with work to do. Runs the
 * whole once beforehand, since a JVM's first hour is mostly its compilers'. Arguments: the days of each turn of the clock.
 */
public final class TimeTravel {
    private static final String WORK = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: default}
            spec:
              replicas: 10
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}, annotations: {navarch.dev/simulated-cpu: 50m}}
                spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 100m}}}]}
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: web, namespace: default}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
              minReplicas: 10
              maxReplicas: 20
              metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: hourly, namespace: default}
            spec:
              schedule: "0 * * * *"
              jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}
            """;

    private TimeTravel() {}

    public static void main(String[] arguments) {
        var days = arguments.length == 0 ? new String[] {"1", "7", "30"} : arguments;
        travel("empty, cold", "", "1");
        travel("empty", "", days);
        travel("at work, cold", WORK, "1");
        travel("at work", WORK, days);
    }

    private static void travel(String what, String objects, String... days) {
        try (var cluster = EmbeddedCluster.builder()
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .seed(1)
                .start()) {
            if (!objects.isEmpty()) {
                cluster.apply(objects);
            }
            cluster.clock().advance(Duration.ofMinutes(10));
            for (var each : days) {
                var step = Duration.ofDays(Long.parseLong(each));
                long begun = System.nanoTime();
                long processor = processor();
                cluster.clock().advance(step);
                System.out.printf(
                        "%s, %s d: %d ms, %d ms of processor time%n",
                        what, each, (System.nanoTime() - begun) / 1_000_000, (processor() - processor) / 1_000_000);
            }
            System.out.printf("%s: heap %.0f MB%n", what, Heap.used() / (1 << 20));
        }
    }

    private static long processor() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
