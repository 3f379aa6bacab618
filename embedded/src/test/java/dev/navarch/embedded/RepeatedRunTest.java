package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two clusters with one seed, to which the same is done at the same instants, have the same objects at all times. */
class RepeatedRunTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static final String WORK = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: default}
            spec:
              replicas: 3
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: c, image: "i:%s"}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: default}
            spec: {selector: {app: web}, ports: [{port: 80}]}
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: hourly, namespace: default}
            spec:
              schedule: "0 * * * *"
              jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}
            """;

    @Test
    void timeIsTheSameHoweverLongAStartTakes() {
        try (var cluster = start()) {
            assertThat(cluster.clock().now()).isEqualTo(NOON.plusSeconds(1));
        }
    }

    @Test
    void whatIsDoneAgainComesOutAgain() {
        assertThat(run()).isEqualTo(run());
    }

    private static EmbeddedCluster start() {
        return EmbeddedCluster.builder().startsAt(NOON).paused().seed(7).start();
    }

    /** All objects, at some times. */
    private static List<String> run() {
        List<String> seen = new ArrayList<>();
        try (var cluster = start()) {
            for (int image = 1; image <= 2; image++) {
                cluster.apply(WORK.formatted(image));
                for (int hours : List.of(1, 2)) {
                    cluster.clock().advance(Duration.ofHours(hours));
                    seen.addAll(objects(cluster));
                }
            }
        }
        return seen;
    }

    /**
     * Left out is what is of the one cluster: revisions and ports of this machine. And what follows from who was first at one
     * instant: names of endpoint slices, which are drawn for the endpoints that they begin with, and events, which have
     * numbers.
     */
    private static List<String> objects(EmbeddedCluster cluster) {
        return Stream.of(cluster.export().split("(?m)^---$"))
                .filter(object -> !object.contains("kind: Event\n") && !object.contains("kind: EndpointSlice\n"))
                .map(object -> object.replaceAll("apiserver-[a-z0-9]{26}", "apiserver")
                        .replaceAll("resourceVersion: \"\\d+\"", "resourceVersion")
                        .replaceAll("(Port|port|targetPort): \\d{5}\\n", "$1\n"))
                .toList();
    }
}
