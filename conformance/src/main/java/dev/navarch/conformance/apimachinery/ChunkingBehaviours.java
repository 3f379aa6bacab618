package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.PodTemplate;
import io.fabric8.kubernetes.api.model.PodTemplateList;
import java.util.Random;

/** Upstream {@code test/e2e/apimachinery/chunking.go}. */
class ChunkingBehaviours {
    private static final int TOTAL = 400;

    @Behaviour(
            "[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls"
                    + " [Conformance]")
    void pagesOfOneSnapshot(Scenario scenario) {
        for (int i = 0; i < TOTAL; i++) {
            scenario.create(PodTemplate.class, """
                apiVersion: v1
                kind: PodTemplate
                metadata: {name: template-%04d}
                template:
                  spec:
                    containers: [{name: test, image: test2}]
                """.formatted(i));
        }
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
        return scenario.http()
                .get("/api/v1/namespaces/" + scenario.namespace() + "/podtemplates?limit=" + limit + "&continue="
                        + token)
                .ok()
                .as(PodTemplateList.class);
    }
}
