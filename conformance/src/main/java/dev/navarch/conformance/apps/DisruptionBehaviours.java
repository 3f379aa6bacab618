package dev.navarch.conformance.apps;

import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** Upstream {@code test/e2e/apps/disruption.go}. */
class DisruptionBehaviours {
    private static PodDisruptionBudget create(Scenario scenario, String namespace, String name, int minAvailable) {
        return scenario.create(
                PodDisruptionBudget.class, """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: %s, namespace: %s, labels: {foo: bar, run: %s}}
            spec: {minAvailable: %d, selector: {matchLabels: {foo: bar}}}
            """.formatted(name, namespace, scenario.namespace(), minAvailable));
    }

    private static Resource<PodDisruptionBudget> budget(Scenario scenario) {
        return scenario.client()
                .policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(scenario.namespace())
                .withName("foo");
    }

    private static PodDisruptionBudget createFoo(Scenario scenario, int minAvailable) {
        create(scenario, scenario.namespace(), "foo", minAvailable);
        return awaitProcessed(scenario);
    }

    private static PodDisruptionBudget awaitProcessed(Scenario scenario) {
        return scenario.awaitOne(
                "the budget is processed",
                budget(scenario),
                now -> now.getStatus() != null
                        && now.getMetadata()
                                .getGeneration()
                                .equals(now.getStatus().getObservedGeneration()));
    }

    private static void update(Scenario scenario, int minAvailable) {
        untilNoConflict(() -> {
            var now = budget(scenario).get();
            now.getSpec().setMinAvailable(new IntOrString(minAvailable));
            return scenario.client().resource(now).update();
        });
        awaitProcessed(scenario);
    }

    private static void createPods(Scenario scenario, int count) {
        for (int i = 0; i < count; i++) {
            scenario.create(Pod.class, """
                apiVersion: v1
                kind: Pod
                metadata: {name: pod-%d, labels: {foo: bar}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: donothing, image: registry.k8s.io/pause:3.10}]
                """.formatted(i));
        }
        scenario.await(
                count + " ready pods",
                scenario.client().pods().inNamespace(scenario.namespace()),
                pods -> pods.stream()
                                .filter(pod -> pod.getStatus().getConditions().stream()
                                        .anyMatch(c -> c.getType().equals("Ready")
                                                && c.getStatus().equals("True")))
                                .count()
                        == count);
    }

    @Behaviour("[sig-apps] DisruptionController should create a PodDisruptionBudget [Conformance]")
    void create(Scenario scenario) {
        createFoo(scenario, 1);
        update(scenario, 2);
        assertThat(budget(scenario).get().getSpec().getMinAvailable().getIntVal())
                .isEqualTo(2);
        var patched = budget(scenario).patch(Scenario.MERGE, "{\"spec\":{\"minAvailable\":\"3%\"}}");
        assertThat(patched.getSpec().getMinAvailable().getStrVal()).isEqualTo("3%");
        budget(scenario).delete();
        scenario.awaitGone("the budget", budget(scenario));
    }

    @Behaviour(
            "[sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a"
                    + " collection of PodDisruptionBudgets [Conformance]")
    void collections(Scenario scenario) {
        var other = scenario.newNamespace("disruption-2").getMetadata().getName();
        create(scenario, scenario.namespace(), "foo", 2);
        create(scenario, scenario.namespace(), "foo2", 2);
        create(scenario, other, "foo", 1);
        var budgets = scenario.client().policy().v1().podDisruptionBudget();
        assertThat(budgets.inAnyNamespace()
                        .withLabel("run", scenario.namespace())
                        .list()
                        .getItems())
                .hasSize(3);
        assertThat(budgets.inNamespace(scenario.namespace()).list().getItems()).hasSize(2);
        scenario.http()
                .delete("/apis/policy/v1/namespaces/" + scenario.namespace()
                        + "/poddisruptionbudgets?labelSelector=foo%3Dbar")
                .ok();
        scenario.awaitGone("the budgets", budgets.inNamespace(scenario.namespace()));
        assertThat(budgets.inNamespace(other).list().getItems()).hasSize(1);
    }

    @Behaviour("[sig-apps] DisruptionController should observe PodDisruptionBudget status updated [Conformance]")
    void statusFollowsPods(Scenario scenario) {
        createFoo(scenario, 1);
        createPods(scenario, 3);
        scenario.awaitOne(
                "disruptions are allowed",
                budget(scenario),
                now -> now.getStatus().getDisruptionsAllowed() > 0);
    }

    @Behaviour("[sig-apps] DisruptionController should update/patch PodDisruptionBudget status [Conformance]")
    void status(Scenario scenario) {
        createFoo(scenario, 1);
        createPods(scenario, 1);
        scenario.awaitOne(
                "the pod is seen", budget(scenario), now -> now.getStatus().getCurrentHealthy() == 1);
        var path = "/apis/policy/v1/namespaces/" + scenario.namespace() + "/poddisruptionbudgets/foo/status";
        var at = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        var updated = untilNoConflict(() -> {
            var now = scenario.http().get(path).ok().as(PodDisruptionBudget.class);
            now.getStatus().setDisruptedPods(Map.of("pod-0", at));
            return scenario.client().resource(now).updateStatus();
        });
        assertThat(updated.getStatus().getDisruptedPods()).containsOnlyKeys("pod-0");
        var patched =
                budget(scenario).subresource("status").patch(Scenario.MERGE, "{\"status\":{\"disruptedPods\":null}}");
        assertThat(patched.getStatus().getDisruptedPods()).isNullOrEmpty();
    }

    private static int evict(Scenario scenario, String pod) {
        var answer = scenario.http()
                .post(
                        "/api/v1/namespaces/" + scenario.namespace() + "/pods/" + pod + "/eviction",
                        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"" + pod + "\"}}");
        if (answer.status() == 429) {
            assertThat(answer.json()
                            .path("details")
                            .path("causes")
                            .get(0)
                            .path("reason")
                            .asString())
                    .isEqualTo("DisruptionBudget");
        }
        return answer.status();
    }

    private static void awaitEvicted(Scenario scenario, String pod) {
        scenario.eventually(pod + " is evicted", () -> evict(scenario, pod) != 429);
        scenario.awaitGone(
                pod, scenario.client().pods().inNamespace(scenario.namespace()).withName(pod));
    }

    @Behaviour("[sig-apps] DisruptionController should block an eviction until the PDB is updated to allow it"
            + " [Conformance]")
    void blocks(Scenario scenario) {
        createFoo(scenario, 3);
        createPods(scenario, 3);
        scenario.awaitOne(
                "the pods are seen", budget(scenario), now -> now.getStatus().getCurrentHealthy() == 3);
        assertThat(evict(scenario, "pod-0")).isEqualTo(429);
        update(scenario, 2);
        awaitEvicted(scenario, "pod-0");
        budget(scenario).patch(Scenario.MERGE, "{\"spec\":{\"minAvailable\":3}}");
        awaitProcessed(scenario);
        assertThat(evict(scenario, "pod-1")).isEqualTo(429);
        budget(scenario).delete();
        awaitEvicted(scenario, "pod-1");
    }
}
