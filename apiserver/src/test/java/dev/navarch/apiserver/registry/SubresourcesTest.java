package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubresourcesTest {
    private static final String PODS = "/api/v1/namespaces/default/pods";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

    private final TestApi api = new TestApi();

    @BeforeEach
    void account() {
        api.post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                .expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private void pod(String name) {
        api.post(
                        PODS,
                        "{\"metadata\":{\"name\":\"" + name
                                + "\",\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":"
                                + "[{\"name\":\"c\",\"image\":\"i\"}]}}")
                .expect(201);
    }

    private void deployment() {
        api.post(
                        DEPLOYMENTS,
                        "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app\":"
                                + "\"web\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":"
                                + "{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}")
                .expect(201);
    }

    @Test
    void podsActAsAServiceAccount() {
        pod("p");
        var pod = api.get(PODS + "/p").json();
        assertThat(Tree.text(pod, "spec", "serviceAccountName")).isEqualTo("default");
        assertThat(pod.at("/spec/volumes/0/name").stringValue()).startsWith("kube-api-access-");
        assertThat(pod.at("/spec/containers/0/volumeMounts/0/mountPath").stringValue())
                .isEqualTo("/var/run/secrets/kubernetes.io/serviceaccount");
        assertThat(pod.at("/spec/volumes/0/projected/sources/0/serviceAccountToken/expirationSeconds")
                        .intValue())
                .isEqualTo(3607);
        assertThat(pod.at("/spec/tolerations").size()).isEqualTo(2);
        assertThat(pod.at("/spec/priority").intValue()).isZero();
        assertThat(pod.at("/status/phase").stringValue()).isEqualTo("Pending");
        assertThat(api.post(
                                PODS,
                                "{\"metadata\":{\"name\":\"q\"},\"spec\":{\"serviceAccountName\":\"who\",\"containers\":"
                                        + "[{\"name\":\"c\",\"image\":\"i\"}]}}")
                        .expect(403)
                        .message())
                .isEqualTo("pods \"q\" is forbidden: error looking up service account default/who: serviceaccount"
                        + " \"who\" not found");
    }

    @Test
    void aPodIsBoundOnce() {
        pod("p");
        var nominated = "{\"status\":{\"nominatedNodeName\":\"n2\"}}";
        assertThat(api.send("PATCH", PODS + "/p/status", nominated, "Content-Type", "application/merge-patch+json")
                        .json()
                        .at("/status/nominatedNodeName")
                        .stringValue())
                .isEqualTo("n2");
        var binding = "{\"metadata\":{\"name\":\"p\"},\"target\":{\"kind\":\"Node\",\"name\":\"n1\"}}";
        api.post(PODS + "/p/binding", binding).expect(201);
        var bound = api.get(PODS + "/p").json();
        assertThat(bound.at("/status/nominatedNodeName").isMissingNode()).isTrue();
        assertThat(Tree.text(bound, "spec", "nodeName")).isEqualTo("n1");
        assertThat(bound.at("/status/conditions/0/type").stringValue()).isEqualTo("PodScheduled");
        assertThat(api.post(PODS + "/p/binding", binding).expect(409).message())
                .isEqualTo("Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node"
                        + " \"n1\"");
        pod("q");
        api.post(
                        "/api/v1/namespaces/default/bindings",
                        "{\"metadata\":{\"name\":\"q\"},\"target\":{\"kind\":\"Node\",\"name\":\"n1\"}}")
                .expect(201);
        api.post(PODS + "/q/binding", "{\"metadata\":{\"name\":\"q\"},\"target\":{}}")
                .expect(422);
        assertThat(api.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1")
                        .json()
                        .get("items")
                        .size())
                .isEqualTo(2);
    }

    @Test
    void aNodesWatchHasThePodsThatComeToItAndNoOthers() {
        try (var watch = api.watch("/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn1")) {
            pod("p");
            pod("q");
            for (var bound : new String[][] {{"q", "n2"}, {"p", "n1"}}) {
                api.post(
                                PODS + "/" + bound[0] + "/binding",
                                "{\"metadata\":{\"name\":\"" + bound[0] + "\"},\"target\":{\"name\":\"" + bound[1]
                                        + "\"}}")
                        .expect(201);
            }
            assertThat(watch.nextLine()).isEqualTo("ADDED p");
            api.mergePatch(PODS + "/q/status", "{\"status\":{\"phase\":\"Running\"}}")
                    .expect(200);
            api.mergePatch(PODS + "/p/status", "{\"status\":{\"phase\":\"Running\"}}")
                    .expect(200);
            assertThat(watch.nextLine()).isEqualTo("MODIFIED p");
            api.delete(PODS + "/p", "{\"gracePeriodSeconds\":0}").expect(200);
            assertThat(watch.nextLine()).isEqualTo("MODIFIED p"); // marked first
            assertThat(watch.nextLine()).isEqualTo("DELETED p");
        }
    }

    @Test
    void aStatusIsWrittenApart() {
        pod("p");
        api.mergePatch(PODS + "/p/status", "{\"status\":{\"phase\":\"Running\"},\"spec\":{\"nodeName\":\"x\"}}")
                .expect(200);
        var pod = api.get(PODS + "/p");
        assertThat(pod.text("status", "phase")).isEqualTo("Running");
        assertThat(pod.text("spec", "nodeName")).isEmpty();
        api.mergePatch(PODS + "/p", "{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"status\":{\"phase\":\"Failed\"}}")
                .expect(200);
        assertThat(api.get(PODS + "/p/status").text("status", "phase")).isEqualTo("Running");
    }

    @Test
    void scalesAreOfOneForm() {
        deployment();
        var scale = api.get(DEPLOYMENTS + "/d/scale").expect(200);
        assertThat(scale.text("kind")).isEqualTo("Scale");
        assertThat(scale.text("spec", "replicas")).isEqualTo("3");
        assertThat(scale.text("status", "selector")).isEqualTo("app=web");
        var wanted = scale.json();
        Tree.childObject(wanted, "spec").put("replicas", 5);
        assertThat(api.put(DEPLOYMENTS + "/d/scale", wanted.toString())
                        .expect(200)
                        .text("spec", "replicas"))
                .isEqualTo("5");
        api.put(DEPLOYMENTS + "/d/scale", wanted.toString()).expect(409);
        api.mergePatch(DEPLOYMENTS + "/d/scale", "{\"spec\":{\"replicas\":2}}").expect(200);
        var deployment = api.get(DEPLOYMENTS + "/d");
        assertThat(deployment.text("spec", "replicas")).isEqualTo("2");
        assertThat(deployment.text("metadata", "generation")).isEqualTo("3");
        api.mergePatch(DEPLOYMENTS + "/d/scale", "{\"spec\":{\"replicas\":-1}}").expect(422);
    }

    @Test
    void evictionsRespectBudgets() {
        pod("p");
        api.mergePatch(
                        PODS + "/p/status",
                        "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\","
                                + "\"status\":\"True\"}]}}")
                .expect(200);
        var budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
        api.post(
                        budgets,
                        "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"minAvailable\":1,\"selector\":{\"matchLabels\":"
                                + "{\"app\":\"web\"}}}}")
                .expect(201);
        api.mergePatch(
                        budgets + "/b/status",
                        "{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":0,\"currentHealthy\":1,"
                                + "\"desiredHealthy\":1,\"expectedPods\":1}}")
                .expect(200);
        var eviction = "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"p\"}}";
        var refused = api.post(PODS + "/p/eviction", eviction).expect(429);
        assertThat(refused.message()).isEqualTo("Cannot evict pod as it would violate the pod's disruption budget.");
        assertThat(refused.json().at("/details/causes/0/reason").stringValue()).isEqualTo("DisruptionBudget");
        api.mergePatch(budgets + "/b/status", "{\"status\":{\"disruptionsAllowed\":1}}")
                .expect(200);
        api.post(PODS + "/p/eviction", eviction).expect(201);
        api.get(PODS + "/p").expect(404);
        assertThat(api.get(budgets + "/b").json().at("/status/disruptedPods/p").isString())
                .isTrue();
    }

    @Test
    void aBudgetThatSelectsAllCountsForEvictions() {
        pod("p");
        api.mergePatch(PODS + "/p/status", "{\"status\":{\"phase\":\"Running\"}}")
                .expect(200);
        var budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
        api.post(budgets, "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"minAvailable\":1,\"selector\":{}}}")
                .expect(201);
        api.mergePatch(budgets + "/b/status", "{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":0}}")
                .expect(200);
        api.post(PODS + "/p/eviction", "{\"metadata\":{\"name\":\"p\"}}").expect(429);
    }

    private String conditions() {
        return api.get(PODS + "/p").expect(200).text("status", "conditions");
    }

    @Test
    void anEvictedPodTellsWhyItGoes() {
        pod("p");
        api.post(PODS + "/p/binding", "{\"target\":{\"kind\":\"Node\",\"name\":\"n\"}}")
                .expect(201);
        var body = "{\"metadata\":{\"name\":\"p\"}%s}";
        var options = body.formatted(",\"deleteOptions\":{\"preconditions\":{\"resourceVersion\":\"%s\"}}");
        var before = api.get(PODS + "/p").body();

        api.post(PODS + "/p/eviction?dryRun=All", body.formatted("")).expect(201);
        api.post(PODS + "/p/eviction", body.formatted(",\"deleteOptions\":{\"dryRun\":[\"All\"]}"))
                .expect(201);
        assertThat(api.post(PODS + "/p/eviction", options.formatted("1"))
                        .expect(409)
                        .message())
                .contains("the ResourceVersion in the precondition (1) does not match the ResourceVersion in record");
        assertThat(api.get(PODS + "/p").body()).isEqualTo(before);

        api.post(PODS + "/p/eviction", options.formatted(api.get(PODS + "/p").text("metadata", "resourceVersion")))
                .expect(201);
        assertThat(api.get(PODS + "/p").text("metadata", "deletionTimestamp")).isNotEmpty();
        assertThat(conditions())
                .contains("{\"type\":\"DisruptionTarget\",\"observedGeneration\":1,\"status\":\"True\"")
                .contains("\"reason\":\"EvictionByEvictionAPI\",\"message\":\"Eviction API: evicting\"}");

        api.post(PODS + "/p/eviction", body.formatted("")).expect(201);
        assertThat(conditions().split("DisruptionTarget")).hasSize(2);
    }

    @Test
    void theLastDisruptionThatABudgetAllowsIsToldByItsCondition() {
        pod("p");
        api.mergePatch(PODS + "/p/status", "{\"status\":{\"phase\":\"Running\"}}")
                .expect(200);
        var budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
        api.post(
                        budgets,
                        "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"minAvailable\":1,\"selector\":{\"matchLabels\":"
                                + "{\"app\":\"web\"}}}}")
                .expect(201);
        api.mergePatch(budgets + "/b/status", "{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":1}}")
                .expect(200);
        api.post(PODS + "/p/eviction", "{\"metadata\":{\"name\":\"p\"}}").expect(201);
        assertThat(api.get(budgets + "/b").text("status", "conditions"))
                .contains("\"type\":\"DisruptionAllowed\"")
                .contains("\"reason\":\"InsufficientPods\"");
    }

    @Test
    void ephemeralContainersAreOnlyAdded() {
        pod("p");
        var added = "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}]}}";
        api.mergePatch(PODS + "/p/ephemeralcontainers", added).expect(200);
        assertThat(api.get(PODS + "/p")
                        .json()
                        .at("/spec/ephemeralContainers/0/name")
                        .stringValue())
                .isEqualTo("e");
        api.mergePatch(PODS + "/p/ephemeralcontainers", "{\"spec\":{\"ephemeralContainers\":null}}")
                .expect(422);
    }
}
