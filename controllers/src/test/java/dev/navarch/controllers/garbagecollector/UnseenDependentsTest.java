package dev.navarch.controllers.garbagecollector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.DeleteOptions.Propagation;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ResourceKind;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Discovery;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An owner is deleted before the graph has seen all that it made: watches of two kinds don't wait for each other. */
class UnseenDependentsTest {
    private static final ResourceKind<PartialObjectMetadata> KIND =
            ResourceKind.metadataOf("", "v1", "configmaps", "ConfigMap", true);

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final ApiClient client = new FakeApi(time, new Random(1)).client();
    private final AbsentOwners absent = new AbsentOwners();
    private final Graph graph = new Graph(absent);
    private final Kinds kinds = new Kinds();
    private final WorkQueue<String> deletions = new WorkQueue<>(time);
    private final WorkQueue<String> orphanings = new WorkQueue<>(time);
    private final EventRecorder events = new EventRecorder(client, time, "test", "");
    private final GarbageReconciler reconciler =
            new GarbageReconciler(client, events, graph, absent, kinds, deletions, orphanings);

    private ConfigMap owner;

    @BeforeEach
    void anOwnerWithOneThatIsSeenAndOneThatIsNot() {
        kinds.set(List.of(new Discovery.Found("", "v1", "configmaps", "ConfigMap", true, Set.of())));
        owner = create("owner");
        see("owner");
        create("seen");
        see("seen");
        create("unseen");
    }

    @AfterEach
    void close() {
        events.close();
    }

    private ConfigMap create(String name) {
        var object = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("n")
                .withName(name)
                .endMetadata();
        if (owner != null) {
            object.editMetadata()
                    .addNewOwnerReference()
                    .withApiVersion("v1")
                    .withKind("ConfigMap")
                    .withName(owner.getMetadata().getName())
                    .withUid(owner.getMetadata().getUid())
                    .withBlockOwnerDeletion(true)
                    .endOwnerReference()
                    .endMetadata();
        }
        return client.resource(ConfigMap.class).create(object.build());
    }

    private void see(String name) {
        client.resource(KIND).get("n", name).ifPresent(object -> reconciler.wake(graph.observe(object)));
    }

    private boolean exists(String name) {
        return client.resource(ConfigMap.class).get("n", name).isPresent();
    }

    private void delete(String name, Propagation how) {
        client.resource(ConfigMap.class).delete("n", name, DeleteOptions.none().propagation(how));
    }

    @Test
    void aForegroundDeletionWaitsForThem() {
        var seen = client.resource(ConfigMap.class).get("n", "seen").orElseThrow();
        delete("seen", Propagation.BACKGROUND);
        graph.remove(seen.getMetadata().getUid());
        delete("owner", Propagation.FOREGROUND);
        see("owner");
        reconciler.reconcile(owner.getMetadata().getUid());
        assertThat(exists("owner")).isTrue();
        delete("unseen", Propagation.BACKGROUND);
        for (var key = deletions.poll(); key != null; key = deletions.poll()) {
            deletions.done(key); // what the graph itself wakes
        }
        time.advance(Duration.ofSeconds(2));
        assertThat(deletions.length()).as("it is looked at again").isEqualTo(1);
        reconciler.reconcile(owner.getMetadata().getUid());
        assertThat(exists("owner")).isFalse();
    }

    @Test
    void orphansAreFreedToo() {
        delete("owner", Propagation.ORPHAN);
        see("owner");
        reconciler.orphan(owner.getMetadata().getUid());
        assertThat(exists("owner")).isFalse();
        assertThat(List.of("seen", "unseen"))
                .allSatisfy(name -> assertThat(client.resource(ConfigMap.class)
                                .get("n", name)
                                .orElseThrow()
                                .getMetadata()
                                .getOwnerReferences())
                        .isEmpty());
    }
}
