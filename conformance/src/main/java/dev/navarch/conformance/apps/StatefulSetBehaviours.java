package dev.navarch.conformance.apps;

import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.util.ArrayList;
import java.util.List;

/**
 * Upstream {@code test/e2e/apps/statefulset.go}. Where upstream makes a pod unhealthy by what its container serves, a
 * readiness gate does it here.
 */
class StatefulSetBehaviours {
    private static final String GATE = "e2e.example.com/healthy";

    private static void create(Scenario scenario, int replicas, String more, String podMore) {
        scenario.create(Service.class, """
            apiVersion: v1
            kind: Service
            metadata: {name: test}
            spec: {clusterIP: None, selector: {foo: bar, baz: blah}, ports: [{port: 80}]}
            """);
        scenario.create(StatefulSet.class, """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: ss, labels: {e2e: %4$s}}
            spec:
              serviceName: test
              replicas: %1$d
              %2$s
              selector: {matchLabels: {foo: bar, baz: blah}}
              template:
                metadata: {labels: {foo: bar, baz: blah}}
                spec:
                  terminationGracePeriodSeconds: 0
                  %3$s
                  containers: [{name: webserver, image: "httpd:1"}]
            """.formatted(replicas, more, podMore, scenario.namespace()));
    }

    private static RollableScalableResource<StatefulSet> set(Scenario scenario) {
        return scenario.client()
                .apps()
                .statefulSets()
                .inNamespace(scenario.namespace())
                .withName("ss");
    }

    private static NonNamespaceOperation<Pod, PodList, PodResource> pods(Scenario scenario) {
        return scenario.client().pods().inNamespace(scenario.namespace());
    }

    private static int number(Integer value) {
        return value == null ? 0 : value;
    }

    private static StatefulSet awaitReady(Scenario scenario, int replicas) {
        return scenario.awaitOne(
                replicas + " ready replicas",
                set(scenario),
                now -> now.getStatus() != null
                        && now.getMetadata()
                                .getGeneration()
                                .equals(now.getStatus().getObservedGeneration())
                        && number(now.getStatus().getReplicas()) == replicas
                        && number(now.getStatus().getReadyReplicas()) == replicas);
    }

    private static void scale(Scenario scenario, int replicas) {
        set(scenario).patch(Scenario.MERGE, "{\"spec\":{\"replicas\":" + replicas + "}}");
    }

