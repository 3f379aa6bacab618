package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.storage.etcd.EtcdProcess;
import dev.navarch.storage.etcd.EtcdStore;
import dev.navarch.time.SystemTime;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two API servers on one etcd: to a client they are one. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoServersIT {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String SERVICES = "/api/v1/namespaces/default/services";
    private static final JsonMapper json = new JsonMapper();

    private static final SystemTime time = new SystemTime();
    private static final List<EtcdStore> stores = new ArrayList<>();
    private static final List<ApiServer> servers = new ArrayList<>();
    private static TestCertificates certificates;
    private static EtcdProcess etcd;
    private static KeyPair key;
    private static HttpClient admin;

    @BeforeAll
    static void start() throws Exception {
        etcd = EtcdProcess.start();
        certificates = new TestCertificates();
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        key = generator.generateKeyPair();
        var starting =
                List.of(starting(config(key, "192.0.2.1"), store(), 1), starting(config(key, "192.0.2.2"), store(), 2));
        for (var one : starting) {
            servers.add(one.get());
        }
        admin = HttpClient.newBuilder()
                .sslContext(certificates.clientContext(certificates.client("CN=admin,O=system:masters")))
                .build();
    }

    private static EtcdStore store() {
        var store = EtcdStore.open(etcd.config().withRequestTimeout(Duration.ofSeconds(2)), time);
        stores.add(store);
        return store;
    }

    private static ApiServerConfig config(KeyPair key, String address) throws Exception {
        var serving = certificates.serving("api");
        var identity = certificates.client("CN=kube-apiserver-kubelet-client,O=system:masters");
        return ApiServerConfig.builder(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        () -> serving,
                        List.of(certificates.authorityCertificate()),
                        () -> identity,
                        List.of(certificates.authorityCertificate()),
                        ServiceAccountKeys.fixed(key))
                .advertise(new InetSocketAddress(address, 6443))
                .build();
    }

    /** Both at the same time, on an empty etcd. */
    private static CompletableFuture<ApiServer> starting(ApiServerConfig config, EtcdStore store, long seed) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return ApiServer.start(config, store, time, new Random(seed));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @AfterAll
    static void stop() throws Exception {
        if (admin != null) {
            admin.shutdownNow();
        }
        servers.forEach(ApiServer::close);
        stores.forEach(EtcdStore::close);
        if (etcd != null) {
            etcd.close();
        }
        time.close();
    }

    private static HttpRequest.Builder request(int server, String path) {
        return HttpRequest.newBuilder(URI.create(
                "https://localhost:" + servers.get(server % 2).address().getPort() + path));
    }

    private static HttpResponse<String> get(int server, String path) throws Exception {
        return admin.send(request(server, path).build(), BodyHandlers.ofString());
    }

    private static HttpRequest sending(String method, int server, String path, String body) {
        return request(server, path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
    }

    private static HttpResponse<String> send(String method, int server, String path, String body) throws Exception {
        return admin.send(sending(method, server, path, body), BodyHandlers.ofString());
    }

    private static JsonNode ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
        return json.readTree(answer.body());
    }

    private static String revision(JsonNode object) {
        return object.path("metadata").path("resourceVersion").asString();
    }

    private static String configMap(String name, String value, String revision) {
        return """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","resourceVersion":"%s"},
             "data":{"value":"%s"}}\
            """.formatted(name, revision, value);
    }

    private static List<HttpResponse<String>> race(List<HttpRequest> requests) {
        return requests.stream().map(request -> admin.sendAsync(request, BodyHandlers.ofString())).toList().stream()
                .map(CompletableFuture::join)
                .toList();
    }

    @Test
    void whatOneAnsweredTheOtherKnows() throws Exception {
        for (int i = 0; i < 30; i++) {
            var path = CONFIG_MAPS + "/fresh-" + i;
            var created = ok(send("POST", i, CONFIG_MAPS, configMap("fresh-" + i, "0", "")));
            var read = ok(get(i + 1, path));
            assertThat(read).isEqualTo(created);
            var updated = ok(send("PUT", i + 1, path, configMap("fresh-" + i, "1", revision(read))));
            assertThat(ok(get(i, CONFIG_MAPS + "?fieldSelector=metadata.name%3Dfresh-" + i))
                            .path("items")
                            .get(0)
                            .path("data")
                            .path("value")
                            .asString())
                    .isEqualTo("1");
            assertThat(get(i, CONFIG_MAPS + "?resourceVersion=" + revision(updated))
                            .statusCode())
                    .isEqualTo(200);
            ok(send("DELETE", i, path, ""));
            assertThat(get(i + 1, path).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void pagesAndWatchesGoOnAtTheOther() throws Exception {
        for (int i = 0; i < 5; i++) {
            ok(send("POST", i, CONFIG_MAPS, configMap("page-" + i, "0", "")));
        }
        var first = ok(get(0, CONFIG_MAPS + "?limit=2"));
        ok(send("POST", 0, CONFIG_MAPS, configMap("page-late", "0", "")));
        var next = first.path("metadata").path("continue").asString();
        var second = ok(get(1, CONFIG_MAPS + "?limit=500&continue=" + next));
        assertThat(revision(second)).isEqualTo(revision(first));
        assertThat(second.toString()).contains("page-4").doesNotContain("page-late");

        var watch = admin.send(
                request(1, CONFIG_MAPS + "?watch=true&resourceVersion=" + revision(first))
                        .build(),
                BodyHandlers.ofInputStream());
        try (var events = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            long last = 0;
            String event;
            ok(send("PUT", 0, CONFIG_MAPS + "/page-late", configMap("page-late", "seen", "")));
            do {
                event = events.readLine();
                long at = Long.parseLong(revision(json.readTree(event).path("object")));
                assertThat(at).isGreaterThan(last);
                last = at;
            } while (!event.contains("\"seen\""));
        }
    }

    /** What a server has never seen, or no longer holds, etcd may still have. */
    @Test
    void aServerThatBeganLaterGoesOnWithPages() throws Exception {
        ok(send("POST", 0, "/api/v1/namespaces", "{\"metadata\":{\"name\":\"paged\"}}"));
        var maps = "/api/v1/namespaces/paged/configmaps";
        for (int i = 0; i < 5; i++) {
            ok(send("POST", i, maps, configMap("page-" + i, "0", "")));
        }
        var first = ok(get(0, maps + "?limit=2"));
        ok(send("DELETE", 1, maps + "/page-3", ""));
        var exact = "?resourceVersionMatch=Exact&resourceVersion=" + revision(first);
        var before = ok(get(0, maps + exact));
        var late = ApiServer.start(config(key, "192.0.2.5"), store(), time, new Random(5));
        servers.add(late);
        try {
            var next = first.path("metadata").path("continue").asString();
            var second = ok(getLate(maps + "?limit=500&continue=" + next));
            assertThat(revision(second)).isEqualTo(revision(first));
            assertThat(second.path("items").size()).isEqualTo(3);
            assertThat(second.toString()).contains("page-3");
            assertThat(ok(getLate(maps + exact))).isEqualTo(before);
            stores.getFirst().compact(stores.getFirst().revision());
            var expired = getLate(maps + "?limit=500&continue=" + next);
            assertThat(expired.statusCode()).isEqualTo(410);
            var again = json.readTree(expired.body())
                    .path("metadata")
                    .path("continue")
                    .asString();
            assertThat(ok(getLate(maps + "?limit=500&continue=" + again)).toString())
                    .contains("page-2", "page-4")
                    .doesNotContain("page-3");
        } finally {
            servers.remove(late);
            late.close();
        }
    }

    private static HttpResponse<String> getLate(String path) throws Exception {
        var uri = URI.create("https://localhost:" + servers.getLast().address().getPort() + path);
        return admin.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    @Test
    void ofManyWritersExactlyOneWins() throws Exception {
        var path = CONFIG_MAPS + "/contested";
        var now = ok(send("POST", 0, CONFIG_MAPS, configMap("contested", "start", "")));
        for (int round = 0; round < 10; round++) {
            List<HttpRequest> writers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                writers.add(sending("PUT", i, path, configMap("contested", round + "-" + i, revision(now))));
            }
            var answers = race(writers);
            assertThat(answers)
                    .extracting(HttpResponse::statusCode)
                    .containsOnlyOnce(200)
                    .allMatch(code -> code == 200 || code == 409);
            now = ok(get(round, path));
        }
    }

    @Test
    void unconditionalPatchesAllHappen() throws Exception {
        ok(send("POST", 0, CONFIG_MAPS, configMap("patched", "", "")));
        List<HttpRequest> patches = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            patches.add(request(i, CONFIG_MAPS + "/patched")
                    .header("Content-Type", "application/merge-patch+json")
                    .method("PATCH", BodyPublishers.ofString("{\"data\":{\"key-" + i + "\":\"x\"}}"))
                    .build());
        }
        race(patches).forEach(TwoServersIT::ok);
        assertThat(ok(get(0, CONFIG_MAPS + "/patched")).path("data").size()).isEqualTo(7);
    }

    private static String service(String name, String spec) {
        return """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"%s"},
             "spec":{%s"ports":[{"port":80}]}}\
            """.formatted(name, spec);
    }

    @Test
    void addressesAndNodePortsAreGivenOnce() throws Exception {
        List<HttpRequest> creates = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            creates.add(sending("POST", i, SERVICES, service("many-" + i, "\"type\":\"NodePort\",")));
        }
        var made = race(creates).stream().map(TwoServersIT::ok).toList();
        assertThat(made)
                .extracting(s -> s.path("spec").path("clusterIP").asString())
                .doesNotHaveDuplicates();
        assertThat(made)
                .extracting(s ->
                        s.path("spec").path("ports").get(0).path("nodePort").asInt())
                .doesNotHaveDuplicates();
    }

    @Test
    void anAddressAskedForIsGivenToOneAndFreeAgainAfterIt() throws Exception {
        for (int round = 0; round < 5; round++) {
            var spec = "\"type\":\"NodePort\",\"clusterIP\":\"10.96.0.77\",";
            var answers = race(List.of(
                    sending("POST", 0, SERVICES, service("mine", spec)),
                    sending("POST", 1, SERVICES, service("yours", spec))));
            assertThat(answers).extracting(HttpResponse::statusCode).containsExactlyInAnyOrder(201, 422);
            var loser = answers.stream()
                    .filter(a -> a.statusCode() == 422)
                    .findFirst()
                    .orElseThrow();
            assertThat(loser.body()).contains("provided IP is already allocated");
            var winner = answers.get(0).statusCode() == 201 ? "mine" : "yours";
            ok(send("DELETE", round, SERVICES + "/" + winner, ""));
        }
    }

    @Test
    void aTokenOfOneIsAcceptedByTheOther() throws Exception {
        ok(send(
                "POST",
                0,
                "/api/v1/namespaces/default/serviceaccounts",
                "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}"));
        var token = ok(send(
                        "POST",
                        0,
                        "/api/v1/namespaces/default/serviceaccounts/robot/token",
                        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}"))
                .path("status")
                .path("token")
                .asString();
        try (var nobody =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build()) {
            for (int server = 0; server < 2; server++) {
                var answer = nobody.send(
                        request(server, "/api")
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
        }
    }

    /** Not before the other server has seen the account, however close the requests follow each other. */
    @Test
    void aTokenIsAcceptedAtOnce() throws Exception {
        var accounts = "/api/v1/namespaces/default/serviceaccounts";
        try (var nobody =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build()) {
            for (int i = 0; i < 20; i++) {
                var name = "at-once-" + i;
                ok(send(
                        "POST",
                        i,
                        accounts,
                        "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"" + name
                                + "\"}}"));
                var token = ok(send(
                                "POST",
                                i,
                                accounts + "/" + name + "/token",
                                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}"))
                        .path("status")
                        .path("token")
                        .asString();
                var answer = nobody.send(
                        request(i + 1, "/api")
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                var review = ok(send(
                        "POST",
                        i + 1,
                        "/apis/authentication.k8s.io/v1/tokenreviews",
                        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"spec\":{\"token\":\""
                                + token + "\"}}"));
                assertThat(review.path("status").path("authenticated").asBoolean())
                        .isTrue();
                ok(send("DELETE", i, accounts + "/" + name, ""));
            }
        }
    }

    private static HttpResponse<String> asNobody(int server, String token) throws Exception {
        try (var nobody =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build()) {
            return nobody.send(
                    request(server, "/api")
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void aTokenForNobodyIsRefused() throws Exception {
        var accounts = "/api/v1/namespaces/default/serviceaccounts";
        ok(send(
                "POST",
                0,
                accounts,
                "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"gone\"}}"));
        var token = ok(send(
                        "POST",
                        0,
                        accounts + "/gone/token",
                        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}"))
                .path("status")
                .path("token")
                .asString();
        ok(send("DELETE", 0, accounts + "/gone", ""));
        var answer = asNobody(1, token);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(json.readTree(answer.body()).path("reason").asString()).isEqualTo("Unauthorized");
    }

    @Test
    void aQuotaHoldsForBothTogether() throws Exception {
        ok(send("POST", 0, "/api/v1/namespaces", "{\"metadata\":{\"name\":\"tight\"}}"));
        var quotas = "/api/v1/namespaces/tight/resourcequotas";
        var quota = ok(send(
                "POST",
                0,
                quotas,
                "{\"metadata\":{\"name\":\"few\"},\"spec\":{\"hard\":{\"count/configmaps\":\"5\"}}}"));
        ((tools.jackson.databind.node.ObjectNode) quota)
                .set(
                        "status",
                        json.readTree("{\"hard\":{\"count/configmaps\":\"5\"},\"used\":{\"count/configmaps\":\"0\"}}"));
        ok(send("PUT", 1, quotas + "/few/status", quota.toString()));
        List<HttpRequest> creates = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            creates.add(sending("POST", i, "/api/v1/namespaces/tight/configmaps", configMap("one-" + i, "", "")));
        }
        var codes = race(creates).stream().map(HttpResponse::statusCode).toList();
        assertThat(codes).containsOnly(201, 403);
        assertThat(codes.stream().filter(code -> code == 201)).hasSize(5);
        assertThat(ok(get(1, quotas + "/few"))
                        .at("/status/used/count~1configmaps")
                        .asString())
                .isEqualTo("5");
    }

    @Test
    void customResourcesOfOneAreServedByTheOther() throws Exception {
        for (int i = 0; i < 5; i++) {
            var plural = "things" + i;
            var definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            ok(send("POST", i, definitions, """
                {"metadata":{"name":"%1$s.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
                 "names":{"plural":"%1$s","kind":"Thing%2$d"},"versions":[{"name":"v1","served":true,"storage":true,
                 "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}\
                """.formatted(plural, i)));
            var path = definitions + "/" + plural + ".example.com";
            while (!ok(get(i, path)).at("/status/conditions").toString().matches(".*Established.*")) {
                Thread.onSpinWait();
            }
            ok(send(
                    "POST",
                    i + 1,
                    "/apis/example.com/v1/namespaces/default/" + plural,
                    "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Thing" + i + "\",\"metadata\":{\"name\":\"a\"}}"));
            ok(get(i, "/apis/example.com/v1/namespaces/default/" + plural + "/a"));
            ok(send("DELETE", i, path, ""));
        }
        assertThat(get(0, "/apis/example.com/v1/namespaces/default/nothings").statusCode())
                .isEqualTo(404);
    }

    @Test
    void revisionsNeverGoBackWhicheverServerAnswers() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("revisionsNeverGoBack: seed " + seed);
        var random = new Random(seed);
        for (var name : List.of("moving", "also", "watched")) {
            ok(send("POST", 0, CONFIG_MAPS, configMap(name, "0", "")));
        }
        var writers = List.of(
                CompletableFuture.runAsync(() -> write("moving", 60)),
                CompletableFuture.runAsync(() -> write("also", 60)));
        long seen = 0;
        long seenOfObject = 0;
        boolean ended = false;
        while (!ended) {
            ended = writers.stream().allMatch(CompletableFuture::isDone); // and then a last round
            for (int i = 0; i < 4; i++) {
                int server = random.nextInt(2);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        long now = Long.parseLong(revision(ok(get(server, CONFIG_MAPS + "/moving"))));
                        assertThat(now).as("seed %d", seed).isGreaterThanOrEqualTo(seenOfObject);
                        seenOfObject = now;
                    }
                    case 1 -> {
                        long now = Long.parseLong(revision(ok(get(server, CONFIG_MAPS))));
                        assertThat(now).as("seed %d", seed).isGreaterThanOrEqualTo(seen);
                        seen = now;
                    }
                    case 2 -> {
                        long now = Long.parseLong(revision(ok(get(server, CONFIG_MAPS + "?resourceVersion=" + seen))));
                        assertThat(now).as("seed %d", seed).isGreaterThanOrEqualTo(seen);
                        seen = now;
                    }
                    default -> {
                        var watch = admin.send(
                                request(server, CONFIG_MAPS + "?watch=true&timeoutSeconds=1&resourceVersion=" + seen)
                                        .build(),
                                BodyHandlers.ofInputStream());
                        ok(send("PUT", server + 1, CONFIG_MAPS + "/watched", configMap("watched", "" + seen, "")));
                        try (var events =
                                new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
                            long now = Long.parseLong(
                                    revision(json.readTree(events.readLine()).path("object")));
                            assertThat(now).as("seed %d", seed).isGreaterThan(seen);
                            seen = now;
                        }
                    }
                }
            }
        }
        writers.forEach(CompletableFuture::join);
    }

    private static void write(String name, int times) {
        try {
            for (int i = 1; i <= times; i++) {
                ok(send("PUT", i, CONFIG_MAPS + "/" + name, configMap(name, "" + i, "")));
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static final String ENDPOINTS = "/api/v1/namespaces/default/endpoints/kubernetes";
    private static final String SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    @Test
    void serviceKubernetesLeadsToAllServersThatLive() throws Exception {
        assertThat(ok(get(0, ENDPOINTS)).at("/subsets/0/addresses").toString()).contains("192.0.2.1", "192.0.2.2");
        var leaving = ApiServer.start(
                config(key, "192.0.2.3").toBuilder()
                        .advertise(new InetSocketAddress("192.0.2.3", 7443))
                        .build(),
                store(),
                time,
                new Random(3));
        var crashingStore = store();
        var crashing = ApiServer.start(config(key, "192.0.2.4"), crashingStore, time, new Random(4));
        var all = ok(get(0, ENDPOINTS)).path("subsets").toString();
        assertThat(all).contains("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "7443");
        assertThat(ok(get(1, SLICES + "/kubernetes")).path("endpoints").toString())
                .contains("192.0.2.1", "192.0.2.2", "192.0.2.4")
                .doesNotContain("192.0.2.3");
        assertThat(ok(get(1, SLICES + "/kubernetes-7443")).path("endpoints").toString())
                .contains("192.0.2.3");
        leaving.close();
        assertThat(ok(get(0, ENDPOINTS)).toString()).contains("192.0.2.4").doesNotContain("192.0.2.3", "7443");
        assertThat(get(0, SLICES + "/kubernetes-7443").statusCode()).isEqualTo(404);
        crashingStore.close(); // it can't say goodbye any more
        crashing.close();
        assertThat(ok(get(0, ENDPOINTS)).toString()).contains("192.0.2.4");
        var watch = admin.send(
                request(
                                1,
                                "/api/v1/namespaces/default/endpoints?watch=true&timeoutSeconds=60&resourceVersion="
                                        + revision(ok(get(0, ENDPOINTS))))
                        .build(),
                BodyHandlers.ofInputStream());
        try (var events = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            assertThat(events.readLine()).contains("192.0.2.1", "192.0.2.2").doesNotContain("192.0.2.4");
        }
    }

    @Test
    void whileEtcdIsGoneRequestsFailAndThenWorkAgain() throws Exception {
        ok(send("POST", 0, CONFIG_MAPS, configMap("survivor", "1", "")));
        ok(get(1, CONFIG_MAPS + "/survivor"));
        etcd.kill();
        try {
            var read = get(1, CONFIG_MAPS + "/survivor");
            assertThat(read.statusCode()).isEqualTo(500);
            assertThat(json.readTree(read.body()).path("kind").asString()).isEqualTo("Status");
            assertThat(send("POST", 0, CONFIG_MAPS, configMap("other", "1", "")).statusCode())
                    .isEqualTo(500);
            assertThat(get(1, CONFIG_MAPS + "/survivor?resourceVersion=0").statusCode())
                    .isEqualTo(200);
            for (var path : List.of("/readyz", "/livez", "/healthz")) {
                assertThat(get(0, path).body()).contains("[-]etcd failed: reason withheld");
            }
        } finally {
            etcd.restart();
        }
        var back = get(1, CONFIG_MAPS + "/survivor");
        for (int tries = 0; back.statusCode() != 200 && tries < 20; tries++) {
            back = get(1, CONFIG_MAPS + "/survivor");
        }
        assertThat(back.statusCode()).isEqualTo(200);
        ok(send("POST", 0, CONFIG_MAPS, configMap("afterwards", "1", "")));
        assertThat(get(0, "/readyz").statusCode()).isEqualTo(200);
        assertThat(get(0, "/readyz/etcd").body()).isEqualTo("ok");
    }
}
