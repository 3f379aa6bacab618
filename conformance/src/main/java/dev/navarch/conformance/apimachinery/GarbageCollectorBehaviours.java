package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.util.List;

/** Upstream {@code test/e2e/apimachinery/garbage_collector.go}. */
class GarbageCollectorBehaviours {
    private static final int REPLICAS = 10;
    private static final String DEPLOYMENT = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: simpletest.deployment}
        spec:
          replicas: 2
          selector: {matchLabels: {gctest: %1$s}}
          template:
            metadata: {labels: {gctest: %1$s}}
            spec:
              containers: [{name: nginx, image: nginx:1}]
        """;

    private static Deployment withReplicaSet(Scenario scenario, String label) {
        var made = scenario.create(Deployment.class, DEPLOYMENT.formatted(label));
        scenario.await(
                "a replica set",
                scenario.client().apps().replicaSets().inNamespace(scenario.namespace()),
                sets -> !sets.isEmpty());
        return made;
    }

    private static void delete(Scenario scenario, DeletionPropagation policy) {
        scenario.client()
                .apps()
                .deployments()
                .inNamespace(scenario.namespace())
                .withName("simpletest.deployment")
                .withPropagationPolicy(policy)
                .delete();
        scenario.awaitGone(
                "the deployment", scenario.client().apps().deployments().inNamespace(scenario.namespace()));
    }

    @Behaviour("[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning"
            + " [Conformance]")
    void background(Scenario scenario) {
        withReplicaSet(scenario, "delete-rs");
        delete(scenario, DeletionPropagation.BACKGROUND);
        scenario.awaitGone(
                "replica sets", scenario.client().apps().replicaSets().inNamespace(scenario.namespace()));
        scenario.awaitGone("pods", scenario.client().pods().inNamespace(scenario.namespace()));
    }

    /** Upstream looks after 30 seconds; here a collection that was asked for later shows that the collector has passed. */
    @Behaviour("[sig-api-machinery] Garbage collector should orphan RS created by deployment when"
            + " deleteOptions.PropagationPolicy is Orphan [Conformance]")
    void orphan(Scenario scenario) {
        withReplicaSet(scenario, "orphan-rs");
        var sets = scenario.client().apps().replicaSets().inNamespace(scenario.namespace());
        scenario.awaitOne("two pods", sets, set -> set.getStatus().getReplicas() == 2);
        delete(scenario, DeletionPropagation.ORPHAN);
        awaitPass(scenario);
        assertThat(sets.list().getItems())
                .singleElement()
                .satisfies(set -> assertThat(set.getMetadata().getOwnerReferences())
                        .noneMatch(reference -> Boolean.TRUE.equals(reference.getController())));
        assertThat(scenario.client()
                        .pods()
                        .inNamespace(scenario.namespace())
                        .withLabel("gctest", "orphan-rs")
                        .list()
                        .getItems())
                .hasSize(2);
    }

    /** Waits until the collector has deleted a dependent whose owner went later than everything before. */
    private static void awaitPass(Scenario scenario) {
        var owner = pod(scenario, "owner", List.of());
        pod(scenario, "owned", List.of(reference(owner)));
        scenario.client().pods().resource(owner).delete();
        scenario.awaitGone(
                "the later dependent",
                scenario.client().pods().inNamespace(scenario.namespace()).withName("owned"));
    }

    private static Pod pod(Scenario scenario, String name, List<OwnerReference> owners) {
        return scenario.create(new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withOwnerReferences(owners)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("nginx")
                .withImage("nginx:1")
                .endContainer()
                .endSpec()
                .build());
    }

    private static OwnerReference reference(Pod owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    @Behaviour("[sig-api-machinery] Garbage collector should not be blocked by dependency circle [Conformance]")
    void circle(Scenario scenario) {
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        var first = pod(scenario, "pod1", List.of());
        var second = pod(scenario, "pod2", List.of(reference(first)));
        var third = pod(scenario, "pod3", List.of(reference(second)));
        pods.withName("pod1")
                .patch(
                        Scenario.STRATEGIC,
                        "{\"metadata\":{\"ownerReferences\":["
                                + scenario.client().getKubernetesSerialization().asJson(reference(third)) + "]}}");
        try (var events = Events.of(pods.withName("pod1"))) {
            pods.withName("pod1")
                    .withPropagationPolicy(DeletionPropagation.FOREGROUND)
                    .delete();
            events.next(Action.DELETED);
        }
        scenario.awaitGone("all pods", pods);
    }

    private static ReplicationController controller(Scenario scenario, String name, int replicas) {
        return scenario.create(ReplicationController.class, """
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: %1$s}
            spec:
              replicas: %2$d
              selector: {gctest: %1$s}
              template:
                metadata: {labels: {gctest: %1$s}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: nginx, image: nginx:1}]
            """.formatted(name, replicas));
    }

    private static ReplicationController stableController(Scenario scenario, String name) {
        var made = controller(scenario, name, REPLICAS);
        scenario.awaitOne(
                "all its pods",
                scenario.client()
                        .replicationControllers()
                        .inNamespace(scenario.namespace())
                        .withName(name),
                controller -> controller.getStatus() != null
                        && Integer.valueOf(REPLICAS)
                                .equals(controller.getStatus().getReplicas()));
        return made;
    }

    /** Deletes the very one that was made, and waits until it is gone. */
    private static void delete(Scenario scenario, ReplicationController controller, String policy) {
        var path = "/api/v1/namespaces/" + scenario.namespace() + "/replicationcontrollers/"
                + controller.getMetadata().getName();
        scenario.http()
                .call("DELETE", path)
                .body(
                        "application/json",
                        "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":\"%s\",\"preconditions\":{\"uid\":\"%s\"}}"
                                .formatted(policy, controller.getMetadata().getUid()))
                .send()
                .ok();
        scenario.awaitGone(
                "the replication controller",
                scenario.client()
                        .replicationControllers()
                        .inNamespace(scenario.namespace())
                        .withName(controller.getMetadata().getName()));
    }

    @Behaviour(
            "[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning [Conformance]")
    void backgroundOfAController(Scenario scenario) {
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        var controller = controller(scenario, "simpletest.rc", 2);
        scenario.await("a first pod", pods, found -> !found.isEmpty());
        delete(scenario, controller, "Background");
        scenario.awaitGone("its pods", pods);
    }

    @Behaviour("[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so"
            + " [Serial] [Conformance]")
    void orphansOfAController(Scenario scenario) {
        delete(scenario, stableController(scenario, "simpletest.rc"), "Orphan");
        awaitPass(scenario);
        assertThat(scenario.client()
                        .pods()
                        .inNamespace(scenario.namespace())
                        .withLabel("gctest", "simpletest.rc")
                        .list()
                        .getItems())
                .hasSize(REPLICAS)
                .allSatisfy(pod ->
                        assertThat(pod.getMetadata().getOwnerReferences()).isEmpty());
    }

    @Behaviour("[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the"
            + " deleteOptions says so [Serial] [Conformance]")
    void foregroundOfAController(Scenario scenario) {
        delete(scenario, stableController(scenario, "simpletest.rc"), "Foreground");
        assertThat(scenario.client()
                        .pods()
                        .inNamespace(scenario.namespace())
                        .list()
                        .getItems())
                .isEmpty();
    }

    @Behaviour("[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner"
            + " that's waiting for dependents to be deleted [Serial] [Conformance]")
    void oneOwnerStays(Scenario scenario) {
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        var goes = stableController(scenario, "simpletest-rc-to-be-deleted");
        var stays = controller(scenario, "simpletest-rc-to-stay", 0).getMetadata();
        pods.list().getItems().stream()
                .limit(REPLICAS / 2)
                .forEach(pod -> pods.withName(pod.getMetadata().getName())
                        .patch(
                                Scenario.STRATEGIC,
                                "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ReplicationController\",\"name\":\"%s\",\"uid\":\"%s\"}]}}"
                                        .formatted(stays.getName(), stays.getUid())));
        delete(scenario, goes, "Foreground");
        assertThat(pods.list().getItems()).hasSize(REPLICAS / 2).allSatisfy(pod -> {
            assertThat(pod.getMetadata().getDeletionTimestamp()).isNull();
            assertThat(pod.getMetadata().getOwnerReferences())
                    .singleElement()
                    .extracting(OwnerReference::getName)
                    .isEqualTo(stays.getName());
        });
    }
}
