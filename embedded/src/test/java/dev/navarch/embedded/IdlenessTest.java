package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.User;
import dev.navarch.client.ListQuery;
import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Watch;
import dev.navarch.storage.Write;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdlenessTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final MemoryStore memory = new MemoryStore(time);
    private final RecordedStore store = new RecordedStore(memory, new History(List.of()), time);
    private final Idleness idleness = new Idleness(time);

    IdlenessTest() {
        idleness.add("watches", memory::idle, store::lagging);
        idleness.tell(store);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static ApiCall call(String verb, String user) {
        return new ApiCall(verb, "", "pods", "", "default", "web", user, user, "/api/v1/namespaces/default/pods/web");
    }

    private Watch watchAs(String user, String prefix) throws Exception {
        var watch = ScopedValue.where(History.WRITER, call("watch", user)).call(() -> store.watch(prefix, 0));
        watch.listen(() -> {});
        return watch;
    }

    private void createAs(String user, String key) {
        ScopedValue.where(History.WRITER, call("create", user)).run(() -> store.write(new Write.Create(key, draft())));
    }

    private static Draft draft() {
        return new Draft("{}".getBytes(StandardCharsets.UTF_8), -1);
    }

    @Test
    void whoseWatchLagsBehindIsTold() throws Exception {
        var lagging = watchAs("system:kube-scheduler", "/registry/core/pods/");
        watchAs("system:kube-proxy", "/registry/discovery.k8s.io/endpointslices/");
        idleness.await();
        createAs("alice", "/registry/core/pods/default/a");
        createAs("alice", "/registry/core/pods/default/b");
        assertThatThrownBy(() -> idleness.await(Duration.ZERO))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "watches busy (that of pods read by system:kube-scheduler: 2 changes unseen); nothing was written");
        assertThat(store.after(1))
                .isEqualTo("1 × pods default/a by alice (create), 1 × pods default/b by alice (create)");
        assertThat(lagging.poll()).hasSize(2);
        idleness.await();
    }

    @Test
    void whoIsNotBackForMoreIsTold() {
        store.watch("/registry/apps/deployments/default/", 0);
        assertThatThrownBy(() -> idleness.await(Duration.ZERO))
                .hasMessageContaining("(that of deployments.apps default/ read by the API server itself: at work on the"
                        + " newest change); nothing was written in the last");
    }

    @Test
    void workAndPartsThatAreBusyAreTold() {
        try (var _ = time.begin()) {
            assertThatThrownBy(() -> idleness.await(Duration.ZERO))
                    .hasMessageContaining("within 0 s: work is under way;");
        }
        var idle = new AtomicBoolean();
        idleness.add("scheduler", idle::get);
        assertThatThrownBy(() -> idleness.await(Duration.ZERO)).hasMessageContaining(": scheduler busy;");
        idle.set(true);
        idleness.await();
    }

    /** Two that undo each other's writes. */
    @Test
    void whoWritesWithoutEndIsTold() throws Exception {
        var key = "/registry/core/configmaps/default/contended";
        createAs("alice", key);
        var enough = time.gate();
        var written = new CountDownLatch(2);
        for (var user : List.of("alice", "bob")) {
            var work = time.begin();
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 100; i++) {
                    ScopedValue.where(History.WRITER, call("update", user)).run(() -> store.write(update(key)));
                }
                written.countDown();
                try (work) {
                    enough.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        written.await();
        assertThatThrownBy(() -> idleness.await(Duration.ZERO)).hasMessageContaining("work is under way; ");
        enough.open();
        idleness.await();
        assertThat(store.after(0))
                .matches("\\d+ × configmaps default/contended by (alice|bob) \\(update\\), .*")
                .contains("by alice (create)");
        assertThat(store.after(store.revision())).isEmpty();
    }

    private Write update(String key) {
        return new Write.Update(key, store.get(key).orElseThrow().revision(), draft());
    }

    @Test
    void inAClusterTheReaderIsKnown() throws Exception {
        try (var cluster = EmbeddedCluster.builder().paused().start()) {
            cluster.awaitIdle();
            var bob = cluster.asUser(new User("bob", List.of(User.MASTERS)));
            var watch = bob.resource(ConfigMap.class).watch(ListQuery.all(), "");
            var idleness = cluster.open().idleness;
            assertThatThrownBy(() -> idleness.await(Duration.ZERO))
                    .hasMessageContaining("that of configmaps read by bob");
            watch.close();
            cluster.awaitIdle();
        }
    }
}
