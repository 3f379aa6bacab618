package dev.navarch.conformance.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetList;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Upstream {@code test/e2e/apps/deployment.go}. */
class DeploymentBehaviours {
    private static final String DEPLOYMENT = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s, labels: {name: %2$s}}
        spec:
          replicas: %3$d
          selector: {matchLabels: {name: %2$s}}
          %4$s
          template:
            metadata: {labels: {name: %2$s}}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: %5$s, image: "%5$s:1"}]
        """;

    private static final String REPLICA_SET = """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: %1$s, labels: {name: %2$s, pod: httpd}}
        spec:
          replicas: %3$d
          selector: {matchLabels: {name: %2$s, pod: httpd}}
          template:
            metadata: {labels: {name: %2$s, pod: httpd}}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: httpd, image: "httpd:1"}]
        """;

    private static RollableScalableResource<Deployment> deployment(Scenario scenario, String name) {
        return scenario.client()
                .apps()
                .deployments()
                .inNamespace(scenario.namespace())
                .withName(name);
    }

    /** As upstream's WaitForDeploymentComplete: all replicas are new, available and no old ones are left. */
    private static Deployment awaitComplete(Scenario scenario, String name) {
        return scenario.awaitOne(name + " is complete", deployment(scenario, name), DeploymentBehaviours::complete);
    }

    private static boolean complete(Deployment d) {
        var status = d.getStatus();
        int wanted = d.getSpec().getReplicas();
        return status.getObservedGeneration() != null
                && status.getObservedGeneration() >= d.getMetadata().getGeneration()
                && orZero(status.getUpdatedReplicas()) == wanted
                && orZero(status.getReplicas()) == wanted
                && orZero(status.getAvailableReplicas()) == wanted;
    }

    private static int orZero(Integer number) {
        return number == null ? 0 : number;
    }

    private static ReplicaSet awaitReady(Scenario scenario, String name, int replicas) {
        return scenario.awaitOne(
                replicas + " ready replicas of " + name,
                scenario.client()
                        .apps()
                        .replicaSets()
                        .inNamespace(scenario.namespace())
                        .withName(name),
                set -> orZero(set.getStatus().getReadyReplicas()) == replicas);
    }

    @Behaviour("[sig-apps] Deployment RollingUpdateDeployment should delete old pods and create new ones [Conformance]")
    void rollingUpdate(Scenario scenario) {
        scenario.create(ReplicaSet.class, REPLICA_SET.formatted("test-rolling-update-controller", "sample-pod", 1));
        awaitReady(scenario, "test-rolling-update-controller", 1);
        scenario.create(Deployment.class, """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: test-rolling-update-deployment}
            spec:
              replicas: 1
              selector: {matchLabels: {name: sample-pod}}
              template:
                metadata: {labels: {name: sample-pod}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: agnhost, image: agnhost:1}]
            """);
        awaitComplete(scenario, "test-rolling-update-deployment");
        var old = scenario.client()
                .apps()
                .replicaSets()
                .inNamespace(scenario.namespace())
                .withName("test-rolling-update-controller");
        scenario.awaitOne(
                "the adopted set is empty", old, set -> orZero(set.getStatus().getReplicas()) == 0);
        assertThat(old.get().getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(owner.getName()).isEqualTo("test-rolling-update-deployment"));
    }

    @Behaviour("[sig-apps] Deployment RecreateDeployment should delete old pods and create new ones [Conformance]")
    void recreate(Scenario scenario) {
        scenario.create(
                Deployment.class,
                DEPLOYMENT.formatted(
                        "test-recreate-deployment", "sample-pod-3", 1, "strategy: {type: Recreate}", "agnhost"));
        awaitComplete(scenario, "test-recreate-deployment");
        var pods = scenario.client().pods().inNamespace(scenario.namespace()).withLabel("name", "sample-pod-3");
        try (var events = Events.of(pods)) {
            var old = events.next(Action.ADDED).getMetadata().getName();
            deployment(scenario, "test-recreate-deployment")
                    .patch(
                            Scenario.STRATEGIC,
                            "{\"spec\":{\"template\":{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"httpd\"}],"
                                    + "\"containers\":[{\"name\":\"httpd\",\"image\":\"httpd:1\"},"
                                    + "{\"$patch\":\"delete\",\"name\":\"agnhost\"}]}}}}");
            while (true) {
                var event = events.next();
                if (event.action() == Action.DELETED) {
                    assertThat(event.object().getMetadata().getName()).isEqualTo(old);
                    break;
                }
                assertThat(event.object().getMetadata().getName())
                        .as("no new pod while an old one is there")
                        .isEqualTo(old);
            }
        }
        awaitComplete(scenario, "test-recreate-deployment");
    }

    @Behaviour("[sig-apps] Deployment deployment should delete old replica sets [Conformance]")
    void cleanup(Scenario scenario) {
        scenario.create(ReplicaSet.class, REPLICA_SET.formatted("test-cleanup-controller", "cleanup-pod", 1));
        awaitReady(scenario, "test-cleanup-controller", 1);
        scenario.create(
                Deployment.class,
                DEPLOYMENT.formatted(
                        "test-cleanup-deployment", "cleanup-pod", 1, "revisionHistoryLimit: 0", "agnhost"));
        scenario.awaitGone(
                "the old set",
                scenario.client()
                        .apps()
                        .replicaSets()
                        .inNamespace(scenario.namespace())
                        .withName("test-cleanup-controller"));
        awaitComplete(scenario, "test-cleanup-deployment");
    }

    @Behaviour("[sig-apps] Deployment Deployment should have a working scale subresource [Conformance]")
    void scale(Scenario scenario) {
        var name = "test-new-deployment";
        scenario.create(Deployment.class, DEPLOYMENT.formatted(name, "httpd", 1, "", "httpd"));
        awaitComplete(scenario, name);
        var path = "/apis/apps/v1/namespaces/" + scenario.namespace() + "/deployments/" + name + "/scale";
        var scale = scenario.http().get(path).ok().as(Scale.class);
        assertThat(scale.getSpec().getReplicas()).isEqualTo(1);
        assertThat(scale.getStatus().getReplicas()).isEqualTo(1);
        scale.getSpec().setReplicas(2);
        var json = scenario.client().getKubernetesSerialization().asJson(scale);
        var answer = scenario.http()
                .call("PUT", path)
                .body("application/json", json)
                .send()
                .ok()
                .as(Scale.class);
        assertThat(answer.getSpec().getReplicas()).isEqualTo(2);
        assertThat(deployment(scenario, name).get().getSpec().getReplicas()).isEqualTo(2);
        var patched = scenario.http()
                .call("PATCH", path)
                .body("application/merge-patch+json", "{\"spec\":{\"replicas\":4}}")
                .send()
                .ok()
                .as(Scale.class);
        assertThat(patched.getSpec().getReplicas()).isEqualTo(4);
        assertThat(deployment(scenario, name).get().getSpec().getReplicas()).isEqualTo(4);
    }

    @Behaviour("[sig-apps] Deployment should run the lifecycle of a Deployment [Conformance]")
    void lifecycle(Scenario scenario) {
        var name = "test-deployment";
        var deployments = scenario.client().apps().deployments().inNamespace(scenario.namespace());
        try (var events = Events.of(deployments.withLabel("name", "lifecycle"))) {
            scenario.create(Deployment.class, DEPLOYMENT.formatted(name, "lifecycle", 2, "", "agnhost"));
            events.next(Action.ADDED);
            events.next(Action.MODIFIED, d -> orZero(d.getStatus().getReadyReplicas()) == 2);
            deployment(scenario, name).patch(Scenario.STRATEGIC, """
                {"metadata": {"labels": {"test-deployment": "patched"}},
                 "spec": {"replicas": 1, "template": {"spec": {"terminationGracePeriodSeconds": 0,
                   "containers": [{"name": "agnhost", "image": "agnhost:2"}]}}}}
                """);
            events.next(
                    Action.MODIFIED,
                    d -> "patched".equals(d.getMetadata().getLabels().get("test-deployment")));
            events.next(Action.MODIFIED, d -> d.getSpec().getReplicas() == 1 && complete(d));
            assertThat(scenario.client()
                            .apps()
                            .deployments()
                            .inAnyNamespace()
                            .withLabel("test-deployment", "patched")
                            .list()
                            .getItems())
                    .anySatisfy(found ->
                            assertThat(found.getMetadata().getNamespace()).isEqualTo(scenario.namespace()));
            Scenario.untilNoConflict(() -> {
                var current = deployment(scenario, name).get();
                current.getSpec().setReplicas(2);
                return deployments.resource(current).update();
            });
            events.next(Action.MODIFIED, d -> orZero(d.getStatus().getReadyReplicas()) == 2 && complete(d));
            deployment(scenario, name)
                    .subresource("status")
                    .patch(Scenario.STRATEGIC, "{\"status\":{\"readyReplicas\":0,\"availableReplicas\":0}}");
            events.next(Action.MODIFIED, d -> orZero(d.getStatus().getReadyReplicas()) == 0);
            scenario.http()
                    .delete("/apis/apps/v1/namespaces/" + scenario.namespace()
                            + "/deployments?labelSelector=name%3Dlifecycle")
                    .ok();
            events.next(Action.DELETED);
        }
    }

    @Behaviour("[sig-apps] Deployment should validate Deployment Status endpoints [Conformance]")
    void status(Scenario scenario) {
        var name = scenario.unique("test-deployment");
        scenario.create(Deployment.class, DEPLOYMENT.formatted(name, "httpd", 1, "", "httpd"));
        awaitComplete(scenario, name);
        var path = "/apis/apps/v1/namespaces/" + scenario.namespace() + "/deployments/" + name + "/status";
        var read = scenario.http().get(path).ok().as(Deployment.class);
        assertThat(read.getStatus().getConditions()).isNotEmpty();
        var deployments = scenario.client().apps().deployments().inNamespace(scenario.namespace());
        try (var events = Events.of(deployments.withName(name))) {
            var updated = Scenario.untilNoConflict(() -> deployments
                    .resource(new DeploymentBuilder(deployment(scenario, name).get())
                            .editStatus()
                            .addNewCondition()
                            .withType("StatusUpdate")
                            .withStatus("True")
                            .withReason("E2E")
                            .withMessage("Set from e2e test")
                            .endCondition()
                            .endStatus()
                            .build())
                    .updateStatus());
            assertThat(updated).isNotNull();
            events.next(
                    Action.MODIFIED,
                    d -> d.getStatus().getConditions().stream()
                            .anyMatch(c -> c.getType().equals("StatusUpdate")));
            var patched = deployment(scenario, name)
                    .subresource("status")
                    .patch(
                            Scenario.MERGE,
                            "{\"status\":{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\"}]}}");
            assertThat(patched.getStatus().getConditions())
                    .anySatisfy(c -> assertThat(c.getType()).isEqualTo("StatusPatched"));
            events.next(
                    Action.MODIFIED,
                    d -> d.getStatus().getConditions().stream()
                            .anyMatch(c -> c.getType().equals("StatusPatched")));
        }
    }

    @Behaviour("[sig-apps] ReplicaSet should serve a basic image on each replica with a public image [Conformance]")
    void replicaSet(Scenario scenario) {
        scenario.create(ReplicaSet.class, REPLICA_SET.formatted("my-hostname-basic", "my-hostname-basic", 1));
        awaitReady(scenario, "my-hostname-basic", 1);
        var pods = scenario.client()
                .pods()
                .inNamespace(scenario.namespace())
                .withLabel("name", "my-hostname-basic")
                .list()
                .getItems();
        assertThat(pods)
                .singleElement()
                .satisfies(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
    }

    @Behaviour("[sig-apps] ReplicaSet should adopt matching pods on creation and release no longer matching pods"
            + " [Conformance]")
    void adoptAndRelease(Scenario scenario) {
        var name = "pod-adoption-release";
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: %1$s, labels: {name: %1$s, pod: httpd}}
            spec:
              containers: [{name: httpd, image: "httpd:1"}]
            """.formatted(name));
        var set = scenario.create(ReplicaSet.class, REPLICA_SET.formatted(name, name, 1));
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        scenario.awaitOne(
                "it is adopted",
                pods.withName(name),
                pod -> pod.getMetadata().getOwnerReferences().stream()
                        .anyMatch(
                                owner -> owner.getUid().equals(set.getMetadata().getUid())));
        pods.withName(name).patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"name\":\"not-matching-name\"}}}");
        scenario.awaitOne(
                "it is released",
                pods.withName(name),
                pod -> pod.getMetadata().getOwnerReferences().isEmpty());
    }

    @Behaviour("[sig-apps] ReplicaSet Replicaset should have a working scale subresource [Conformance]")
    void replicaSetScale(Scenario scenario) {
        var name = "test-rs";
        scenario.create(ReplicaSet.class, REPLICA_SET.formatted(name, "sample-pod", 1));
        awaitReady(scenario, name, 1);
        var path = "/apis/apps/v1/namespaces/" + scenario.namespace() + "/replicasets/" + name + "/scale";
        var scale = scenario.http().get(path).ok().as(Scale.class);
        assertThat(scale.getSpec().getReplicas()).isEqualTo(1);
        scale.getSpec().setReplicas(2);
        scenario.http()
                .call("PUT", path)
                .body(
                        "application/json",
                        scenario.client().getKubernetesSerialization().asJson(scale))
                .send()
                .ok();
        awaitReady(scenario, name, 2);
        scenario.http()
                .call("PATCH", path)
                .body("application/merge-patch+json", "{\"spec\":{\"replicas\":4}}")
                .send()
                .ok();
        assertThat(awaitReady(scenario, name, 4).getSpec().getReplicas()).isEqualTo(4);
    }

    @Behaviour("[sig-apps] ReplicaSet should list and delete a collection of ReplicaSets [Conformance]")
    void replicaSetCollection(Scenario scenario) {
        var label = scenario.unique("e2e");
        scenario.create(ReplicaSet.class, REPLICA_SET.formatted("test-rs", label, 3));
        awaitReady(scenario, "test-rs", 3);
        assertThat(scenario.client()
                        .apps()
                        .replicaSets()
                        .inAnyNamespace()
                        .withLabel("name", label)
                        .list()
                        .getItems())
                .hasSize(1);
        scenario.http()
                .delete("/apis/apps/v1/namespaces/" + scenario.namespace() + "/replicasets?labelSelector=name%3D"
                        + label)
                .ok();
        scenario.awaitGone(
                "the sets",
                scenario.client()
                        .apps()
                        .replicaSets()
                        .inNamespace(scenario.namespace())
                        .withLabel("name", label));
    }

    private static final String NEVER_READY = "{conditionType: e2e.example.com/never}";

    private static FilterWatchListDeletable<ReplicaSet, ReplicaSetList, RollableScalableResource<ReplicaSet>> labeled(
            Scenario scenario, String label) {
        return scenario.client()
                .apps()
                .replicaSets()
                .inNamespace(scenario.namespace())
                .withLabel("name", label);
    }

    private static List<ReplicaSet> sets(Scenario scenario, String label) {
        return labeled(scenario, label).list().getItems().stream()
                .sorted(Comparator.comparingLong(DeploymentBehaviours::revision))
                .toList();
    }

    private static long revision(ReplicaSet set) {
        var annotations = set.getMetadata().getAnnotations();
        return annotations == null
                ? 0
                : Long.parseLong(annotations.getOrDefault("deployment.kubernetes.io/revision", "0"));
    }

    private static void image(Scenario scenario, String name, String container, String image, String podMore) {
        deployment(scenario, name)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"template\":{\"spec\":{" + podMore + "\"containers\":[{\"name\":\"" + container
                                + "\",\"image\":\"" + image + "\"}]}}}}");
    }

    /** Waits until both sets of a rollout want so many pods. */
    private static void awaitSizes(Scenario scenario, String label, int first, int second) {
        scenario.await(
                "replica sets of " + first + " and " + second,
                scenario.client()
                        .apps()
                        .replicaSets()
                        .inNamespace(scenario.namespace())
                        .withLabel("name", label),
                found -> found.stream()
                        .sorted(Comparator.comparingLong(DeploymentBehaviours::revision))
                        .map(set -> set.getSpec().getReplicas())
                        .toList()
                        .equals(List.of(first, second)));
    }

    /** Upstream's new pods have an image that nobody has; here they have a gate that nobody opens. */
    @Behaviour("[sig-apps] Deployment deployment should support proportional scaling [Conformance]")
    void proportional(Scenario scenario) {
        var name = "webserver-deployment";
        scenario.create(
                Deployment.class,
                DEPLOYMENT.formatted(
                        name,
                        "httpd",
                        10,
                        "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 3, maxUnavailable: 2}}",
                        "httpd"));
        awaitComplete(scenario, name);
        image(
                scenario,
                name,
                "httpd",
                "webserver:404",
                "\"readinessGates\":[{\"conditionType\":\"e2e.example.com/never\"}],");
        awaitSizes(scenario, "httpd", 8, 5);
        scenario.awaitOne("no more than two are missing", deployment(scenario, name), now -> {
            var status = now.getStatus();
            return now.getMetadata().getGeneration().equals(status.getObservedGeneration())
                    && orZero(status.getAvailableReplicas()) == 8
                    && orZero(status.getReplicas()) == 13
                    && orZero(status.getUpdatedReplicas()) == 5;
        });
        assertThat(orZero(sets(scenario, "httpd").getLast().getStatus().getAvailableReplicas()))
                .isZero();
        deployment(scenario, name).patch(Scenario.MERGE, "{\"spec\":{\"replicas\":30}}");
        awaitSizes(scenario, "httpd", 20, 13);
    }

    @Behaviour("[sig-apps] Deployment deployment should support rollover [Conformance]")
    void rollover(Scenario scenario) {
        var old = "test-rollover-controller";
        var name = "test-rollover-deployment";
        var pod = "rollover-pod";
        scenario.create(ReplicaSet.class, REPLICA_SET.formatted(old, pod, 1));
        awaitReady(scenario, old, 1);
        scenario.create(Deployment.class, """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: %1$s}
            spec:
              replicas: 1
              minReadySeconds: 1
              selector: {matchLabels: {name: %2$s}}
              strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
              template:
                metadata: {labels: {name: %2$s}}
                spec:
                  terminationGracePeriodSeconds: 0
                  readinessGates: [%3$s]
                  containers: [{name: app, image: "redis-slave:nonexistent"}]
            """.formatted(name, pod, NEVER_READY));
        scenario.awaitOne("the rollout began", deployment(scenario, name), now -> {
            var status = now.getStatus();
            return now.getMetadata().getGeneration().equals(status.getObservedGeneration())
                    && orZero(status.getUpdatedReplicas()) == 1
                    && orZero(status.getReplicas()) == 2;
        });
        var both = sets(scenario, pod);
        assertThat(both).hasSize(2);
        assertThat(both.getLast().getMetadata().getAnnotations())
                .containsEntry("deployment.kubernetes.io/revision", "1");
        var stuck = both.getLast().getMetadata().getName();
        assertThat(orZero(both.getLast().getStatus().getAvailableReplicas())).isZero();
        Map<String, Integer> sizes = new HashMap<>();
        try (var events = Events.of(labeled(scenario, pod));
                var reports = Events.of(deployment(scenario, name))) {
            image(scenario, name, "app", "agnhost:1", "\"readinessGates\":null,");
            do {
                var set = events.next().object();
                sizes.put(set.getMetadata().getName(), set.getSpec().getReplicas());
                // the sets' sizes are bounded; pods of a set that shrank may still be counted in the status
                assertThat(sizes.values().stream().mapToInt(Integer::intValue).sum())
                        .as("a surge of one")
                        .isLessThanOrEqualTo(2);
            } while (sizes.size() < 3 || sizes.get(old) > 0 || sizes.get(stuck) > 0);
            awaitComplete(scenario, name);
            while (!reports.quiet()) {
                var status = reports.next().object().getStatus();
                assertThat(orZero(status.getAvailableReplicas())).isGreaterThanOrEqualTo(1);
            }
        }
        for (var empty : List.of(old, stuck)) {
            scenario.awaitOne(
                    empty + " is empty",
                    scenario.client()
                            .apps()
                            .replicaSets()
                            .inNamespace(scenario.namespace())
                            .withName(empty),
                    set -> set.getSpec().getReplicas() == 0
                            && orZero(set.getStatus().getReplicas()) == 0);
        }
    }
}
