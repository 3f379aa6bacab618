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
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.util.List;

/** Upstream {@code test/e2e/apimachinery/garbage_collector.go}, those with Deployments and Pods. */
class GarbageCollectorBehaviours {
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
        var owner = pod(scenario, "owner", List.of());
        pod(scenario, "owned", List.of(reference(owner)));
        scenario.client().pods().resource(owner).delete();
        scenario.awaitGone(
                "the later dependent",
                scenario.client().pods().inNamespace(scenario.namespace()).withName("owned"));
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
}
