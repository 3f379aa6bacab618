package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static dev.navarch.embedded.Workloads.deployment;
import static dev.navarch.embedded.Workloads.hourly;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Request;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What components of the process count is on one page. */
class MetricsTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void thePageTellsOfControllersAndScheduler() throws Exception {
        try (var cluster = EmbeddedCluster.builder().startsAt(NOON).paused().start()) {
            var client = admin(cluster);
            client.resource(Deployment.class).create(deployment("web", 3));
            client.resource(Service.class)
                    .create(new ServiceBuilder()
                            .withNewMetadata()
                            .withNamespace("default")
                            .withName("web")
                            .endMetadata()
                            .withNewSpec()
                            .addToSelector("app", "web")
                            .addNewPort()
                            .withPort(80)
                            .endPort()
                            .endSpec()
                            .build());
            client.resource(CronJob.class).create(hourly());
            cluster.clock().advance(Duration.ofMinutes(61));
            var shown = page(cluster);

            for (var name :
                    new String[] {"deployment", "replicaset", "job", "cronjob", "endpoint_slice", "serviceaccount"}) {
                var queue = "{name=\"" + name + "\"}";
                assertThat(shown.get("workqueue_adds_total" + queue)).as(name).isPositive();
                assertThat(shown.get("workqueue_queue_duration_seconds_count" + queue))
                        .as(name)
                        .isPositive();
                assertThat(shown.get("workqueue_work_duration_seconds_count" + queue))
                        .as(name)
                        .isPositive();
                assertThat(shown).containsKeys("workqueue_retries_total" + queue);
                for (var idle :
                        new String[] {"depth", "unfinished_work_seconds", "longest_running_processor_seconds"}) {
                    assertThat(shown.get("workqueue_" + idle + queue))
                            .as(name + " " + idle)
                            .isZero();
                }
            }
            assertThat(shown)
                    .containsEntry("cronjob_controller_job_creation_skew_duration_seconds_count", 1.0)
                    .containsEntry(
                            "job_controller_jobs_finished_total{completion_mode=\"NonIndexed\",reason=\"CompletionsReached\",result=\"succeeded\"}",
                            1.0)
                    .containsEntry(
                            "job_controller_job_pods_finished_total{completion_mode=\"NonIndexed\",result=\"succeeded\"}",
                            1.0)
                    .containsEntry("job_controller_terminated_pods_tracking_finalizer_total{event=\"add\"}", 1.0)
                    .containsEntry("job_controller_terminated_pods_tracking_finalizer_total{event=\"delete\"}", 1.0)
                    .containsEntry("job_controller_job_pods_creation_total{reason=\"new\",status=\"succeeded\"}", 1.0)
                    .containsEntry("node_collector_zone_size{zone=\"\"}", 1.0)
                    .containsEntry("node_collector_zone_health{zone=\"\"}", 100.0)
                    .containsEntry("endpoint_slice_controller_endpoints_desired", 3.0)
                    .containsEntry(
                            "scheduler_schedule_attempts_total{profile=\"default-scheduler\",result=\"scheduled\"}",
                            4.0)
                    .containsKeys(
                            "root_ca_cert_publisher_sync_total{code=\"200\"}",
                            "replicaset_controller_sorting_deletion_age_ratio_count");
            assertThat(shown.keySet())
                    .anyMatch(line -> line.startsWith(
                            "job_controller_job_syncs_total{action=\"pods_created\",completion_mode=\"NonIndexed\""));
        }
    }

    /** The lines of the page, without their values, and these. */
    private static Map<String, Double> page(EmbeddedCluster cluster) throws Exception {
        try (var answer = admin(cluster).transport().send(Request.of("GET", "/metrics"))) {
            assertThat(answer.status()).isEqualTo(200);
            var lines = new TreeMap<String, Double>();
            new String(answer.readAll(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> {
                        int at = line.lastIndexOf(' ');
                        lines.put(line.substring(0, at), Double.valueOf(line.substring(at + 1)));
                    });
            return lines;
        }
    }
}
