package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ObjectDecoder;
import dev.navarch.apiserver.registry.TestApi.Answer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The behaviours of kubernetes test/integration/apiserver/apply/apply_test.go. */
class ServerSideApplyTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private Answer apply(String path, String manager, String body, String... query) {
        var url = path + "?fieldManager=" + manager + String.join("", query);
        return api.send("PATCH", url, body, "Content-Type", "application/apply-patch+yaml");
    }

    private static String map(String name, String rest) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"}" + rest + "}";
    }

    private static final String DEPLOYMENT = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: d
          labels: {app: nginx}
        spec:
          replicas: 3
          selector: {matchLabels: {app: nginx}}
          template:
            metadata: {labels: {app: nginx}}
            spec:
              containers:
              - name: nginx
                image: nginx:latest
        """;

    /** "manager Operation subresource: fieldsV1" of each entry. */
    static List<String> managers(JsonNode object) {
        return Tree.objects(object, "metadata", "managedFields").stream()
                .map(e -> Tree.text(e, "manager") + " " + Tree.text(e, "operation")
                        + (e.has("subresource") ? " " + Tree.text(e, "subresource") : "") + ": " + e.get("fieldsV1"))
                .toList();
    }

    @Test
    void managersThatClientsNameAreChecked() {
        var maps = "/api/v1/namespaces/default/configmaps";
        api.post(maps, "{\"metadata\":{\"name\":\"checked\"},\"data\":{\"a\":\"b\"}}")
                .expect(201);
        var entry = "{\"metadata\":{\"managedFields\":[{\"manager\":\"%s\",\"operation\":\"%s\",\"apiVersion\":\"v1\","
                + "\"fieldsType\":\"FieldsV1\",\"subresource\":\"%s\",\"fieldsV1\":{\"f:data\":{\"f:a\":{}}}}]}}";
        var path = "metadata.managedFields[0].";
        assertThat(api.mergePatch(maps + "/checked", entry.formatted("x".repeat(129), "Update", ""))
                        .expect(422)
                        .message())
                .contains(path + "manager: Too long: may not be more than 128 bytes");
        assertThat(api.mergePatch(maps + "/checked", entry.formatted("a\\u0007", "Update", ""))
                        .expect(422)
                        .message())
                .contains(path + "manager: Invalid value: \"a\\a\": invalid character U+0007 (at position 1)");
        assertThat(api.mergePatch(maps + "/checked", entry.formatted("a", "Update", "s".repeat(257)))
                        .expect(422)
                        .message())
                .contains(path + "subresource: Too long: may not be more than 256 bytes");
        // what can't be read is as if it weren't there
        assertThat(api.mergePatch(maps + "/checked", entry.formatted("a", "Take", ""))
                        .expect(200)
                        .json()
                        .at("/metadata/managedFields/0/operation")
                        .stringValue())
                .isEqualTo("Update");
    }

    @Test
    void anApplyCreatesWhatIsAbsent() {
        var made = apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"v\"}")).expect(201);
        assertThat(managers(made.json())).containsExactly("m Apply: {\"f:data\":{\"f:k\":{}}}");
        assertThat(made.json().at("/metadata/managedFields/0").properties().stream()
                        .map(e -> e.getKey())
                        .toList())
                .containsExactly("manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1");
        assertThat(made.text("metadata", "managedFields")).contains("\"time\":\"2026-01-02T03:04:05Z\"");
        apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"w\"}")).expect(200);
        assertThat(apply(MAPS + "/b/status", "m", map("b", "")).code()).isEqualTo(404);
    }

    @Test
    void createsAndUpdatesAreTracked() {
        var made = api.post(
                        MAPS + "?fieldManager=one",
                        map("a", ",\"data\":{\"k\":\"v\"}").replace("\"name\"", "\"labels\":{\"l\":\"1\"},\"name\""))
                .expect(201);
        assertThat(managers(made.json()))
                .containsExactly("one Update: {\"f:data\":{\".\":{},\"f:k\":{}},\"f:metadata\":{\"f:labels\":"
                        + "{\".\":{},\"f:l\":{}}}}");
        api.pass(Duration.ofSeconds(5));
        var patched = api.send(
                        "PATCH",
                        MAPS + "/a",
                        "{\"data\":{\"k\":\"w\"}}",
                        "Content-Type",
                        "application/merge-patch+json",
                        "User-Agent",
                        "two/v1.0 (linux/amd64)")
                .expect(200);
        assertThat(managers(patched.json()))
                .containsExactly(
                        "one Update: {\"f:data\":{},\"f:metadata\":{\"f:labels\":{\".\":{},\"f:l\":{}}}}",
                        "two Update: {\"f:data\":{\"f:k\":{}}}");
    }

    @Test
    void conflictsNameManagersAndFields() {
        api.post(DEPLOYMENTS + "?fieldManager=creator", yamlAsJson(DEPLOYMENT)).expect(201);
        var refused = apply(DEPLOYMENTS + "/d", "apply_test", DEPLOYMENT.replace("replicas: 3", "replicas: 5"))
                .expect(409);
        assertThat(refused.message())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"creator\" using apps/v1: .spec.replicas");
        assertThat(refused.text("details", "causes"))
                .isEqualTo("[{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with \\\"creator\\\" using"
                        + " apps/v1\",\"field\":\".spec.replicas\"}]");
        var forced = apply(
                        DEPLOYMENTS + "/d",
                        "apply_test",
                        DEPLOYMENT.replace("replicas: 3", "replicas: 5"),
                        "&force=true")
                .expect(200);
        assertThat(forced.text("spec", "replicas")).isEqualTo("5");
        assertThat(managers(forced.json()).get(1)).doesNotContain("f:replicas");
    }

    private static String yamlAsJson(String yaml) {
        return new ObjectDecoder()
                .decodeUntyped(yaml.getBytes(StandardCharsets.UTF_8))
                .tree()
                .toString();
    }

    @Test
    void forcedFieldsAreSharedUntilTheFirstOwnerLetsGo() {
        apply(MAPS + "/a", "one", map("a", ",\"data\":{\"k\":\"v\",\"only\":\"1\"}"))
                .expect(201);
        apply(MAPS + "/a", "two", map("a", ",\"data\":{\"k\":\"v\"}")).expect(200);
        assertThat(apply(MAPS + "/a", "two", map("a", ",\"data\":{\"k\":\"w\"}"))
                        .expect(409)
                        .message())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"one\": .data.k");
        // the first owner leaves: what nobody else has goes, what is shared stays
        var left = apply(MAPS + "/a", "one", map("a", "")).expect(200);
        assertThat(left.text("data")).isEqualTo("{\"k\":\"v\"}");
        assertThat(managers(left.json())).containsExactly("two Apply: {\"f:data\":{\"f:k\":{}}}");
    }

    @Test
    void manyConflictsAreListedByManager() {
        apply(MAPS + "/a", "one", map("a", ",\"data\":{\"x\":\"1\",\"y\":\"1\"}"))
                .expect(201);
        api.mergePatch(MAPS + "/a?fieldManager=two", "{\"data\":{\"z\":\"1\"}}").expect(200);
        assertThat(apply(MAPS + "/a", "three", map("a", ",\"data\":{\"x\":\"2\",\"y\":\"2\",\"z\":\"2\"}"))
                        .expect(409)
                        .message())
                .isEqualTo("""
                    Apply failed with 3 conflicts: conflicts with "one":
                    - .data.x
                    - .data.y
                    conflicts with "two" using v1:
                    - .data.z\
                    """);
    }

    @Test
    void anApplyThatChangesNothingIsNotWritten() {
        var first = apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT).expect(201);
        api.pass(Duration.ofMinutes(1));
        var again = apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT).expect(200);
        assertThat(again.json()).isEqualTo(first.json());
        // what differs only in form does not change anything either
        api.pass(Duration.ofMinutes(1));
        var quantities = DEPLOYMENT + "        resources: {limits: {cpu: 1000m}}\n";
        var limited = apply(DEPLOYMENTS + "/d", "m", quantities).expect(200);
        api.pass(Duration.ofMinutes(1));
        assertThat(apply(DEPLOYMENTS + "/d", "m", quantities).expect(200).json())
                .isEqualTo(limited.json());
    }

    @Test
    void anUpdateThatChangesNothingIsNotWritten() {
        var first = api.post(DEPLOYMENTS + "?fieldManager=m", yamlAsJson(DEPLOYMENT))
                .expect(201);
        api.pass(Duration.ofMinutes(1));
        var again = api.put(DEPLOYMENTS + "/d?fieldManager=m", yamlAsJson(DEPLOYMENT))
                .expect(200);
        assertThat(again.json()).isEqualTo(first.json());
        // a status that a plain update may not change is nobody's
        var status = first.json();
        Tree.childObject(status, "status").put("replicas", 7);
        assertThat(api.put(DEPLOYMENTS + "/d?fieldManager=other", status.toString())
                        .expect(200)
                        .json())
                .isEqualTo(first.json());
    }

    @Test
    void subresourcesHaveTheirOwnManagers() {
        apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT).expect(201);
        var status = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
                + "spec: {replicas: 9}\nstatus: {replicas: 2}\n";
        var applied = apply(DEPLOYMENTS + "/d/status", "m", status).expect(200);
        assertThat(applied.text("spec", "replicas")).isEqualTo("3");
        assertThat(managers(applied.json())).contains("m Apply status: {\"f:status\":{\"f:replicas\":{}}}");
        // the status of the whole object is nobody's
        var whole = apply(DEPLOYMENTS + "/d", "n", DEPLOYMENT + "status: {replicas: 5}\n")
                .expect(200);
        assertThat(whole.text("status", "replicas")).isEqualTo("2");
        assertThat(managers(whole.json()).toString()).doesNotContain("n Apply: {\"f:status");
    }

    @Test
    void theScaleSubresourceTakesReplicasAndGivesThemBack() {
        apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT).expect(201);
        api.mergePatch(DEPLOYMENTS + "/d/scale?fieldManager=hpa", "{\"spec\":{\"replicas\":5}}")
                .expect(200);
        var scaled = api.get(DEPLOYMENTS + "/d").json();
        assertThat(managers(scaled)).contains("hpa Update scale: {\"f:spec\":{\"f:replicas\":{}}}");
        assertThat(managers(scaled).getFirst()).startsWith("m Apply: ").doesNotContain("f:replicas");
        assertThat(apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT).expect(409).message())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"hpa\" with subresource \"scale\" using"
                        + " apps/v1: .spec.replicas");
        var scale = "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: d}\nspec: {replicas: 7}\n";
        assertThat(apply(DEPLOYMENTS + "/d/scale", "s", scale).expect(409).message())
                .contains("conflict with \"hpa\" with subresource \"scale\" using autoscaling/v1: .spec.replicas");
        apply(DEPLOYMENTS + "/d/scale", "s", scale, "&force=true").expect(200);
        assertThat(managers(api.get(DEPLOYMENTS + "/d").json()))
                .contains("s Apply scale: {\"f:spec\":{\"f:replicas\":{}}}")
                .noneMatch(m -> m.startsWith("hpa"));
        assertThat(apply(DEPLOYMENTS + "/none/scale", "s", scale.replace("name: d", "name: none"))
                        .code())
                .isEqualTo(404);
    }

    @Test
    void aScaleWrittenByAnUpdaterOfTheObjectKeepsItsOtherFields() {
        api.post(DEPLOYMENTS + "?fieldManager=m", yamlAsJson(DEPLOYMENT)).expect(201);
        apply(
                        DEPLOYMENTS + "/d/scale",
                        "s",
                        "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: d}\nspec: {replicas: 3}\n")
                .expect(200);
        var all = managers(api.get(DEPLOYMENTS + "/d").json());
        assertThat(all).hasSize(2);
        assertThat(all.get(1)).startsWith("m Update: ").contains("f:replicas", "f:selector");
    }

    @Test
    void optionsAreChecked() {
        var body = map("a", "");
        assertThat(api.send("PATCH", MAPS + "/a", body, "Content-Type", "application/apply-patch+yaml")
                        .expect(422)
                        .message())
                .isEqualTo("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for"
                        + " apply patch");
        assertThat(api.mergePatch(MAPS + "/a?force=true", "{}").expect(422).message())
                .isEqualTo("PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for"
                        + " non-apply patch");
        assertThat(apply(MAPS + "/a", "x".repeat(129), body).expect(422).message())
                .contains("fieldManager: Too long: may not be more than 128 bytes");
        assertThat(apply(MAPS + "/a", "m", "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{}}")
                        .expect(400)
                        .message())
                .isEqualTo("invalid object type: /v1, Kind=Secret");
        assertThat(apply(MAPS + "/a", "m", "a: [").expect(400).message()).startsWith("error decoding YAML: ");
        assertThat(apply(MAPS + "/a", "m", "[]").expect(400).message()).startsWith("error decoding YAML: ");
        assertThat(api.send("PATCH", MAPS + "/a?fieldManager=m", body, "Content-Type", "application/apply-patch+cbor")
                        .code())
                .isEqualTo(415);
    }

    @Test
    void managedFieldsCannotBeApplied() {
        var body = map("a", "").replace("\"name\"", "\"managedFields\":[],\"name\"");
        assertThat(apply(MAPS + "/a", "m", body).expect(400).message()).isEqualTo("metadata.managedFields must be nil");
    }

    @Test
    void whatIsAppliedMustFitTheSchema() {
        assertThat(apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT.replace("replicas: 3", "replicas: three"))
                        .expect(500)
                        .message())
                .isEqualTo("failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.replicas:"
                        + " expected numeric (int or float), got string");
        assertThat(apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT.replace("replicas: 3", "foo: 3"))
                        .expect(500)
                        .message())
                .isEqualTo("failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.foo: field not"
                        + " declared in schema");
        assertThat(apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT + "      - {name: nginx, image: b}\n")
                        .expect(500)
                        .message())
                .contains(".spec.template.spec.containers: duplicate entries for key [name=\"nginx\"]");
    }

    @Test
    void fieldsGivenTwiceAreReported() {
        var twice = DEPLOYMENT.replace("replicas: 3", "replicas: 3\n  replicas: 4");
        assertThat(apply(DEPLOYMENTS + "/d", "m", twice, "&fieldValidation=Strict")
                        .expect(400)
                        .message())
                .isEqualTo("error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n"
                        + "  line 8: key \"replicas\" already set in map");
        assertThat(apply(DEPLOYMENTS + "/d", "m", twice, "&fieldValidation=Warn")
                        .expect(201)
                        .headers()
                        .first("Warning")
                        .orElse(""))
                .contains("already set in map");
        assertThat(apply(DEPLOYMENTS + "/d", "m", twice, "&fieldValidation=Ignore")
                        .expect(200)
                        .headers()
                        .first("Warning"))
                .isEmpty();
    }

    @Test
    void preconditionsHold() {
        var uid = map("a", "").replace("\"name\"", "\"uid\":\"123\",\"name\"");
        assertThat(apply(MAPS + "/a", "m", uid).expect(409).message())
                .contains("uid mismatch: the provided object specified uid 123, and no existing object was found");
        apply(MAPS + "/a", "m", map("a", "")).expect(201);
        assertThat(apply(MAPS + "/a", "m", uid).expect(422).message()).contains("metadata.uid: Invalid value");
        var old = map("a", ",\"data\":{\"k\":\"v\"}").replace("\"name\"", "\"resourceVersion\":\"1\",\"name\"");
        assertThat(apply(MAPS + "/a", "m", old).expect(409).message()).contains("the object has been modified");
    }

    @Test
    void aDryRunTellsAndDoesNothing() {
        assertThat(managers(apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"v\"}"), "&dryRun=All")
                        .expect(201)
                        .json()))
                .containsExactly("m Apply: {\"f:data\":{\"f:k\":{}}}");
        api.get(MAPS + "/a").expect(404);
    }

    @Test
    void whoMayNotCreateMayNotApplyWhatIsAbsent() {
        api.authorizer = (_, info) -> info.verb().equals("create") ? Decision.deny("") : Decision.allow("");
        assertThat(apply(MAPS + "/a", "m", map("a", "")).expect(403).message())
                .isEqualTo("configmaps \"a\" is forbidden: User \"tester\" cannot create resource \"configmaps\" in"
                        + " API group \"\" in the namespace \"default\"");
    }

    @Test
    void managedFieldsMayBeClearedButNotSpoilt() {
        apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"v\"}")).expect(201);
        // nonsense is ignored
        var kept = api.mergePatch(
                        MAPS + "/a",
                        "{\"metadata\":{\"managedFields\":[{\"operation\":\"Foo\",\"apiVersion\":\"v1\"}]}}")
                .expect(200);
        assertThat(managers(kept.json())).containsExactly("m Apply: {\"f:data\":{\"f:k\":{}}}");
        var nulled = api.mergePatch(MAPS + "/a", "{\"metadata\":{\"managedFields\":null}}")
                .expect(200);
        assertThat(managers(nulled.json())).hasSize(1);
        var cleared = api.mergePatch(MAPS + "/a", "{\"metadata\":{\"managedFields\":[{}]}}")
                .expect(200);
        assertThat(managers(cleared.json())).isEmpty();
        // without managed fields updates are not tracked, and the first apply says whose the rest was
        api.mergePatch(MAPS + "/a", "{\"data\":{\"x\":\"y\"}}").expect(200);
        var applied =
                apply(MAPS + "/a", "n", map("a", ",\"data\":{\"z\":\"1\"}")).expect(200);
        assertThat(managers(applied.json()))
                .containsExactly(
                        "n Apply: {\"f:data\":{\"f:z\":{}}}",
                        "before-first-apply Update: {\"f:data\":{\".\":{},\"f:k\":{},\"f:x\":{}}}");
        apply(MAPS + "/a", "o", map("a", ",\"data\":{\"k\":\"other\"}")).expect(409);
        api.mergePatch(MAPS + "/a", "{\"metadata\":{\"managedFields\":[]}}").expect(200);
        assertThat(managers(api.get(MAPS + "/a").json())).isEmpty();
    }

    @Test
    void managedFieldsMayBeSetByHand() {
        var made = apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"v\"}"))
                .expect(201)
                .json();
        var renamed = made.toString().replace("\"manager\":\"m\"", "\"manager\":\"renamed\"");
        assertThat(managers(api.put(MAPS + "/a", renamed).expect(200).json()))
                .containsExactly("renamed Apply: {\"f:data\":{\"f:k\":{}}}");
        // but not through a subresource
        apply(DEPLOYMENTS + "/d", "m", DEPLOYMENT).expect(201);
        assertThat(managers(api.mergePatch(DEPLOYMENTS + "/d/status", "{\"metadata\":{\"managedFields\":[{}]}}")
                        .expect(200)
                        .json()))
                .hasSize(1);
    }

    @Test
    void theOldestOfManyUpdatersAreTakenTogether() {
        api.post(MAPS + "?fieldManager=first", map("a", ",\"data\":{\"k0\":\"v\"}"))
                .expect(201);
        for (int i = 1; i <= 12; i++) {
            api.pass(Duration.ofSeconds(1));
            api.mergePatch(MAPS + "/a?fieldManager=m" + i, "{\"data\":{\"k" + i + "\":\"v\"}}")
                    .expect(200);
        }
        var all = managers(api.get(MAPS + "/a").json());
        assertThat(all).hasSize(10);
        assertThat(all.getFirst())
                .isEqualTo("ancient-changes Update: {\"f:data\":{\".\":{},\"f:k0\":{},\"f:k1\":{},\"f:k2\":{},"
                        + "\"f:k3\":{}}}");
    }

    @Test
    void theFieldsOfListsAreOwnedByElements() {
        var one = DEPLOYMENT + "        env: [{name: A, value: '1'}]\n";
        apply(DEPLOYMENTS + "/d", "one", one).expect(201);
        var two = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            spec:
              template:
                spec:
                  containers:
                  - name: sidecar
                    image: s
                    ports: [{containerPort: 80}]
                  - name: nginx
                    env: [{name: B, value: '2'}]
            """;
        var both = apply(DEPLOYMENTS + "/d", "two", two).expect(200);
        var containers = Tree.objects(both.json(), "spec", "template", "spec", "containers");
        assertThat(containers).extracting(c -> Tree.text(c, "name")).containsExactly("sidecar", "nginx");
        assertThat(containers.get(1).get("env").toString())
                .isEqualTo("[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"2\"}]");
        assertThat(managers(both.json()).get(1))
                .contains("\"f:ports\":{\"k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
                        + "\"f:containerPort\":{}}}");
        var without = apply(DEPLOYMENTS + "/d", "one", DEPLOYMENT).expect(200);
        assertThat(Tree.objects(without.json(), "spec", "template", "spec", "containers")
                        .get(1)
                        .get("env")
                        .toString())
                .isEqualTo("[{\"name\":\"B\",\"value\":\"2\"}]");
    }

    @Test
    void kubectlMovesFromClientSideToServerSide() {
        var last = yamlAsJson(DEPLOYMENT);
        var withAnnotation = new ObjectDecoder()
                .decodeUntyped(last.getBytes(StandardCharsets.UTF_8))
                .tree();
        Tree.childObject(Tree.childObject(withAnnotation, "metadata"), "annotations")
                .put("kubectl.kubernetes.io/last-applied-configuration", last);
        api.post(DEPLOYMENTS + "?fieldManager=kubectl-client-side-apply", withAnnotation.toString())
                .expect(201);
        var changed = DEPLOYMENT.replace("replicas: 3", "replicas: 8");
        assertThat(apply(DEPLOYMENTS + "/d", "other", changed).expect(409).message())
                .contains("kubectl-client-side-apply");
        var moved = apply(DEPLOYMENTS + "/d", "kubectl", changed).expect(200);
        assertThat(moved.text("spec", "replicas")).isEqualTo("8");
        assertThat(Tree.text(
                        moved.json(), "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"))
                .contains("\"replicas\":8")
                .endsWith("\n");
    }

    @Test
    void managersOfAnotherVersionKeepTheirFields() {
        var v2 = """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: h}
            spec:
              maxReplicas: 5
              minReplicas: 2
              scaleTargetRef: {kind: Deployment, name: d, apiVersion: apps/v1}
              metrics:
              - type: Resource
                resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}
            """;
        var v1 = """
            apiVersion: autoscaling/v1
            kind: HorizontalPodAutoscaler
            metadata: {name: h}
            spec: {maxReplicas: 7, scaleTargetRef: {kind: Deployment, name: d, apiVersion: apps/v1}}
            """;
        apply("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h", "m", v2)
                .expect(201);
        var path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h";
        assertThat(apply(path, "n", v1).expect(409).message())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"m\": .spec.maxReplicas");
        var forced = apply(path, "n", v1, "&force=true").expect(200);
        assertThat(forced.text("apiVersion")).isEqualTo("autoscaling/v1");
        assertThat(forced.text("spec", "targetCPUUtilizationPercentage")).isEqualTo("50");
        assertThat(forced.text("metadata", "managedFields")).contains("autoscaling/v2", "autoscaling/v1");
        // the first manager, now at the other version, gives up what it does not apply any more
        var less = apply(path, "m", v1).expect(200);
        assertThat(less.text("spec", "minReplicas")).isEqualTo("1"); // the default
    }

    @Test
    void whatTheServerSetsHasNoManager() {
        api.post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                .expect(201);
        var pod = api.post(
                        "/api/v1/namespaces/default/pods?fieldManager=m",
                        "{\"metadata\":{\"generateName\":\"p-\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\","
                                + "\"env\":[],\"stdin\":false}]},\"status\":{\"phase\":\"Running\"}}")
                .expect(201);
        assertThat(managers(pod.json()))
                .containsExactly("m Update: {\"f:metadata\":{\"f:generateName\":{}},\"f:spec\":{\"f:containers\":"
                        + "{\"k:{\\\"name\\\":\\\"c\\\"}\":{\".\":{},\"f:image\":{},\"f:imagePullPolicy\":{},\"f:name\":{},"
                        + "\"f:resources\":{},\"f:terminationMessagePath\":{},\"f:terminationMessagePolicy\":{}}},"
                        + "\"f:dnsPolicy\":{},\"f:enableServiceLinks\":{},\"f:restartPolicy\":{},\"f:schedulerName\":"
                        + "{},\"f:securityContext\":{},\"f:terminationGracePeriodSeconds\":{}}}");
        var name = Tree.text(pod.json(), "metadata", "name");
        api.post(
                        "/api/v1/namespaces/default/pods/" + name + "/binding",
                        "{\"metadata\":{\"name\":\"" + name + "\"},\"target\":{\"kind\":\"Node\",\"name\":\"n1\"}}")
                .expect(201);
        assertThat(managers(api.get("/api/v1/namespaces/default/pods/" + name).json()))
                .isEqualTo(managers(pod.json()));
    }

    @Test
    void managedFieldsAreShownInEveryForm() {
        var made = apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"v\"}")).expect(201);
        assertThat(api.get(MAPS + "/a", "Accept", "application/yaml").body())
                .contains("    fieldsV1:\n      f:data:\n        f:k: {}\n");
        assertThat(api.get(MAPS + "/a?pretty=true").body()).contains("\"f:data\": {\n");
        assertThat(api.get(MAPS, "Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
                        .json()
                        .at("/items/0/metadata/managedFields"))
                .isEqualTo(made.json().at("/metadata/managedFields"));
        assertThat(api.send(
                                "PATCH",
                                MAPS + "/a",
                                "[{\"op\":\"test\",\"path\":\"/metadata/managedFields/0/fieldsV1\",\"value\":"
                                        + "{\"f:data\":{\"f:k\":{}}}}]",
                                "Content-Type",
                                "application/json-patch+json")
                        .expect(200)
                        .json())
                .isEqualTo(made.json());
    }
}
