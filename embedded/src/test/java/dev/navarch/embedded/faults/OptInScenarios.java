package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;

/** Those who act only where an annotation asks for it. */
final class OptInScenarios {
    private static final String HASH = "navarch.dev/config-hash";

    private OptInScenarios() {}

    static List<Scenario> all() {
        return List.of(automaticRollback(), restartOnChange(), startOrder());
    }

    private static String annotation(HasMetadata object, String name) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(name, "");
    }

    private static Scenario automaticRollback() {
        return Scenario.of("automatic-rollback-controller")
                .then("a rollout", """
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata:
                          name: web
                          annotations: {navarch.dev/automatic-rollback: "true", deployment.kubernetes.io/revision: "2"}
                        spec:
                          selector: {matchLabels: {app: web}}
                          template:
                            metadata: {labels: {app: web}}
                            spec: {containers: [{name: c, image: "i:2"}]}
                        """, w -> w.find(Deployment.class, "web").isPresent())
                .then(
                        "it misses its deadline",
                        OptInScenarios::missTheDeadline,
                        w -> w.is(
                                        Deployment.class,
                                        "web",
                                        d -> d.getSpec()
                                                .getTemplate()
                                                .getSpec()
                                                .getContainers()
                                                .getFirst()
                                                .getImage()
                                                .equals("i:1"))
                                && w.is(
                                        ReplicaSet.class,
                                        "web-2",
                                        s -> annotation(s, "navarch.dev/missed-deadline")
                                                .equals("true")));
    }

    private static void missTheDeadline(World world) {
        var uid =
                world.find(Deployment.class, "web").orElseThrow().getMetadata().getUid();
        for (int revision = 1; revision <= 2; revision++) {
            world.apply("""
                    apiVersion: apps/v1
                    kind: ReplicaSet
                    metadata:
                      name: web-%1$d
                      annotations: {deployment.kubernetes.io/revision: "%1$d"}
                      ownerReferences:
                      - {apiVersion: apps/v1, kind: Deployment, name: web, uid: %2$s, controller: true}
                    spec:
                      replicas: 0
                      selector: {matchLabels: {app: web, pod-template-hash: h%1$d}}
                      template:
                        metadata: {labels: {app: web, pod-template-hash: h%1$d}}
                        spec: {containers: [{name: c, image: "i:%1$d"}]}
                    """.formatted(revision, uid));
        }
        world.patchStatus(Deployment.class, "web", """
                {"status": {"observedGeneration": 1, "conditions": [
                  {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                   "lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}""");
    }

    private static Scenario restartOnChange() {
        return Scenario.of("restart-on-change-controller")
                .then(
                        "what it holds is noted",
                        """
                        apiVersion: v1
                        kind: ConfigMap
                        metadata: {name: conf}
                        data: {a: "1"}
                        ---
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata: {name: web, annotations: {navarch.dev/restart-on-change: "true"}}
                        spec:
                          selector: {matchLabels: {app: web}}
                          template:
                            metadata: {labels: {app: web}}
                            spec: {containers: [{name: c, image: i, envFrom: [{configMapRef: {name: conf}}]}]}
                        """,
                        w -> w.is(
                                Deployment.class,
                                "web",
                                d -> !annotation(d, HASH).isEmpty()))
                .then(
                        "other data",
                        w -> w.patch(ConfigMap.class, "conf", "{\"data\":{\"a\":\"2\"}}"),
                        w -> w.is(
                                Deployment.class,
                                "web",
                                d -> !annotation(d, HASH).isEmpty()))
                // who was not noted before it changed is not restarted
                .overlooking(".*kind: Deployment, .*")
                .always(
                        "a restart is to what is noted",
                        w -> w.find(Deployment.class, "web")
                                .ifPresent(d -> assertThat(List.of("", annotation(d, HASH)))
                                        .contains(restartedTo(d))));
    }

    private static String restartedTo(Deployment deployment) {
        var annotations = deployment.getSpec().getTemplate().getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(HASH, "");
    }

    private static Scenario startOrder() {
        return Scenario.of("start-order-controller")
                .then(
                        "it waits",
                        """
                        apiVersion: batch/v1
                        kind: Job
                        metadata: {name: migrate}
                        spec:
                          suspend: true
                          template:
                            spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: web, annotations: {navarch.dev/start-after: job/migrate}}
                        spec: {containers: [{name: c, image: i}]}
                        """,
                        w -> w.is(
                                Pod.class,
                                "web",
                                p -> !p.getSpec().getSchedulingGates().isEmpty()))
                .then(
                        "what it waits for is done",
                        w -> w.patchStatus(Job.class, "migrate", """
                                {"status": {"startTime": "2026-01-01T00:00:00Z",
                                  "completionTime": "2026-01-01T00:01:00Z", "succeeded": 1,
                                  "uncountedTerminatedPods": {}, "conditions": [
                                    {"type": "SuccessCriteriaMet", "status": "True"},
                                    {"type": "Complete", "status": "True"}]}}"""),
                        w -> w.is(
                                Pod.class,
                                "web",
                                p -> p.getSpec().getSchedulingGates().isEmpty()))
                .always(
                        "none starts before",
                        w -> w.find(Pod.class, "web")
                                .filter(p -> p.getSpec().getSchedulingGates().isEmpty())
                                .ifPresent(_ -> assertThat(w.find(Job.class, "migrate")
                                                .orElseThrow()
                                                .getStatus()
                                                .getConditions())
                                        .isNotEmpty()));
    }
}
