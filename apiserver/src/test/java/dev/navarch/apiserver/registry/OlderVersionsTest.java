package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.RuntimeConfig;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Manifests of the past and of the future, beside the stable versions. */
class OlderVersionsTest {
    private static final String NOW = "/apis/apps/v1/namespaces/default/deployments";
    private static final String OLD = "/apis/extensions/v1beta1/namespaces/default/deployments";
    private static final String DEPLOYMENT = """
        {"apiVersion":"extensions/v1beta1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{
        "metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}\
        """;
    private static final String CLAIMS = "/apis/resource.k8s.io/%s/namespaces/default/resourceclaims";

    private final TestApi api = new TestApi(
            "10.96.0.0/16", RuntimeConfig.parse("api/beta=true", true).catalogue());

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void anOldDeploymentIsKeptAsANewOneWithTheOldDefaults() {
        var created = api.post(OLD, DEPLOYMENT).expect(201);
        assertThat(created.text("apiVersion")).isEqualTo("extensions/v1beta1");
        assertThat(created.headers().all("Warning"))
                .containsExactly("299 - \"extensions/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+;"
                        + " use apps/v1 Deployment\"");
        var stored = api.get(NOW + "/d").expect(200);
        assertThat(stored.headers().all("Warning")).isEmpty();
        assertThat(stored.text("apiVersion")).isEqualTo("apps/v1");
        assertThat(stored.text("metadata", "labels", "app")).isEqualTo("web");
        assertThat(stored.text("spec", "selector", "matchLabels", "app")).isEqualTo("web");
        assertThat(stored.text("spec", "strategy", "rollingUpdate", "maxUnavailable"))
                .isEqualTo("1");
        assertThat(stored.text("spec", "revisionHistoryLimit")).isEqualTo("2147483647");
        assertThat(new String(
                        api.store
                                .get("/registry/apps/deployments/default/d")
                                .orElseThrow()
                                .value(),
                        StandardCharsets.UTF_8))
                .contains("\"apiVersion\":\"apps/v1\"");
    }

    @Test
    void bothVersionsAreOneObjectToWritersAndWatchers() {
        api.post(OLD, DEPLOYMENT).expect(201);
        try (var watch = api.watch(OLD + "?watch=true")) {
            assertThat(watch.next().at("/object/apiVersion").stringValue()).isEqualTo("extensions/v1beta1");
            api.mergePatch(NOW + "/d", "{\"spec\":{\"replicas\":4}}").expect(200);
            assertThat(watch.next().at("/object/spec/replicas").intValue()).isEqualTo(4);
        }
        api.mergePatch(OLD + "/d", "{\"spec\":{\"rollbackTo\":{\"revision\":2}}}")
                .expect(200);
        assertThat(api.get(NOW + "/d").text("metadata", "annotations", "deprecated.deployment.rollback.revision"))
                .isEqualTo("2");
        assertThat(api.get(OLD + "/d").text("spec", "rollbackTo", "revision")).isEqualTo("2");
        var refused = api.mergePatch(OLD + "/d", "{\"spec\":{\"replicas\":-1}}").expect(422);
        assertThat(refused.message()).startsWith("Deployment.apps \"d\" is invalid: spec.replicas");
        api.delete(OLD + "/d", "").expect(200);
        assertThat(api.get(OLD + "/d").expect(404).message()).isEqualTo("deployments.apps \"d\" not found");
    }

    @Test
    void howOftenATemplateChangedIsAFieldAndAnAnnotation() {
        var old = OLD.replace("deployments", "daemonsets");
        var now = NOW.replace("deployments", "daemonsets");
        api.post(old, DEPLOYMENT.replace("Deployment", "DaemonSet")).expect(201);
        api.mergePatch(now + "/d", "{\"spec\":{\"minReadySeconds\":1}}").expect(200);
        assertThat(api.get(old + "/d").text("spec", "templateGeneration")).isEqualTo("1");
        assertThat(api.get(now + "/d").text("spec", "updateStrategy", "type")).isEqualTo("OnDelete");
        api.mergePatch(now + "/d", "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}}}}}")
                .expect(200);
        assertThat(api.get(now + "/d").text("metadata", "annotations", "deprecated.daemonset.template.generation"))
                .isEqualTo("2");
    }

    @Test
    void oldScalesNameTheirSelectorTwice() {
        api.post(OLD, DEPLOYMENT).expect(201);
        var scale = api.get(OLD + "/d/scale").expect(200);
        assertThat(scale.text("apiVersion")).isEqualTo("extensions/v1beta1");
        assertThat(scale.text("status", "selector", "app")).isEqualTo("web");
        assertThat(scale.text("status", "targetSelector")).isEqualTo("app=web");
        assertThat(api.get(NOW + "/d/scale").text("status", "selector")).isEqualTo("app=web");
    }

    @Test
    void everyVersionOfAClaimHasItsShape() {
        api.post(CLAIMS.formatted("v1beta1"), """
            {"metadata":{"name":"c"},"spec":{"devices":{"requests":[{"name":"r","deviceClassName":"k"}]}}}\
            """).expect(201);
        assertThat(api.get(CLAIMS.formatted("v1") + "/c")
                        .json()
                        .at("/spec/devices/requests/0/exactly/deviceClassName")
                        .stringValue())
                .isEqualTo("k");
        assertThat(api.get(CLAIMS.formatted("v1beta2"))
                        .json()
                        .at("/items/0/spec/devices/requests/0/exactly/count")
                        .intValue())
                .isEqualTo(1);
        assertThat(api.get(CLAIMS.formatted("v1beta1") + "/c")
                        .json()
                        .at("/spec/devices/requests/0/deviceClassName")
                        .stringValue())
                .isEqualTo("k");
    }

    @Test
    void discoveryPrefersTheStableVersion() {
        var apps = api.get("/apis/apps").json();
        assertThat(apps.at("/preferredVersion/version").stringValue()).isEqualTo("v1");
        assertThat(apps.at("/versions").findValuesAsString("version")).containsExactly("v1", "v1beta2", "v1beta1");
        assertThat(api.get("/apis").body()).contains("\"extensions\"");
        try (var plain = new TestApi()) {
            plain.get("/apis/extensions").expect(404);
            plain.get(CLAIMS.formatted("v1beta1")).expect(404);
        }
    }
}
