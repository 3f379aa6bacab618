package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.api.fuzz.Mutator;
import dev.navarch.api.fuzz.Rounds;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Spoilt bodies, patches, options and tokens are served or refused with a Status, and cost what their length allows. */
class RequestFuzzTest {
    private static final int ROUNDS = 1_500;
    private static final long FLOOR = 8 << 20;
    private static final long PER_BYTE = 5_000;
    private static final String NAMESPACE = "/api/v1/namespaces/default";

    /** Valid objects by the collections that they belong to. */
    private static final Map<String, String> SAMPLES = Map.of(
            NAMESPACE + "/pods",
            """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"a":"b"},"finalizers":["x/y"]},"spec":
            {"containers":[{"name":"c","image":"i","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"E",
            "value":"1"}],"resources":{"limits":{"cpu":"500m"}}}],"tolerations":[{"key":"k","operator":"Exists"}],
            "volumes":[{"name":"v","emptyDir":{}}]}}\
            """,
            "/apis/apps/v1/namespaces/default/deployments",
            """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":2,"selector":
            {"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
            "image":"i"}]}}}}\
            """,
            NAMESPACE + "/services",
            """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"selector":{"a":"b"},"ports":[{"name":
            "p","port":80,"targetPort":"http"},{"name":"q","port":81}]}}\
            """,
            NAMESPACE + "/configmaps",
            """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"},"binaryData":{"b":"aGk="}}\
            """,
            "/apis/batch/v1/namespaces/default/jobs",
            """
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"completions":3,"template":{"spec":
            {"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}\
            """,
            "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
            """
            {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"a"},"spec":{"podSelector":{},
            "ingress":[{"from":[{"ipBlock":{"cidr":"10.0.0.0/8"}}],"ports":[{"port":80,"endPort":90}]}]}}\
            """,
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"a"},"rules":[{"verbs":
            ["get"],"apiGroups":[""],"resources":["pods"]}]}\
            """);

    private static final List<String> COLLECTIONS = List.copyOf(new java.util.TreeSet<>(SAMPLES.keySet()));
    private static final List<String> ACCEPTS = List.of(
            "application/json",
            "application/yaml",
            "application/vnd.kubernetes.protobuf",
            "application/json;as=Table;g=meta.k8s.io;v=v1",
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,*/*;q=0.1");
    private static final Map<String, String> PATCHES = Map.of(
            "application/json-patch+json",
            """
            [{"op":"test","path":"/metadata/name","value":"a"},{"op":"add","path":"/metadata/labels","value":{"x":"y"}},
            {"op":"copy","from":"/metadata/labels","path":"/metadata/annotations"},{"op":"move","from":
            "/metadata/labels/x","path":"/metadata/labels/z~1w"},{"op":"remove","path":"/metadata/annotations"}]\
            """,
            "application/merge-patch+json",
            """
            {"metadata":{"labels":{"x":"y","a":null}},"spec":{"ports":[{"port":1}]}}\
            """,
            "application/strategic-merge-patch+json",
            """
            {"metadata":{"finalizers":["z/z"],"$deleteFromPrimitiveList/finalizers":["x/y"]},"spec":{"template":{"spec":
            {"$setElementOrder/containers":[{"name":"d"},{"name":"c"}],"containers":[{"name":"d","image":"j"},{"name":
            "c","$patch":"delete"}],"$retainKeys":["containers"]}}}}\
            """,
            "application/apply-patch+yaml",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: a
            spec:
              replicas: 3
              template:
                spec:
                  containers:
                  - name: c
                    image: k
            """);
    private static final List<String> PATCH_TYPES = List.copyOf(new java.util.TreeSet<>(PATCHES.keySet()));
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("labelSelector", "a=b,c in (d,e)"),
            Map.entry("fieldSelector", "metadata.name=a,metadata.namespace!=b"),
            Map.entry("limit", "1"),
            Map.entry("resourceVersion", "3"),
            Map.entry("resourceVersionMatch", "NotOlderThan"),
            Map.entry("timeoutSeconds", "1"),
            Map.entry("pretty", "true"),
            Map.entry("includeObject", "Object"),
            Map.entry("sendInitialEvents", "true"),
            Map.entry("allowWatchBookmarks", "true"),
            Map.entry("dryRun", "All"),
            Map.entry("fieldManager", "me"),
            Map.entry("fieldValidation", "Strict"),
            Map.entry("force", "true"),
            Map.entry("gracePeriodSeconds", "0"),
            Map.entry("propagationPolicy", "Foreground"));
    private static final List<String> OPTION_NAMES = List.copyOf(new java.util.TreeSet<>(OPTIONS.keySet()));

    private final TestApi api = new TestApi("10.96.0.0/16", Catalogue.builtIn(), ImpatientTime::new);

    @BeforeEach
    void samples() {
        api.post(NAMESPACE + "/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                .expect(201);
        SAMPLES.forEach((path, body) -> api.post(path, body).expect(201));
    }

    @AfterEach
    void close() {
        api.close();
    }

    private static <T> T any(RandomGenerator random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** Serves a request on this thread; whatever comes back must be fit for a client. */
    private void send(String method, String url, byte[] body, String... headers) throws InterruptedException {
        ApiResponse answer;
        try {
            answer = api.registry.handle(TestApi.request(method, url, body, headers));
        } catch (ApiFailure e) {
            answer = e.response();
        }
        switch (answer) {
            case ApiResponse.Streaming stream -> stream.frames().close();
            case ApiResponse.Whole whole -> {
                var bytes = whole.parts().toByteArray();
                var text = new String(bytes, StandardCharsets.UTF_8);
                // upstream calls a few mistakes of clients 500 too, without a reason
                boolean fit = whole.status() < 500
                        || whole.status() == 504
                        || !JsonMapper.shared().readTree(bytes).has("reason");
                assertThat(fit).as(text).isTrue();
                if (whole.contentType().equals("application/json")) {
                    assertThat(JsonMapper.shared().readTree(bytes).has("kind")
                                    || JsonMapper.shared().readTree(bytes).has("type"))
                            .isTrue();
                }
            }
        }
    }

    private static byte[] spoilt(RandomGenerator random, Mutator mutator, String sample) {
        return random.nextBoolean() && sample.startsWith("{")
                ? mutator.tree(JsonMapper.shared().readTree(sample)).toString().getBytes(StandardCharsets.UTF_8)
                : mutator.bytes(sample.getBytes(StandardCharsets.UTF_8));
    }

    private static String query(RandomGenerator random, Mutator mutator, int most) {
        var query = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            var name = any(random, OPTION_NAMES);
            var value = random.nextBoolean() ? OPTIONS.get(name) : mutator.text(OPTIONS.get(name));
            query.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
        return query.toString();
    }

    @Test
    void bodies() {
        Rounds.run("body", ROUNDS, FLOOR, PER_BYTE, (random, mutator, trial) -> {
            var path = any(random, COLLECTIONS);
            var body = spoilt(random, mutator, SAMPLES.get(path));
            boolean creates = random.nextBoolean();
            var url = path + (creates ? "" : random.nextInt(3) == 0 ? "/a/status" : "/a") + "?dryRun=All"
                    + query(random, mutator, 2);
            trial.input(url + " " + new String(body, StandardCharsets.UTF_8), body.length + url.length());
            send(
                    creates ? "POST" : "PUT",
                    url,
                    body,
                    "Content-Type",
                    random.nextBoolean() ? "application/json" : "application/yaml",
                    "Accept",
                    any(random, ACCEPTS));
        });
    }

    @Test
    void patches() {
        Rounds.run("patch", 2 * ROUNDS, FLOOR, PER_BYTE, (random, mutator, trial) -> {
            var path = any(random, COLLECTIONS);
            var type = any(random, PATCH_TYPES);
            var sample = random.nextInt(3) == 0 && !type.contains("json-patch") ? SAMPLES.get(path) : PATCHES.get(type);
            var body = spoilt(random, mutator, sample);
            var url = path + "/a?dryRun=All&fieldManager=me" + query(random, mutator, 1);
            trial.input(url + " " + type + " " + new String(body, StandardCharsets.UTF_8), body.length + url.length());
            send("PATCH", url, body, "Content-Type", type);
        });
    }

    @Test
    void anObjectStaysOfItsKind() {
        var map = NAMESPACE + "/configmaps/a";
        assertThat(api.mergePatch(map, "{\"kind\":\"\",\"apiVersion\":null}")
                        .expect(200)
                        .text("kind"))
                .isEqualTo("ConfigMap");
        assertThat(api.mergePatch(map, "{\"kind\":\"Pod\"}").expect(422).message())
                .endsWith("no kind \"Pod\" is registered for version \"v1\" in scheme"
                        + " \"pkg/api/legacyscheme/scheme.go:30\"");
        assertThat(api.send(
                                "PATCH",
                                map,
                                "{\"kind\":\"Pod\"}",
                                "Content-Type",
                                "application/strategic-merge-patch+json")
                        .expect(200)
                        .text("kind"))
                .isEqualTo("ConfigMap");
    }

    /** A patch that doubles the depth of what it copies into itself. */
    @Test
    void aPatchThatNestsIsRefused() throws InterruptedException {
        int levels = 240;
        var deep = "{\"a\":".repeat(levels) + "{}" + "}".repeat(levels);
        var copy = "{\"op\":\"copy\",\"from\":\"/metadata/x\",\"path\":\"/metadata/x" + "/a".repeat(levels) + "/b\"},";
        for (int copies = 1; copies < 5; copies++) {
            var body = "[{\"op\":\"add\",\"path\":\"/metadata/x\",\"value\":" + deep + "}," + copy.repeat(copies)
                    + "{\"op\":\"remove\",\"path\":\"/data\"}]";
            send(
                    "PATCH",
                    NAMESPACE + "/configmaps/a",
                    body.getBytes(StandardCharsets.UTF_8),
                    "Content-Type",
                    "application/json-patch+json");
        }
    }

    @Test
    void optionsAndForms() {
        Rounds.run("option", 2 * ROUNDS, FLOOR, PER_BYTE, (random, mutator, trial) -> {
            var url = any(random, COLLECTIONS) + (random.nextInt(3) == 0 ? "/a" : "") + "?"
                    + (random.nextInt(4) == 0 ? "watch=1" : "") + query(random, mutator, 4);
            var accept = random.nextBoolean() ? any(random, ACCEPTS) : mutator.text(any(random, ACCEPTS));
            trial.input(url + " " + accept, url.length() + accept.length());
            send("GET", url, new byte[0], "Accept", accept);
        });
    }

    @Test
    void tokensOfPages() {
        api.post(
                        NAMESPACE + "/configmaps",
                        SAMPLES.get(NAMESPACE + "/configmaps").replace("\"a\"", "\"b\""))
                .expect(201);
        var token = api.get(NAMESPACE + "/configmaps?limit=1").text("metadata", "continue");
        assertThat(token).isNotEmpty();
        var decoded = new String(java.util.Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        Rounds.run("token", 2 * ROUNDS, FLOOR, PER_BYTE, (random, mutator, trial) -> {
            var spoilt = random.nextBoolean()
                    ? mutator.text(token)
                    : java.util.Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(mutator.bytes(decoded.getBytes(StandardCharsets.UTF_8)));
            trial.input(spoilt, spoilt.length());
            send(
                    "GET",
                    NAMESPACE + "/configmaps?limit=1&continue=" + URLEncoder.encode(spoilt, StandardCharsets.UTF_8),
                    new byte[0]);
        });
    }

    @Test
    void deletionsAndActions() {
        var bodies = Map.of(
                NAMESPACE + "/pods/a/eviction",
                "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"a\"},\"deleteOptions\":"
                        + "{\"dryRun\":[\"All\"]}}",
                NAMESPACE + "/pods/a/binding",
                "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"a\"},\"target\":{\"kind\":\"Node\","
                        + "\"name\":\"n\"}}",
                "/apis/apps/v1/namespaces/default/deployments/a/scale",
                "{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{\"name\":\"a\",\"namespace\":"
                        + "\"default\"},\"spec\":{\"replicas\":3}}",
                NAMESPACE + "/configmaps/a",
                "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"gracePeriodSeconds\":0,\"preconditions\":{\"uid\":"
                        + "\"x\"},\"propagationPolicy\":\"Foreground\"}");
        var paths = List.copyOf(new java.util.TreeSet<>(bodies.keySet()));
        Rounds.run("action", ROUNDS, FLOOR, PER_BYTE, (random, mutator, trial) -> {
            var path = any(random, paths);
            var body = spoilt(random, mutator, bodies.get(path));
            trial.input(path + " " + new String(body, StandardCharsets.UTF_8), body.length);
            var method = path.endsWith("scale") ? "PUT" : path.endsWith("/a") ? "DELETE" : "POST";
            send(method, path + "?dryRun=All" + query(random, mutator, 1), body, "Content-Type", "application/json");
        });
    }
}
