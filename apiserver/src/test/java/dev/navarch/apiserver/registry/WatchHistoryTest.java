package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Clients that follow random histories, each with a selector of its own and from a time of its own: whoever applies the
 * events of a watch to what it knew when the watch began, has at the end what a list answers.
 */
class WatchHistoryTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final List<String> SELECTORS = List.of(
            "",
            "&labelSelector=" + encoded("color=red"),
            "&labelSelector=" + encoded("color notin (red,blue)"),
            "&labelSelector=" + encoded("size,color!=green"),
            "&fieldSelector=" + encoded("metadata.name=m3"),
            "&fieldSelector=" + encoded("metadata.name!=m3") + "&labelSelector=" + encoded("!size"));

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** One client: what it knows by name, and at which version. */
    private static final class Client {
        private final String selector;
        private final TestApi.Events watch;
        private final Map<String, String> known = new TreeMap<>();
        private long seen;
        private final boolean initial;
        private boolean complete;

        Client(TestApi api, String selector, boolean initial) {
            this.selector = selector;
            this.initial = initial;
            if (initial) {
                watch = api.watch(MAPS + "?watch=true&allowWatchBookmarks=true&sendInitialEvents=true"
                        + "&resourceVersionMatch=NotOlderThan" + selector);
            } else {
                var list = api.get(MAPS + "?" + selector).expect(200);
                list.json().get("items").forEach(item -> known.put(name(item), version(item)));
                seen = Long.parseLong(list.text("metadata", "resourceVersion"));
                complete = true;
                watch = api.watch(MAPS + "?watch=true&allowWatchBookmarks=true&resourceVersion=" + seen + selector);
            }
        }

        /** Reads up to and including the change of this revision. */
        void follow(long revision) {
            while (seen < revision || !complete) {
                var event = watch.next();
                assertThat(event).isNotNull();
                var object = event.get("object");
                var type = Tree.text(event, "type");
                if (type.equals("BOOKMARK")) {
                    complete |= Tree.text(object, "metadata", "annotations", "k8s.io/initial-events-end")
                            .equals("true");
                    seen = Long.parseLong(version(object));
                    continue;
                }
                if (complete) {
                    assertThat(Long.parseLong(version(object)))
                            .as("in order, each once")
                            .isGreaterThan(seen);
                    seen = Long.parseLong(version(object));
                }
                boolean there = known.containsKey(name(object));
                switch (type) {
                    case "ADDED" ->
                        assertThat(there).as("%s added twice", name(object)).isFalse();
                    case "MODIFIED", "DELETED" ->
                        assertThat(there)
                                .as("%s of what is unknown: %s", type, name(object))
                                .isTrue();
                    default -> throw new AssertionError("unexpected " + event);
                }
                if (type.equals("DELETED")) {
                    known.remove(name(object));
                } else {
                    known.put(name(object), version(object));
                }
            }
        }
    }

    private static String name(JsonNode object) {
        return Tree.text(object, "metadata", "name");
    }

    private static String version(JsonNode object) {
        return Tree.text(object, "metadata", "resourceVersion");
    }

    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // an event that never comes
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whoFollowsKnowsWhatAListAnswers(long seed) {
        var random = new Random(seed);
        try (var api = new TestApi()) {
            List<Client> clients = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                change(api, random);
                if (step % 20 == 10) {
                    clients.add(new Client(api, SELECTORS.get(random.nextInt(SELECTORS.size())), random.nextBoolean()));
                }
            }
            // the newest object of each selector is one of these two
            api.delete(MAPS + "/m3", "");
            create(api, "m3", "{\"color\":\"red\",\"size\":\"l\"}").expect(201);
            create(api, "last", "{\"color\":\"green\"}").expect(201);
            for (var client : clients) {
                Map<String, String> listed = new TreeMap<>();
                api.get(MAPS + "?" + client.selector)
                        .expect(200)
                        .json()
                        .get("items")
                        .forEach(item -> listed.put(name(item), version(item)));
                client.follow(listed.values().stream()
                        .mapToLong(Long::parseLong)
                        .max()
                        .orElseThrow());
                assertThat(client.known)
                        .as("seed %d, selector %s, initial events %s", seed, client.selector, client.initial)
                        .isEqualTo(listed);
                client.watch.close();
            }
        }
    }

    private static TestApi.Answer create(TestApi api, String name, String labels) {
        return api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":" + labels + "}}");
    }

    private static void change(TestApi api, Random random) {
        var name = "m" + random.nextInt(8);
        var color = List.of("red", "blue", "green").get(random.nextInt(3));
        var size = random.nextBoolean() ? ",\"size\":\"l\"" : "";
        var labels = "{\"color\":\"" + color + "\"" + size + "}";
        switch (random.nextInt(4)) {
            case 0, 1 -> create(api, name, labels);
            case 2 ->
                api.mergePatch(
                        MAPS + "/" + name,
                        "{\"metadata\":{\"labels\":{\"color\":\"" + color + "\",\"size\":"
                                + (size.isEmpty() ? "null" : "\"l\"") + "}}}");
            default -> api.delete(MAPS + "/" + name, "");
        }
    }
}
