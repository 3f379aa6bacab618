package dev.navarch.conformance.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionList;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;

/** Upstream {@code test/e2e/apps/controller_revision.go}. */
class ControllerRevisionBehaviours {
    private static NonNamespaceOperation<ControllerRevision, ControllerRevisionList, Resource<ControllerRevision>>
            revisions(Scenario scenario) {
        return scenario.client().apps().controllerRevisions().inNamespace(scenario.namespace());
    }

    private static List<ControllerRevision> await(Scenario scenario, String name, int count) {
        return scenario.await(
                count + " revisions",
                revisions(scenario).withLabel("daemonset-name", name),
                found -> found.size() == count);
    }

    @Behaviour("[sig-apps] ControllerRevision [Serial] should manage the lifecycle of a ControllerRevision"
            + " [Conformance]")
    void lifecycle(Scenario scenario) {
        var name = scenario.unique("e2e");
        var set = scenario.create(DaemonSet.class, """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: %1$s, labels: {daemonset-name: %1$s}}
            spec:
              selector: {matchLabels: {daemonset-name: %1$s}}
              template:
                metadata: {labels: {daemonset-name: %1$s}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: app, image: "agnhost:1"}]
            """.formatted(name));
        var sets = scenario.client().apps().daemonSets().inNamespace(scenario.namespace());
        scenario.awaitOne(
                "the daemon set works",
                sets.withName(name),
                now -> now.getStatus() != null
                        && now.getMetadata()
                                .getGeneration()
                                .equals(now.getStatus().getObservedGeneration())
                        && now.getStatus()
                                .getNumberReady()
                                .equals(now.getStatus().getDesiredNumberScheduled())
                        && now.getStatus().getNumberReady() > 0);
        var initial = scenario.client()
                .apps()
                .controllerRevisions()
                .inAnyNamespace()
                .withLabel("daemonset-name", name)
                .list()
                .getItems();
        assertThat(initial).singleElement().satisfies(revision -> {
            assertThat(revision.getRevision()).isEqualTo(1);
            assertThat(revision.getMetadata().getOwnerReferences())
                    .singleElement()
                    .satisfies(owner -> {
                        assertThat(owner.getKind()).isEqualTo("DaemonSet");
                        assertThat(owner.getUid()).isEqualTo(set.getMetadata().getUid());
                    });
        });
        var first = initial.getFirst();
        var patched = revisions(scenario)
                .withName(first.getMetadata().getName())
                .patch(
                        Scenario.STRATEGIC,
                        "{\"metadata\":{\"labels\":{\"" + first.getMetadata().getName() + "\":\"patched\"}}}");
        assertThat(patched.getMetadata().getLabels())
                .containsEntry(first.getMetadata().getName(), "patched");

        var second = revisions(scenario)
                .resource(new ControllerRevisionBuilder()
                        .withNewMetadata()
                        .withName(name + "-e2e")
                        .withLabels(set.getSpec().getTemplate().getMetadata().getLabels())
                        .addToLabels("controller-revision-hash", "e2e")
                        .withOwnerReferences(first.getMetadata().getOwnerReferences())
                        .endMetadata()
                        .withData(first.getData())
                        .withRevision(first.getRevision() + 1)
                        .build())
                .create();
        await(scenario, name, 2);
        revisions(scenario).withName(first.getMetadata().getName()).delete();
        assertThat(await(scenario, name, 1).getFirst().getMetadata().getName())
                .isEqualTo(second.getMetadata().getName());

        var updated = Scenario.untilNoConflict(() -> {
            var now =
                    revisions(scenario).withName(second.getMetadata().getName()).get();
            now.getMetadata().getLabels().put(second.getMetadata().getName(), "updated");
            return revisions(scenario).resource(now).update();
        });
        assertThat(updated.getMetadata().getLabels())
                .containsEntry(second.getMetadata().getName(), "updated");
        sets.withName(name)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":1}}}}");
        await(scenario, name, 2);
        scenario.http()
                .delete("/apis/apps/v1/namespaces/" + scenario.namespace() + "/controllerrevisions?labelSelector="
                        + second.getMetadata().getName() + "%3Dupdated")
                .ok();
        assertThat(await(scenario, name, 1).getFirst().getRevision()).isEqualTo(3);
    }
}
