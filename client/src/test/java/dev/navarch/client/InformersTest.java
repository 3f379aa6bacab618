package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InformersTest {
    private static final Duration STEP = Duration.ofMillis(100);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final Informers informers = new Informers(api.client(), time, new Random(2));
    private final Informer<ConfigMap> maps = informers.of(ConfigMap.class);
    private final List<String> told = new CopyOnWriteArrayList<>();

    InformersTest() {
        maps.addHandler(new Handler<>() {
            @Override
            public void added(ConfigMap object) {
                told.add("+" + object.getMetadata().getName());
            }

            @Override
            public void updated(ConfigMap before, ConfigMap now) {
                told.add("~" + now.getMetadata().getName() + before.getData() + now.getData());
            }

            @Override
            public void deleted(ConfigMap last) {
                told.add("-" + last.getMetadata().getName());
            }
        });
    }

    @AfterEach
    void close() {
        informers.close();
    }

    private static ConfigMap map(String name, String value) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .withData(Map.of("k", value))
                .build();
    }

    private void start() throws Exception {
        informers.start();
        informers.awaitSynced(Duration.ofMinutes(1));
        Await.until("a watch", () -> api.openWatches() == 1);
    }

    @Test
    void theListIsToldFirstThenEveryChangeInOrder() throws Exception {
        api.put(map("a", "1"));
        start();
        api.put(map("b", "1"));
        api.put(map("a", "2"));
        api.remove(map("b", ""));
        Await.until("four changes", () -> told.size() == 4);
        assertThat(told).containsExactly("+a", "+b", "~a{k=1}{k=2}", "-b");
        assertThat(maps.get("d", "a").orElseThrow().getData()).containsEntry("k", "2");
        assertThat(maps.get("d", "b")).isEmpty();
        assertThat(maps.list("d")).hasSize(1);
        assertThat(maps.list("other")).isEmpty();
    }

    @Test
    void anObjectThatAnIndexCannotReadKeepsNoOtherOut() throws Exception {
        maps.addIndex("value", m -> List.of(m.getData().get("k")));
        api.put(map("a", "1"));
        var odd = map("b", "1");
        odd.setData(null);
        api.put(odd);
        start();
        assertThat(maps.list("d")).hasSize(2);
        assertThat(maps.byIndex("value", "1")).hasSize(1);
    }

    @Test
    void anIndexFollowsTheObjects() throws Exception {
        maps.addIndex("value", m -> m.getData().values());
        api.put(map("a", "1"));
        start();
        assertThat(maps.byIndex("value", "1")).hasSize(1);
        api.put(map("a", "2"));
        Await.until("the update", () -> told.size() == 2);
        assertThat(maps.byIndex("value", "1")).isEmpty();
        assertThat(maps.byIndex("value", "2")).hasSize(1);
    }

    @Test
    void aBrokenWatchGoesOnWhereItWas() throws Exception {
        api.put(map("a", "1"));
        start();
        api.breakWatches(false);
        api.put(map("b", "1"));
        Await.until("the missed change", time, STEP, () -> told.contains("+b"));
        assertThat(told).containsExactly("+a", "+b");
    }

    @Test
    void afterAnExpiredWatchTheDeletedAreToldByComparingLists() throws Exception {
        api.put(map("a", "1"));
        api.put(map("b", "1"));
        start();
        api.holdWatches();
        api.remove(map("a", ""));
        api.put(map("c", "1"));
        api.compact();
        api.releaseWatches();
        api.breakWatches(true);
        Await.until("the new list", time, STEP, () -> told.contains("+c") && told.contains("-a"));
        assertThat(told).containsExactlyInAnyOrder("+a", "+b", "+c", "-a");
        assertThat(maps.get("d", "a")).isEmpty();
    }

    @Test
    void aBookmarkMovesThePlaceToResumeFrom() throws Exception {
        api.put(map("a", "1"));
        start();
        api.put(new io.fabric8.kubernetes.api.model.SecretBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("s")
                .endMetadata()
                .build());
        api.bookmark();
        api.put(map("b", "1")); // proves that the bookmark was read before
        Await.until("b", () -> told.contains("+b"));
        api.compact();
        api.breakWatches(false);
        api.put(map("c", "1"));
        Await.until("c", time, STEP, () -> told.contains("+c"));
        assertThat(told).containsExactly("+a", "+b", "+c");
    }

    @Test
    void anObjectMadeAnewUnderItsNameIsToldAsDeletedAndAdded() throws Exception {
        api.put(map("a", "1"));
        start();
        api.holdWatches();
        api.remove(map("a", ""));
        api.put(map("a", "2"));
        api.compact();
        api.releaseWatches();
        api.breakWatches(true);
        Await.until("both", time, STEP, () -> told.size() == 3);
        assertThat(told).containsExactly("+a", "-a", "+a");
    }

    @Test
    void aLateHandlerIsToldOfWhatIsThere() throws Exception {
        api.put(map("a", "1"));
        start();
        List<String> late = new CopyOnWriteArrayList<>();
        maps.addHandler(Handler.each(m -> late.add(m.getMetadata().getName())));
        assertThat(late).containsExactly("a");
    }

    @Test
    void aFailingHandlerDoesNotStopTheOthers() throws Exception {
        List<String> others = new CopyOnWriteArrayList<>();
        maps.addHandler(Handler.each(_ -> {
            throw new IllegalStateException("on purpose");
        }));
        maps.addHandler(Handler.each(m -> others.add(m.getMetadata().getName())));
        api.put(map("a", "1"));
        start();
        api.put(map("b", "1"));
        Await.until("b", () -> others.contains("b"));
        assertThat(others).containsExactly("a", "b");
    }

    @Test
    void whoAwaitsTheFirstListsIsToldOnceWhenTheyAreThere() throws Exception {
        List<List<String>> missing = new CopyOnWriteArrayList<>();
        informers.whenSynced(Duration.ofSeconds(30), missing::add);
        assertThat(missing).isEmpty();
        start();
        Await.until("it is told", () -> !missing.isEmpty());
        time.advance(Duration.ofMinutes(1));
        informers.whenSynced(Duration.ofSeconds(30), missing::add);
        assertThat(missing).containsExactly(List.of(), List.of());
    }

    @Test
    void whoAwaitsTheFirstListsInVainIsToldByTheClock() {
        List<List<String>> missing = new CopyOnWriteArrayList<>();
        informers.whenSynced(Duration.ofSeconds(30), missing::add);
        time.advance(Duration.ofSeconds(29));
        assertThat(missing).isEmpty();
        time.advance(Duration.ofSeconds(1));
        assertThat(missing).containsExactly(List.of("configmaps"));
        informers.whenSynced(Duration.ofSeconds(30), missing::add);
        informers.close();
        time.advance(Duration.ofSeconds(30));
        assertThat(missing).hasSize(1);
    }
}
