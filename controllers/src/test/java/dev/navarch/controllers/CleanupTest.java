package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.DeleteOptions;
import dev.navarch.client.DeleteOptions.Propagation;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Namespaces, garbage collection and what they leave. */
class CleanupTest {
    private static ConfigMapBuilder map(String name) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata();
    }

    private static Secret owned(String name, HasMetadata owner, boolean blocking) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion(owner.getApiVersion())
                        .withKind(owner.getKind())
                        .withName(owner.getMetadata().getName())
                        .withUid(owner.getMetadata().getUid())
                        .withBlockOwnerDeletion(blocking)
                        .build())
                .endMetadata()
                .build();
    }

    private static Namespace namespace(SimulatedCluster cluster) {
        return cluster.api
                .client()
                .resource(Namespace.class)
                .create(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName("d")
                        .endMetadata()
                        .build());
    }

    @Test
    void aNamespaceGetsItsAccountAndAuthorityAgainAndAgain() {
        try (var cluster = new SimulatedCluster(1)) {
            namespace(cluster);
            cluster.until(
                    "both",
                    () -> cluster.exists(ServiceAccount.class, "d", "default")
                            && cluster.exists(ConfigMap.class, "d", "kube-root-ca.crt"));
            cluster.api.client().resource(ServiceAccount.class).delete("d", "default", DeleteOptions.none());
            cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .patch("d", "kube-root-ca.crt", Patch.merge("{\"data\":{\"ca.crt\":\"x\"}}"));
            cluster.until(
                    "both again",
                    () -> cluster.exists(ServiceAccount.class, "d", "default")
                            && cluster.get(ConfigMap.class, "d", "kube-root-ca.crt")
                                    .getData()
                                    .get("ca.crt")
                                    .equals("AUTHORITY"));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void aDeletedNamespaceIsEmptiedPodsFirst(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 3)) {
            namespace(cluster);
            cluster.kubelets = false;
            cluster.until("the account", () -> cluster.exists(ServiceAccount.class, "d", "default"));
            cluster.api.client().resource(ConfigMap.class).create(map("a").build());
            cluster.api.put(cluster.ready(
                    new PodBuilder()
                            .withNewMetadata()
                            .withNamespace("d")
                            .withName("p")
                            .endMetadata()
                            .build(),
                    "n1"));
            cluster.api.put(cluster.node("n1"));
            cluster.api.client().resource(Namespace.class).delete("", "d", DeleteOptions.none());
            cluster.until("the pod's deletion", () -> Pods.isDeleting(cluster.get(Pod.class, "d", "p")));
            cluster.pass(Duration.ofSeconds(3));
            assertThat(cluster.exists(ConfigMap.class, "d", "a")).isTrue();
            assertThat(cluster.get(Namespace.class, "", "d").getStatus().getConditions())
                    .anySatisfy(c -> {
                        assertThat(c.getType()).isEqualTo("NamespaceContentRemaining");
                        assertThat(c.getStatus()).isEqualTo("True");
                        assertThat(c.getMessage())
                                .isEqualTo("Some resources are remaining: pods. has 1 resource instances");
                    });
            cluster.api.remove(cluster.get(Pod.class, "d", "p"));
            cluster.until("the end, seed " + seed, () -> !cluster.exists(Namespace.class, "", "d"));
            assertThat(cluster.all(ConfigMap.class)).isEmpty();
            assertThat(cluster.all(ServiceAccount.class)).isEmpty();
        }
    }

    @Test
    void aFinalizerHoldsTheNamespaceAndIsNamed() {
        try (var cluster = new SimulatedCluster(1)) {
            namespace(cluster);
            cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("a").editMetadata()
                            .withFinalizers("example.com/hold")
                            .endMetadata()
                            .build());
            cluster.api.client().resource(Namespace.class).delete("", "d", DeleteOptions.none());
            cluster.until(
                    "the condition",
                    () -> cluster.get(Namespace.class, "", "d").getStatus().getConditions().stream()
                            .anyMatch(c -> c.getType().equals("NamespaceFinalizersRemaining")
                                    && c.getMessage()
                                            .equals("Some content in the namespace has finalizers remaining:"
                                                    + " example.com/hold in 1 resource instances")));
            cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .patch("d", "a", Patch.merge("{\"metadata\":{\"finalizers\":null}}"));
            cluster.until("the end", () -> !cluster.exists(Namespace.class, "", "d"));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void backgroundDeletionTakesAChainOfDependents(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 2)) {
            var root = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("root").build());
            var child = cluster.api.client().resource(Secret.class).create(owned("child", root, true));
            cluster.api.client().resource(Secret.class).create(owned("grandchild", child, true));
            cluster.pass(Duration.ofSeconds(1));
            cluster.api.client().resource(ConfigMap.class).delete("d", "root", DeleteOptions.none());
            cluster.until(
                    "nothing left, seed " + seed,
                    () -> cluster.all(Secret.class).isEmpty());
        }
    }

    @Test
    void aDependentOfAnOwnerThatNeverWasIsCollectedAndOneOfAnotherUidToo() {
        try (var cluster = new SimulatedCluster(1)) {
            var root = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("root").build());
            var impostor =
                    map("root").editMetadata().withUid("other").endMetadata().build();
            cluster.api.client().resource(Secret.class).create(owned("kept", root, false));
            cluster.api.client().resource(Secret.class).create(owned("lost", impostor, false));
            cluster.until("one left", () -> !cluster.exists(Secret.class, "d", "lost"));
            cluster.pass(Duration.ofSeconds(2));
            assertThat(cluster.exists(Secret.class, "d", "kept")).isTrue();
        }
    }

    @Test
    void anObjectWithOneLivingOwnerStaysAndLosesTheOtherReference() {
        try (var cluster = new SimulatedCluster(1)) {
            var one = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("one").build());
            var two = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("two").build());
            var both = new SecretBuilder(owned("both", one, false))
                    .editMetadata()
                    .addToOwnerReferences(owned("x", two, false)
                            .getMetadata()
                            .getOwnerReferences()
                            .getFirst())
                    .endMetadata()
                    .build();
            cluster.api.client().resource(Secret.class).create(both);
            cluster.pass(Duration.ofSeconds(1));
            cluster.api.client().resource(ConfigMap.class).delete("d", "one", DeleteOptions.none());
            cluster.until(
                    "one reference",
                    () -> cluster.get(Secret.class, "d", "both")
                                    .getMetadata()
                                    .getOwnerReferences()
                                    .size()
                            == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void foregroundDeletionWaitsForBlockingDependents(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 2)) {
            var root = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("root").build());
            var child = new SecretBuilder(owned("child", root, true))
                    .editMetadata()
                    .withFinalizers("example.com/hold")
                    .endMetadata()
                    .build();
            cluster.api.client().resource(Secret.class).create(child);
            cluster.pass(Duration.ofSeconds(1));
            cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .delete("d", "root", DeleteOptions.none().propagation(Propagation.FOREGROUND));
            cluster.until("the child's deletion", () -> Pods.isDeleting(cluster.get(Secret.class, "d", "child")));
            cluster.pass(Duration.ofSeconds(2));
            assertThat(cluster.exists(ConfigMap.class, "d", "root")).isTrue();
            cluster.api
                    .client()
                    .resource(Secret.class)
                    .patch("d", "child", Patch.merge("{\"metadata\":{\"finalizers\":null}}"));
            cluster.until(
                    "the end, seed " + seed,
                    () -> !cluster.exists(ConfigMap.class, "d", "root")
                            && cluster.all(Secret.class).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void orphaningFreesTheDependents(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 2)) {
            var root = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("root").build());
            cluster.api.client().resource(Secret.class).create(owned("a", root, true));
            cluster.api.client().resource(Secret.class).create(owned("b", root, false));
            cluster.pass(Duration.ofSeconds(1));
            cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .delete("d", "root", DeleteOptions.none().propagation(Propagation.ORPHAN));
            cluster.until("the owner's end, seed " + seed, () -> !cluster.exists(ConfigMap.class, "d", "root"));
            cluster.pass(Duration.ofSeconds(2));
            assertThat(cluster.all(Secret.class))
                    .hasSize(2)
                    .allSatisfy(s ->
                            assertThat(s.getMetadata().getOwnerReferences()).isEmpty());
        }
    }

    private static Secret in(String namespace, Secret secret) {
        return new SecretBuilder(secret)
                .editMetadata()
                .withNamespace(namespace)
                .endMetadata()
                .build();
    }

    /** source: kubernetes test/integration/garbagecollector (TestCrossNamespaceReferencesWithWatchCache). */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOwnerInAnotherNamespaceIsNoOwnerAndThatIsReported(boolean seenTogether) {
        try (var cluster = new SimulatedCluster(1)) {
            var secrets = cluster.api.client().resource(Secret.class);
            var root = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("root").build());
            var misspelt = map("wrong")
                    .editMetadata()
                    .withUid(root.getMetadata().getUid())
                    .endMetadata()
                    .build();
            secrets.create(in("e", owned("bad", root, false)));
            secrets.create(owned("misspelt", misspelt, false));
            secrets.create(owned("good", root, false));
            if (seenTogether) {
                cluster.restart();
            }
            cluster.until("one left", () -> cluster.all(Secret.class).size() == 1);
            cluster.pass(Duration.ofSeconds(5));
            assertThat(cluster.exists(Secret.class, "d", "good")).isTrue();
            // it is reported once the collector has seen the owner, which may be after the dependent is gone
            cluster.until("the event", () -> {
                if (!cluster.exists(Secret.class, "e", "bad")) {
                    secrets.create(in("e", owned("bad", root, false)));
                }
                return cluster.all(Event.class).stream()
                        .anyMatch(e -> e.getReason().equals("OwnerRefInvalidNamespace")
                                && e.getType().equals("Warning")
                                && e.getInvolvedObject().getName().equals("bad")
                                && e.getMessage()
                                        .equals("ownerRef [v1/ConfigMap, namespace: e, name: root, uid: "
                                                + root.getMetadata().getUid()
                                                + "] does not exist in namespace \"e\""));
            });
        }
    }

    @Test
    void aClusterScopedObjectIsNotCollectedForANamespacedOwner() {
        try (var cluster = new SimulatedCluster(1)) {
            var root = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(map("root").build());
            var reference = owned("x", root, false).getMetadata().getOwnerReferences();
            cluster.api
                    .client()
                    .resource(Namespace.class)
                    .create(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName("s")
                            .withOwnerReferences(reference)
                            .endMetadata()
                            .build());
            cluster.pass(Duration.ofSeconds(2));
            cluster.api.client().resource(ConfigMap.class).delete("d", "root", DeleteOptions.none());
            cluster.pass(Duration.ofSeconds(5));
            assertThat(cluster.get(Namespace.class, "", "s").getMetadata().getDeletionTimestamp())
                    .isNull();
        }
    }

    /** source: kubernetes test/e2e/apimachinery/garbage_collector.go (should not be blocked by dependency circle). */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void aCircleOfOwnersDoesNotBlockItsDeletion(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 2)) {
            var secrets = cluster.api.client().resource(Secret.class);
            var names = List.of("one", "two", "three");
            for (int i = 0; i < 3; i++) {
                var before = i == 0 ? null : cluster.get(Secret.class, "d", names.get(i - 1));
                secrets.create(
                        before == null
                                ? new SecretBuilder(owned("one", map("x").build(), true))
                                        .editMetadata()
                                        .withOwnerReferences(List.of())
                                        .endMetadata()
                                        .build()
                                : owned(names.get(i), before, true));
            }
            var last = cluster.get(Secret.class, "d", "three");
            var closing = owned("one", last, true).getMetadata().getOwnerReferences();
            var first = new SecretBuilder(cluster.get(Secret.class, "d", "one"))
                    .editMetadata()
                    .withOwnerReferences(closing)
                    .endMetadata()
                    .build();
            secrets.update(first);
            cluster.pass(Duration.ofSeconds(1));
            secrets.delete("d", "one", DeleteOptions.none().propagation(Propagation.FOREGROUND));
            cluster.until(
                    "nothing left, seed " + seed,
                    () -> cluster.all(Secret.class).isEmpty());
        }
    }

    /**
     * source: kubernetes test/e2e/apimachinery/garbage_collector.go (should not delete dependents that have both valid
     * owner and owner that's waiting for dependents to be deleted).
     */
    @Test
    void aDependentWithAnotherOwnerSurvivesAForegroundDeletion() {
        try (var cluster = new SimulatedCluster(1)) {
            var maps = cluster.api.client().resource(ConfigMap.class);
            var dying = maps.create(map("dying").build());
            var staying = maps.create(map("staying").build());
            var both = new SecretBuilder(owned("both", dying, true))
                    .editMetadata()
                    .addToOwnerReferences(owned("x", staying, true)
                            .getMetadata()
                            .getOwnerReferences()
                            .getFirst())
                    .endMetadata()
                    .build();
            cluster.api.client().resource(Secret.class).create(both);
            cluster.api.client().resource(Secret.class).create(owned("alone", dying, true));
            cluster.pass(Duration.ofSeconds(1));
            maps.delete("d", "dying", DeleteOptions.none().propagation(Propagation.FOREGROUND));
            cluster.until("the end", () -> !cluster.exists(ConfigMap.class, "d", "dying"));
            assertThat(cluster.exists(Secret.class, "d", "alone")).isFalse();
            assertThat(cluster.get(Secret.class, "d", "both").getMetadata().getOwnerReferences())
                    .singleElement()
                    .satisfies(o -> assertThat(o.getName()).isEqualTo("staying"));
        }
    }
}
