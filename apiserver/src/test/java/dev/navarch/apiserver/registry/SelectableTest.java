package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.storage.Entry;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SelectableTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    private final TestApi api = new TestApi();
    private final ServedResource maps = new Resources(
                    api.catalogue,
                    KindRulesCatalogue.builtIn(),
                    Map.of(),
                    new FieldManager.Shared(api.time),
                    Duration.ofHours(1))
            .of("", "configmaps");

    @AfterEach
    void close() {
        api.close();
    }

    private Entry create(String name, String label) {
        api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"l\":\"" + label + "\"}}}")
                .expect(201);
        return now(name);
    }

    private Entry now(String name) {
        return api.store.get(maps.key("default", name)).orElseThrow();
    }

    @Test
    void theNewestStateAndTheOneBeforeAreReadOnce() {
        var before = create("a", "x");
        var first = maps.selectable().of(before, api.objects).orElseThrow();
        api.mergePatch(MAPS + "/a", "{\"metadata\":{\"labels\":{\"l\":\"y\"}}}").expect(200);
        var second = maps.selectable().of(now("a"), api.objects).orElseThrow();

        assertThat(first.labels()).containsEntry("l", "x");
        assertThat(second.labels()).containsEntry("l", "y");
        assertThat(maps.selectable().of(now("a"), api.objects).orElseThrow().labels())
                .isSameAs(second.labels());
        assertThat(maps.selectable().of(before, api.objects).orElseThrow().labels())
                .isSameAs(first.labels());
    }

    @Test
    void anOlderStateDoesNotPushOutANewerOne() {
        var before = create("a", "x");
        api.mergePatch(MAPS + "/a", "{\"metadata\":{\"labels\":{\"l\":\"y\"}}}").expect(200);
        var newest = maps.selectable().of(now("a"), api.objects).orElseThrow();

        assertThat(maps.selectable().of(before, api.objects).orElseThrow().labels())
                .containsEntry("l", "x");
        assertThat(maps.selectable().of(now("a"), api.objects)).containsSame(newest);
    }

    @Test
    void equalTextsAreOne() {
        var one = maps.selectable().of(create("a", "same"), api.objects).orElseThrow();
        var other = maps.selectable().of(create("b", "same"), api.objects).orElseThrow();

        assertThat(one.labels().get("l")).isSameAs(other.labels().get("l"));
    }

    @Test
    void whatIsGoneIsForgotten() {
        for (int i = 0; i < 3_000; i++) {
            maps.selectable().of(create("m" + i, "x"), api.objects);
            api.delete(MAPS + "/m" + i, "").expect(200);
        }

        assertThat(maps.selectable().size()).isLessThan(1_100);
    }
}
