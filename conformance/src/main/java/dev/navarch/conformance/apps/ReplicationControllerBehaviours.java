package dev.navarch.conformance.apps;

import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.util.Map;

/** Upstream {@code test/e2e/apps/rc.go}. */
class ReplicationControllerBehaviours {
    private static final String TEMPLATE = """
        spec:
          terminationGracePeriodSeconds: 0
          containers: [{name: httpd, image: "httpd:2"}]
        """;

    private static ReplicationController create(Scenario scenario, String name, int replicas) {
        return scenario.create(ReplicationController.class, """
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: %1$s, labels: {test-rc-static: %3$s}}
            spec:
              replicas: %2$d
              selector: {name: %1$s}
              template:
                metadata: {labels: {name: %1$s}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: httpd, image: "httpd:2"}]
            """.formatted(name, replicas, scenario.namespace()));
    }

    private static RollableScalableResource<ReplicationController> controller(Scenario scenario, String name) {
        return scenario.client()
                .replicationControllers()
                .inNamespace(scenario.namespace())
                .withName(name);
    }

    private static boolean fails(ReplicationController controller) {
        var conditions = controller.getStatus().getConditions();
        return conditions != null
                && conditions.stream().anyMatch(c -> c.getType().equals("ReplicaFailure"));
    }

    @Behaviour(
            "[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota"
                    + " [Conformance]")
    void failureCondition(Scenario scenario) {
        scenario.create(ResourceQuota.class, """
            apiVersion: v1
            kind: ResourceQuota
            metadata: {name: condition-test}
            spec: {hard: {pods: "2"}}
            """);
        scenario.awaitOne(
                "the quota holds",
                scenario.client()
                        .resourceQuotas()
                        .inNamespace(scenario.namespace())
                        .withName("condition-test"),
                quota -> quota.getStatus() != null && quota.getStatus().getHard() != null);
        create(scenario, "condition-test", 3);
        scenario.awaitOne(
                "a failure is told", controller(scenario, "condition-test"), ReplicationControllerBehaviours::fails);
        untilNoConflict(() -> {
            var now = controller(scenario, "condition-test").get();
            now.getSpec().setReplicas(2);
            return scenario.client().resource(now).update();
        });
        scenario.awaitOne("no failure is told", controller(scenario, "condition-test"), now -> !fails(now));
    }

