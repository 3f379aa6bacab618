package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** How long pods run of which nobody has said it. */
class SimulatedJobsTest {
    private static EmbeddedCluster cluster;
    private static ApiClient admin;

    private String namespace;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.builder()
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .seed(1)
                .start();
        admin = Workloads.admin(cluster);
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    @BeforeEach
    void makeNamespace(TestInfo test) {
        namespace = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
        cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + namespace + "}}");
    }

    /** Creates a job and lets its pods start. */
    private void run(String spec, String annotations, String podSpec) {
        cluster.apply("""
                apiVersion: batch/v1
                kind: Job
                metadata: {name: sums, namespace: %s}
                spec:
                  %s
                  template:
                    metadata: {annotations: {%s}}
                    spec: {restartPolicy: Never, %s containers: [{name: c, image: i}]}
                """.formatted(namespace, spec, annotations, podSpec));
        pass(0);
    }

    private static void pass(int seconds) {
        cluster.clock().advance(Duration.ofSeconds(seconds));
    }

    private Job job() {
        return admin.resource(Job.class).get(namespace, "sums").orElseThrow();
    }

    private List<String> conditions() {
        return job().getStatus().getConditions().stream()
                .map(JobCondition::getType)
                .toList();
    }

    private List<Pod> pods() {
        return admin.resource(Pod.class).list(ListQuery.inNamespace(namespace)).items();
    }

    private List<String> phases() {
        return pods().stream().map(pod -> pod.getStatus().getPhase()).toList();
    }

    @Test
    void aJobIsSeenRunningAndThenCompletes() {
        run("completions: 3\n  parallelism: 2", "", "");
        assertThat(phases()).containsExactly("Running", "Running");
        assertThat(job().getStatus().getReady()).isEqualTo(2);
        pass(1);
        assertThat(job().getStatus().getSucceeded()).isEqualTo(2);
        pass(10);
        assertThat(conditions()).contains("Complete");
        assertThat(phases()).containsOnly("Succeeded").hasSize(3);
    }

    @Test
    void itsInitContainersEndAndItsSidecarsAreStopped() {
        run("backoffLimit: 0", "navarch.dev/simulated-exit-after: 30s, navarch.dev/simulated-log: done", """
                initContainers: [{name: first, image: i}, {name: side, image: i, restartPolicy: Always}, {name: second, image: i}],
                """.strip());
        pass(5);
        assertThat(phases()).containsExactly("Running");
        pass(30);
        assertThat(conditions()).contains("Complete");
        var status = pods().getFirst().getStatus();
        assertThat(status.getInitContainerStatuses())
                .extracting(ContainerStatus::getName)
                .containsExactly("first", "side", "second");
        assertThat(status.getInitContainerStatuses())
                .allSatisfy(init -> assertThat(init.getState().getTerminated()).isNotNull());
        assertThat(status.getContainerStatuses()
                        .getFirst()
                        .getState()
                        .getTerminated()
                        .getFinishedAt())
                .isLessThanOrEqualTo(status.getInitContainerStatuses()
                        .get(1)
                        .getState()
                        .getTerminated()
                        .getFinishedAt());
    }

    @Test
    void oneThatNeverEndsMeetsItsDeadline() {
        run("activeDeadlineSeconds: 60", "navarch.dev/simulated-exit-after: never", "");
        pass(59);
        assertThat(conditions()).isEmpty();
        pass(40); // the deadline, and the time of grace
        assertThat(conditions()).contains("Failed");
    }

    @Test
    void oneThatFailsIsTriedAgain() {
        run("backoffLimit: 1", "\"navarch.dev/simulated-exit-code\": \"3\"", "");
        pass(60);
        assertThat(conditions()).contains("Failed");
        assertThat(phases()).containsExactly("Failed", "Failed");
    }

    @Test
    void aDeploymentsInitContainersEndAndItsPodsRunOn() {
        cluster.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: %s}
                spec:
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {initContainers: [{name: migrate, image: i}], containers: [{name: c, image: i}]}
                """.formatted(namespace));
        pass(5);
        pass(3600);
        assertThat(admin.resource(Deployment.class)
                        .get(namespace, "web")
                        .orElseThrow()
                        .getStatus()
                        .getAvailableReplicas())
                .isEqualTo(1);
        assertThat(pods().getFirst()
                        .getStatus()
                        .getContainerStatuses()
                        .getFirst()
                        .getRestartCount())
                .isZero();
    }

    @Test
    void anInitContainerEndsWithItsScript() {
        cluster.whenPodStarts(start -> start.namespace().equals(namespace)).thenWait(Duration.ofSeconds(20));
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: a, namespace: %s}
                spec: {initContainers: [{name: first, image: i}], containers: [{name: c, image: i}]}
                """.formatted(namespace));
        pass(15);
        assertThat(phases()).containsExactly("Pending");
        pass(10);
        assertThat(phases()).containsExactly("Running");
        pass(3600);
        assertThat(phases()).containsExactly("Running");
    }
}