    private static void image(Scenario scenario, String image) {
        set(scenario)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"webserver\",\"image\":\""
                                + image + "\"}]}}}}");
    }

    private static String image(Scenario scenario, int ordinal) {
        return pods(scenario)
                .withName("ss-" + ordinal)
                .get()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage();
    }

    @Behaviour("[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should have a working scale"
            + " subresource [Conformance]")
    void scaleSubresource(Scenario scenario) {
        create(scenario, 1, "", "");
        awaitReady(scenario, 1);
        var path = "/apis/apps/v1/namespaces/" + scenario.namespace() + "/statefulsets/ss/scale";
        var scale = scenario.http().get(path).ok().as(Scale.class);
        assertThat(scale.getSpec().getReplicas()).isEqualTo(1);
        assertThat(scale.getStatus().getReplicas()).isEqualTo(1);
        scale.getMetadata().setResourceVersion(null);
        scale.getSpec().setReplicas(2);
        var updated = scenario.http()
                .call("PUT", path)
                .body(
                        "application/json",
                        scenario.client().getKubernetesSerialization().asJson(scale))
                .send()
                .ok()
                .as(Scale.class);
        assertThat(updated.getSpec().getReplicas()).isEqualTo(2);
        assertThat(set(scenario).get().getSpec().getReplicas()).isEqualTo(2);
        var patched = scenario.http()
                .call("PATCH", path)
                .body("application/strategic-merge-patch+json", "{\"spec\":{\"replicas\":4}}")
                .send()
                .ok()
                .as(Scale.class);
        assertThat(patched.getSpec().getReplicas()).isEqualTo(4);
        assertThat(set(scenario).get().getSpec().getReplicas()).isEqualTo(4);
    }

    @Behaviour(
            "[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should list, patch and delete a"
                    + " collection of StatefulSets [Conformance]")
    void collection(Scenario scenario) {
        create(scenario, 1, "", "");
        awaitReady(scenario, 1);
        var labelled = scenario.client().apps().statefulSets().inAnyNamespace().withLabel("e2e", scenario.namespace());
        assertThat(labelled.list().getItems()).hasSize(1);
        var patched = set(scenario)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"metadata\":{\"labels\":{\"test-ss\":\"patched\"}},\"spec\":{\"replicas\":2,\"template\":{\"spec\":{\"containers\":[{\"name\":\"webserver\",\"image\":\"pause:1\"}]}}}}");
        assertThat(patched.getMetadata().getLabels()).containsEntry("test-ss", "patched");
        assertThat(patched.getSpec().getReplicas()).isEqualTo(2);
        awaitReady(scenario, 2);
        scenario.http()
                .delete("/apis/apps/v1/namespaces/" + scenario.namespace()
                        + "/statefulsets?labelSelector=test-ss%3Dpatched")
                .ok();
        scenario.awaitGone("the stateful set", labelled);
    }

    @Behaviour("[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should validate Statefulset"
            + " Status endpoints [Conformance]")
    void status(Scenario scenario) {
        create(scenario, 1, "", "");
        awaitReady(scenario, 1);
        new StatusConditions<>(scenario, StatefulSet.class, set(scenario)).updateAndPatch();
    }

    @Behaviour(
            "[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should perform rolling updates"
                    + " and roll backs of template modifications [Conformance]")
    void rollingUpdate(Scenario scenario) {
        create(scenario, 3, "", "");
        var before = awaitReady(scenario, 3).getStatus();
        assertThat(before.getCurrentRevision()).isEqualTo(before.getUpdateRevision());
        for (var wanted : List.of("httpd:2", "httpd:1")) {
            try (var events = Events.of(pods(scenario).withLabel("foo", "bar"))) {
                image(scenario, wanted);
                awaitUpdated(scenario, 3);
                assertThat(created(events, wanted)).containsExactly("ss-2", "ss-1", "ss-0");
            }
            for (int i = 0; i < 3; i++) {
                assertThat(image(scenario, i)).isEqualTo(wanted);
            }
        }
        assertThat(set(scenario).get().getStatus().getCurrentRevision()).isEqualTo(before.getCurrentRevision());
    }

    private static void awaitUpdated(Scenario scenario, int replicas) {
        scenario.awaitOne(
                "all are updated",
                set(scenario),
                now -> now.getMetadata().getGeneration().equals(now.getStatus().getObservedGeneration())
                        && now.getStatus()
                                .getCurrentRevision()
                                .equals(now.getStatus().getUpdateRevision())
                        && number(now.getStatus().getReadyReplicas()) == replicas);
    }

    /** The names of the pods that have been created with an image, in order. */
    private static List<String> created(Events<Pod> events, String image) {
        List<String> names = new ArrayList<>();
        while (!events.quiet()) {
            var event = events.next();
            if (event.action() == Action.ADDED
                    && event.object()
                            .getSpec()
                            .getContainers()
                            .getFirst()
                            .getImage()
                            .equals(image)) {
                names.add(event.object().getMetadata().getName());
            }
        }
        return names;
    }

    private static void partition(Scenario scenario, int ordinal) {
        set(scenario)
                .patch(
                        Scenario.MERGE,
                        "{\"spec\":{\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"partition\":"
                                + ordinal + "}}}}");
    }

    private static void awaitImages(Scenario scenario, String... images) {
        scenario.await(
                "images " + List.of(images),
                pods(scenario).withLabel("foo", "bar"),
                found -> found.size() == images.length
                        && found.stream()
                                .allMatch(pod -> pod.getMetadata().getDeletionTimestamp() == null
                                        && pod.getSpec()
                                                .getContainers()
                                                .getFirst()
                                                .getImage()
                                                .equals(images[
                                                        Integer.parseInt(pod.getMetadata()
                                                                .getName()
                                                                .substring(3))])));
        awaitReady(scenario, images.length);
    }

    @Behaviour("[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should perform canary updates"
            + " and phased rolling updates of template modifications [Conformance]")
    void canary(Scenario scenario) {
        create(scenario, 3, "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 3}}", "");
        awaitReady(scenario, 3);
        image(scenario, "httpd:2");
        scenario.awaitOne(
                "there is a revision that is not applied",
                set(scenario),
                now -> !now.getStatus()
                        .getUpdateRevision()
                        .equals(now.getStatus().getCurrentRevision()));
        awaitImages(scenario, "httpd:1", "httpd:1", "httpd:1");
        partition(scenario, 2);
        awaitImages(scenario, "httpd:1", "httpd:1", "httpd:2");
        pods(scenario).withName("ss-0").delete();
        pods(scenario).withName("ss-2").delete();
        awaitImages(scenario, "httpd:1", "httpd:1", "httpd:2");
        partition(scenario, 1);
        awaitImages(scenario, "httpd:1", "httpd:2", "httpd:2");
        partition(scenario, 0);
        awaitImages(scenario, "httpd:2", "httpd:2", "httpd:2");
        awaitUpdated(scenario, 3);
    }

    private static void heal(Scenario scenario, String pod, boolean healthy) {
        mark(scenario, pod, healthy);
        scenario.awaitOne(
                pod + " is ready: " + healthy,
                pods(scenario).withName(pod),
                now -> now.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals(healthy ? "True" : "False")));
    }

    /** Likewise, without waiting for what follows. */
    private static void mark(Scenario scenario, String pod, boolean healthy) {
        scenario.awaitOne(
                pod + " is there",
                pods(scenario).withName(pod),
                now -> "Running".equals(now.getStatus().getPhase()));
        untilNoConflict(() -> pods(scenario)
                .withName(pod)
                .subresource("status")
                .patch(
                        Scenario.STRATEGIC,
                        "{\"status\":{\"conditions\":[{\"type\":\"" + GATE + "\",\"status\":\""
                                + (healthy ? "True" : "False") + "\"}]}}"));
    }

    @Behaviour("[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Scaling should happen in"
            + " predictable order and halt if any stateful pod is unhealthy [Slow] [Conformance]")
    void inOrder(Scenario scenario) {
        try (var events = Events.of(pods(scenario).withLabel("foo", "bar"))) {
            create(scenario, 1, "", "readinessGates: [{conditionType: " + GATE + "}]");
            scale(scenario, 3);
            scenario.awaitOne(
                    "the set has seen that it is to grow",
                    set(scenario),
                    now -> now.getMetadata()
                            .getGeneration()
                            .equals(now.getStatus().getObservedGeneration()));
            assertThat(pods(scenario).withLabel("foo", "bar").list().getItems()).hasSizeLessThan(2);
            heal(scenario, "ss-0", true);
            heal(scenario, "ss-1", true);
            heal(scenario, "ss-2", true);
            awaitReady(scenario, 3);
            assertThat(created(events, "httpd:1")).containsExactly("ss-0", "ss-1", "ss-2");
        }
        for (int i = 0; i < 3; i++) {
            heal(scenario, "ss-" + i, false);
        }
        scale(scenario, 0);
        scenario.awaitOne(
                "the set has seen that it is to shrink",
                set(scenario),
                now -> now.getMetadata().getGeneration().equals(now.getStatus().getObservedGeneration()));
        assertThat(pods(scenario).withLabel("foo", "bar").list().getItems()).hasSize(3);
        try (var events = Events.of(pods(scenario).withLabel("foo", "bar"))) {
            heal(scenario, "ss-0", true);
            mark(scenario, "ss-1", true); // with which all may go at once
            scenario.awaitGone("all pods", pods(scenario).withLabel("foo", "bar"));
            List<String> gone = new ArrayList<>();
            while (gone.size() < 3) {
                gone.add(events.next(Action.DELETED).getMetadata().getName());
            }
            assertThat(gone).containsExactly("ss-2", "ss-1", "ss-0");
        }
    }

    @Behaviour("[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Burst scaling should run to"
            + " completion even with unhealthy pods [Slow] [Conformance]")
    void burst(Scenario scenario) {
        create(scenario, 1, "podManagementPolicy: Parallel", "readinessGates: [{conditionType: " + GATE + "}]");
        scale(scenario, 3);
        scenario.await(
                "three pods, none of them healthy", pods(scenario).withLabel("foo", "bar"), found -> found.size() == 3);
        for (int i = 0; i < 3; i++) {
            heal(scenario, "ss-" + i, true);
        }
        awaitReady(scenario, 3);
        heal(scenario, "ss-1", false);
        scale(scenario, 0);
        scenario.awaitGone("all pods", pods(scenario).withLabel("foo", "bar"));
    }

    @Behaviour("[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Should recreate evicted"
            + " statefulset [Conformance]")
    void recreate(Scenario scenario) {
        var node = scenario.client().nodes().list().getItems().stream()
                .filter(one -> one.getSpec().getTaints() == null
                        || one.getSpec().getTaints().isEmpty())
                .findFirst()
                .orElseThrow()
                .getMetadata()
                .getName();
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: test-pod}
            spec:
              terminationGracePeriodSeconds: 0
              nodeName: %s
              containers:
              - name: webserver
                image: httpd:1
                ports: [{name: conflict, hostPort: 21017, containerPort: 21017}]
            """.formatted(node));
        scenario.awaitOne(
                "the port is taken",
                pods(scenario).withName("test-pod"),
                pod -> "Running".equals(pod.getStatus().getPhase()));
        try (var events = Events.of(pods(scenario).withName("ss-0"))) {
            scenario.create(StatefulSet.class, """
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: ss}
                spec:
                  serviceName: test
                  replicas: 1
                  selector: {matchLabels: {foo: bar}}
                  template:
                    metadata: {labels: {foo: bar}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      nodeName: %s
                      containers:
                      - name: webserver
                        image: httpd:1
                        ports: [{name: conflict, hostPort: 21017, containerPort: 21017}]
                """.formatted(node));
            var first = events.next(Action.ADDED).getMetadata().getUid();
            events.next(Action.MODIFIED, pod -> "Failed".equals(pod.getStatus().getPhase()));
            assertThat(events.next(Action.DELETED).getMetadata().getUid()).isEqualTo(first);
            assertThat(events.next(Action.ADDED).getMetadata().getUid()).isNotEqualTo(first);
        }
        pods(scenario).withName("test-pod").delete();
        scenario.awaitOne(
                "it runs where it could not",
                pods(scenario).withName("ss-0"),
                pod -> "Running".equals(pod.getStatus().getPhase())
                        && pod.getMetadata().getDeletionTimestamp() == null);
        awaitReady(scenario, 1);
    }
}