    private static boolean controlledBy(Pod pod, ReplicationController controller) {
        return pod.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getUid().equals(controller.getMetadata().getUid()));
    }

    @Behaviour("[sig-apps] ReplicationController should adopt matching pods on creation [Conformance]")
    void adopts(Scenario scenario) {
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: pod-adoption, labels: {name: pod-adoption}}
            """ + TEMPLATE);
        var made = create(scenario, "pod-adoption", 1);
        scenario.awaitOne(
                "the pod is adopted",
                scenario.client().pods().inNamespace(scenario.namespace()).withName("pod-adoption"),
                pod -> controlledBy(pod, made));
    }

    @Behaviour("[sig-apps] ReplicationController should release no longer matching pods [Conformance]")
    void releases(Scenario scenario) {
        var made = create(scenario, "pod-release", 1);
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        var name = scenario.await("a pod", pods, found -> found.size() == 1)
                .getFirst()
                .getMetadata()
                .getName();
        pods.withName(name).patch(Scenario.MERGE, "{\"metadata\":{\"labels\":{\"name\":\"not-matching-name\"}}}");
        scenario.awaitOne("the pod is released", pods.withName(name), pod -> !controlledBy(pod, made));
    }

    @Behaviour("[sig-apps] ReplicationController should get and update a ReplicationController scale [Conformance]")
    void scale(Scenario scenario) {
        var name = scenario.unique("e2e-rc");
        create(scenario, name, 1);
        awaitReady(scenario, name, 1);
        var path = "/api/v1/namespaces/" + scenario.namespace() + "/replicationcontrollers/" + name + "/scale";
        var scale = scenario.http().get(path).ok().as(Scale.class);
        assertThat(scale.getSpec().getReplicas()).isEqualTo(1);
        scale.getSpec().setReplicas(2);
        scale.getMetadata().setResourceVersion(null);
        scenario.http()
                .call("PUT", path)
                .body(
                        "application/json",
                        scenario.client().getKubernetesSerialization().asJson(scale))
                .send()
                .ok();
        awaitReady(scenario, name, 2);
        assertThat(scenario.http().get(path).ok().as(Scale.class).getStatus().getReplicas())
                .isEqualTo(2);
    }

    private static void awaitReady(Scenario scenario, String name, int replicas) {
        scenario.awaitOne(
                replicas + " replicas are ready",
                controller(scenario, name),
                now -> Integer.valueOf(replicas).equals(now.getStatus().getReadyReplicas()));
    }

    @Behaviour("[sig-apps] ReplicationController should test the lifecycle of a ReplicationController [Conformance]")
    void lifecycle(Scenario scenario) {
        var controllers = scenario.client().replicationControllers().inNamespace(scenario.namespace());
        try (var events = Events.of(controllers.withLabel("test-rc-static", scenario.namespace()))) {
            create(scenario, "rc-test", 1);
            events.next(Action.ADDED);
            events.next(
                    Action.MODIFIED,
                    now -> Integer.valueOf(1).equals(now.getStatus().getReadyReplicas()));
            controllers
                    .withName("rc-test")
                    .patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"test-rc\":\"patched\"}}}");
            events.next(
                    Action.MODIFIED,
                    now -> "patched".equals(now.getMetadata().getLabels().get("test-rc")));
            var status = controllers
                    .withName("rc-test")
                    .subresource("status")
                    .patch(Scenario.STRATEGIC, "{\"status\":{\"readyReplicas\":0,\"availableReplicas\":0}}");
            assertThat(status.getMetadata().getLabels()).containsEntry("test-rc", "patched");
            events.next(
                    Action.MODIFIED,
                    now -> now.getStatus().getReadyReplicas() == null
                            || now.getStatus().getReadyReplicas() == 0);
            controllers.withName("rc-test").patch(Scenario.STRATEGIC, "{\"spec\":{\"replicas\":2}}");
            events.next(
                    Action.MODIFIED,
                    now -> Integer.valueOf(2).equals(now.getStatus().getReadyReplicas()));
            assertThat(scenario.client()
                            .replicationControllers()
                            .inAnyNamespace()
                            .withLabels(Map.of("test-rc-static", scenario.namespace()))
                            .list()
                            .getItems())
                    .hasSize(1);
            untilNoConflict(() -> {
                var now = controllers.withName("rc-test").get();
                now.getMetadata().setLabels(Map.of("test-rc-static", scenario.namespace(), "test-rc", "updated"));
                now.getSpec().setReplicas(1);
                return controllers.resource(now).update();
            });
            events.next(
                    Action.MODIFIED,
                    now -> "updated".equals(now.getMetadata().getLabels().get("test-rc"))
                            && Integer.valueOf(1).equals(now.getStatus().getReadyReplicas()));
            scenario.http()
                    .delete("/api/v1/namespaces/" + scenario.namespace()
                            + "/replicationcontrollers?labelSelector=test-rc-static%3D" + scenario.namespace()
                            + "&propagationPolicy=Background")
                    .ok();
            events.next(Action.DELETED);
        }
    }

    /** Upstream also asks each pod's server for its name, through the pods' proxy, which takes containers. */
    @Behaviour("[sig-apps] ReplicationController should serve a basic image on each replica with a public image"
            + " [Conformance]")
    void image(Scenario scenario) {
        create(scenario, "my-hostname-basic", 2);
        var pods = scenario.await(
                "each replica runs",
                scenario.client().pods().inNamespace(scenario.namespace()).withLabel("name", "my-hostname-basic"),
                found -> found.size() == 2
                        && found.stream()
                                .allMatch(
                                        pod -> "Running".equals(pod.getStatus().getPhase())));
        assertThat(pods).allSatisfy(pod -> {
            assertThat(pod.getMetadata().getName()).startsWith("my-hostname-basic-");
            assertThat(pod.getStatus().getContainerStatuses())
                    .singleElement()
                    .satisfies(container -> assertThat(container.getImage()).contains("httpd:2"));
        });
    }
}
