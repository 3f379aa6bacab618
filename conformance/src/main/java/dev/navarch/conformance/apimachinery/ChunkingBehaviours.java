package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Http;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.PodTemplate;
import io.fabric8.kubernetes.api.model.PodTemplateList;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Upstream {@code test/e2e/apimachinery/chunking.go}. */
class ChunkingBehaviours {
    private static final int TOTAL = 400;

    @Behaviour(
            "[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls"
                    + " [Conformance]")
    void pagesOfOneSnapshot(Scenario scenario) {
        createAll(scenario);
        pagesInOrder(scenario);
    }

    private static void createAll(Scenario scenario) {
        scenario.namespace();
        IntStream.range(0, TOTAL).parallel().forEach(i -> scenario.create(PodTemplate.class, """
                    apiVersion: v1
                    kind: PodTemplate
                    metadata: {name: template-%04d}
                    template:
                      spec:
                        containers: [{name: test, image: test2}]
                    """.formatted(i)));
    }

    private static void pagesInOrder(Scenario scenario) {
        var random = new Random(36);
        for (int round = 0; round < 3; round++) {
            int found = 0;
            String version = null;
            var token = "";
            do {
                int limit = random.nextInt(TOTAL / 10) + 1;
                var page = page(scenario, limit, token);
                assertThat(page.getItems()).hasSizeLessThanOrEqualTo(limit);
                if (version == null) {
                    version = page.getMetadata().getResourceVersion();
                }
                assertThat(page.getMetadata().getResourceVersion()).isEqualTo(version);
                token = page.getMetadata().getContinue();
                var remaining = page.getMetadata().getRemainingItemCount();
                if (token == null || token.isEmpty()) {
                    assertThat(remaining).isNull();
                } else {
                    assertThat(remaining + page.getItems().size() + found).isEqualTo(TOTAL);
                }
                for (var item : page.getItems()) {
                    assertThat(item.getMetadata().getName()).isEqualTo("template-%04d".formatted(found++));
                }
            } while (token != null && !token.isEmpty());
            assertThat(found).isEqualTo(TOTAL);
        }
        assertThat(page(scenario, TOTAL + 1, "").getItems()).hasSize(TOTAL);
    }

    private static PodTemplateList page(Scenario scenario, int limit, String token) {
        return scenario.http().get(path(scenario, limit, token)).ok().as(PodTemplateList.class);
    }

    private static String path(Scenario scenario, int limit, String token) {
        return "/api/v1/namespaces/" + scenario.namespace() + "/podtemplates?limit=" + limit + "&continue=" + token;
    }

    /** Of how many objects a page tells that they come after it. */
    private static long remaining(PodTemplateList page) {
        var count = page.getMetadata().getRemainingItemCount();
        return count == null ? 0 : count;
    }

    private static int inOrder(PodTemplateList page, int found) {
        int next = found;
        for (var item : page.getItems()) {
            assertThat(item.getMetadata().getName()).isEqualTo("template-%04d".formatted(next++));
        }
        assertThat(remaining(page) + next).isEqualTo(TOTAL);
        return next;
    }

    /** Servers forget old versions after some minutes; upstream looks for twice as long as its default. */
    @Timeout(value = 12, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @Behaviour(
            "[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key"
                    + " if the original version has been compacted away, though the list is inconsistent [Slow] [Conformance]")
    void goesOnAfterCompaction(Scenario scenario) {
        createAll(scenario);
        int limit = TOTAL / 10;
        var first = page(scenario, limit, "");
        int found = inOrder(first, 0);
        var expired = awaitExpired(scenario, limit, first.getMetadata().getContinue());
        assertThat(expired.path("reason").asString()).isEqualTo("Expired");
        var token = expired.path("metadata").path("continue").asString();
        assertThat(token).isNotEmpty();
        var second = page(scenario, limit, token);
        var version = second.getMetadata().getResourceVersion();
        assertThat(version).isNotEqualTo(first.getMetadata().getResourceVersion());
        assertThat(second.getItems()).hasSize(limit);
        found = inOrder(second, found);
        for (var page = second; page.getMetadata().getContinue() != null; ) {
            page = page(scenario, limit, page.getMetadata().getContinue());
            assertThat(page.getItems()).hasSizeLessThanOrEqualTo(limit);
            assertThat(page.getMetadata().getResourceVersion()).isEqualTo(version);
            found = inOrder(page, found);
        }
        assertThat(found).isEqualTo(TOTAL);
    }

    private static JsonNode awaitExpired(Scenario scenario, int limit, String token) {
        var last = new AtomicReference<Http.Answer>();
        scenario.eventually("the token has expired", Duration.ofMinutes(10), Duration.ofSeconds(1), () -> {
            last.set(scenario.http().get(path(scenario, limit, token)));
            return last.get().status() == 410;
        });
        return last.get().json();
    }
}
