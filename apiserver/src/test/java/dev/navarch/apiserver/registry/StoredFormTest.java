package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoredFormTest {
    private static final String NEW = "/apis/events.k8s.io/v1/namespaces/default/events";
    private static final String CORE = "/api/v1/namespaces/default/events";
    private static final String FIRST = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
    private static final String SECOND = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private void event() {
        api.post(NEW, """
                        {"metadata":{"name":"e","namespace":"default"},"eventTime":"2026-01-02T03:04:05.000006Z",
                        "reportingController":"x.io/c","reportingInstance":"i","action":"Do","reason":"So","type":"Normal",
                        "regarding":{"kind":"Pod","name":"p","namespace":"default"},"note":"hm"}""").expect(201);
    }

    @Test
    void anEventIsOneInBothGroups() {
        event();
        var core = api.get(CORE + "/e").expect(200);
        assertThat(core.text("apiVersion")).isEqualTo("v1");
        assertThat(core.text("message")).isEqualTo("hm");
        assertThat(core.text("involvedObject", "name")).isEqualTo("p");
        assertThat(api.get(NEW + "/e").text("note")).isEqualTo("hm");
        assertThat(api.get(NEW + "/e").text("metadata", "resourceVersion"))
                .isEqualTo(core.text("metadata", "resourceVersion"));
        assertThat(api.get(NEW + "?fieldSelector=regarding.name%3Dp").body()).contains("\"note\":\"hm\"");
        assertThat(api.get(NEW + "?fieldSelector=regarding.name%3Dq").body()).doesNotContain("hm");
        assertThat(api.get(NEW).text("apiVersion")).isEqualTo("events.k8s.io/v1");
        api.mergePatch(NEW + "/e", "{\"note\":\"aha\"}").expect(200);
        assertThat(api.get(CORE + "/e").text("message")).isEqualTo("aha");
        assertThat(api.delete(NEW + "/e", "").expect(200).text("kind")).isEqualTo("Status");
        api.get(CORE + "/e").expect(404);
    }

    @Test
    void eachWatchHasItsOwnForm() {
        try (var watch = api.watch(NEW + "?watch=true&fieldSelector=regarding.name%3Dp");
                var core = api.watch(CORE + "?watch=true")) {
            event();
            assertThat(core.next().at("/object/message").stringValue()).isEqualTo("hm");
            assertThat(watch.next().at("/object/note").stringValue()).isEqualTo("hm");
            api.delete(CORE + "/e", "").expect(200);
            assertThat(core.next().at("/object/apiVersion").stringValue()).isEqualTo("v1");
            var gone = watch.next();
            assertThat(gone.at("/type").stringValue()).isEqualTo("DELETED");
            assertThat(gone.at("/object/apiVersion").stringValue()).isEqualTo("events.k8s.io/v1");
        }
    }

    @Test
    void bothVersionsOfAnAutoscalerAreTheSameObject() {
        api.post(FIRST, """
                        {"metadata":{"name":"a"},"spec":{"maxReplicas":3,"targetCPUUtilizationPercentage":40,
                        "scaleTargetRef":{"kind":"Deployment","name":"d"}}}""").expect(201);
        var second = api.get(SECOND + "/a").expect(200);
        assertThat(second.json()
                        .at("/spec/metrics/0/resource/target/averageUtilization")
                        .intValue())
                .isEqualTo(40);
        api.mergePatch(SECOND + "/a", "{\"spec\":{\"behavior\":{\"scaleDown\":{\"stabilizationWindowSeconds\":9}}}}")
                .expect(200);
        api.mergePatch(FIRST + "/a", "{\"spec\":{\"maxReplicas\":5}}").expect(200);
        second = api.get(SECOND + "/a");
        assertThat(second.text("spec", "maxReplicas")).isEqualTo("5");
        assertThat(second.text("spec", "behavior", "scaleDown", "stabilizationWindowSeconds"))
                .isEqualTo("9");
        var table = api.get(FIRST, "Accept", "application/json;as=Table;g=meta.k8s.io;v=v1");
        assertThat(table.body()).contains("<unknown>/40%");
    }

    @Test
    void annotationsThatAreNoMetricsAreRefused() {
        api.post(FIRST, """
                        {"metadata":{"name":"a","annotations":{"autoscaling.alpha.kubernetes.io/metrics":"[7]"}},
                        "spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d"}}}""").expect(400);
    }
}
