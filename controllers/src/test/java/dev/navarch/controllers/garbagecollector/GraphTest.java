package dev.navarch.controllers.garbagecollector;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import org.junit.jupiter.api.Test;

/** source of the cases: kubernetes pkg/controller/garbagecollector/garbagecollector_test.go (TestConflictingData). */
class GraphTest {
    private final AbsentOwners absent = new AbsentOwners();
    private final Graph graph = new Graph(absent);

    private static PartialObjectMetadata object(String namespace, String name, String uid, OwnerReference... owners) {
        var object = new PartialObjectMetadata();
        object.setApiVersion("v1");
        object.setKind("ConfigMap");
        object.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName(name)
                .withUid(uid)
                .withOwnerReferences(owners)
                .build());
        return object;
    }

    private static OwnerReference owner(String name, String uid) {
        return new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName(name)
                .withUid(uid)
                .build();
    }

    private static Coordinates at(String namespace, String name, String uid) {
        return new Coordinates("v1", "ConfigMap", namespace, name, uid);
    }

    @Test
    void anOwnerThatWasNotSeenIsLookedFor() {
        assertThat(graph.observe(object("n", "child", "c", owner("parent", "p")))
                        .delete())
                .containsExactly("p");
        assertThat(graph.item("p").orElseThrow().virtual()).isTrue();
        assertThat(graph.observe(object("n", "parent", "p")).delete()).isEmpty();
        assertThat(graph.item("p").orElseThrow().virtual()).isFalse();
    }

    @Test
    void aBadChildOfAGoodParentIsDoubtedWhicheverComesFirst() {
        graph.observe(object("n", "parent", "p"));
        var second = graph.observe(object("m", "bad", "b", owner("parent", "p")));
        assertThat(second.delete()).containsExactly("b");
        assertThat(second.misplaced())
                .containsExactly(new Graph.Misplaced(at("m", "bad", "b"), at("m", "parent", "p")));

        graph.observe(object("m", "early", "e", owner("other", "o")));
        var later = graph.observe(object("n", "other", "o"));
        assertThat(later.delete()).containsExactly("e");
        assertThat(later.misplaced())
                .containsExactly(new Graph.Misplaced(at("m", "early", "e"), at("m", "other", "o")));
    }

    @Test
    void aWrongNameIsDoubtedButNotReported() {
        graph.observe(object("n", "parent", "p"));

        var wake = graph.observe(object("n", "bad", "b", owner("misspelt", "p")));

        assertThat(wake.delete()).containsExactly("b");
        assertThat(wake.misplaced()).isEmpty();
    }

    @Test
    void whatABadChildSaysOfAnAbsentOwnerDoesNotHurtGoodOnes() {
        graph.observe(object("m", "bad", "b", owner("parent", "p")));
        graph.observe(object("n", "good", "g", owner("parent", "p")));

        var wake = graph.absent(at("m", "parent", "p"));

        assertThat(wake.delete()).containsExactly("b");
        assertThat(wake.later()).containsExactly("p");
        assertThat(graph.item("p").orElseThrow().at()).isEqualTo(at("n", "parent", "p"));
        assertThat(absent.has(owner("parent", "p"), "m")).isTrue();
        assertThat(absent.has(owner("parent", "p"), "n")).isFalse();
    }

    @Test
    void aSeenOwnerStaysWhateverIsSaidToBeElsewhere() {
        graph.observe(object("n", "parent", "p"));
        graph.observe(object("m", "bad", "b", owner("parent", "p")));
        graph.observe(object("n", "good", "g", owner("parent", "p")));

        assertThat(graph.absent(at("m", "parent", "p")).delete()).containsExactly("b");

        assertThat(graph.item("p").orElseThrow().virtual()).isFalse();
        assertThat(graph.remove("p").delete()).containsExactlyInAnyOrder("b", "g");
    }

    @Test
    void whenAllAgreeAnAbsentOwnerIsForgottenAndItsDependentsAreLookedAt() {
        graph.observe(object("n", "one", "1", owner("parent", "p")));
        graph.observe(object("n", "two", "2", owner("parent", "p")));

        assertThat(graph.absent(at("n", "parent", "p")).delete()).containsExactlyInAnyOrder("1", "2");
        assertThat(graph.item("p")).isEmpty();
        assertThat(absent.has(owner("parent", "p"), "n")).isTrue();
    }

    @Test
    void aClusterScopedOwnerIsInReachOfEveryNamespace() {
        graph.observe(object("n", "child", "c", owner("parent", "p")));

        var wake = graph.observe(object("", "parent", "p"));

        assertThat(wake.delete()).isEmpty();
        assertThat(wake.misplaced()).isEmpty();
        assertThat(graph.observe(object("m", "other", "o", owner("parent", "p")))
                        .delete())
                .isEmpty();
    }
}
