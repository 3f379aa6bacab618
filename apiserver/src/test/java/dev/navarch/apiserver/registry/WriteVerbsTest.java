package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WriteVerbsTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private static String map(String name) {
        return "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" + name + "\"}}";
    }

    @Test
    void creationCompletesMetadata() {
        var created = api.post(MAPS, map("a")).expect(201);

        assertThat(created.text("metadata", "namespace")).isEqualTo("default");
        assertThat(created.text("metadata", "uid"))
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.*");
        assertThat(created.text("metadata", "resourceVersion")).isEqualTo(Long.toString(api.store.revision()));
    }

    @Test
    void aNameIsTakenOnce() {
        api.post(MAPS, map("a")).expect(201);
        var again = api.post(MAPS, map("a")).expect(409);

        assertThat(again.reason()).isEqualTo("AlreadyExists");
        assertThat(again.message()).isEqualTo("configmaps \"a\" already exists");
    }

    @Test
    void namesAreGenerated() {
        var created =
                api.post(MAPS, "{\"metadata\":{\"generateName\":\"web-\"}}").expect(201);

        assertThat(created.text("metadata", "name")).matches("web-[bcdfghjklmnpqrstvwxz2456789]{5}");
    }

    @Test
    void aNameIsRequired() {
        var refused = api.post(MAPS, "{\"metadata\":{}}").expect(422);

        assertThat(refused.message())
                .isEqualTo(
                        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required");
    }

    @Test
    void theNamespaceMustExistAndMatch() {
        assertThat(api.post("/api/v1/namespaces/nowhere/configmaps", map("a"))
                        .expect(404)
                        .message())
                .isEqualTo("namespaces \"nowhere\" not found");
        assertThat(api.post(MAPS, "{\"metadata\":{\"name\":\"a\",\"namespace\":\"other\"}}")
                        .expect(400)
                        .message())
                .isEqualTo("the namespace of the provided object does not match the namespace sent on the request");
    }

    @Test
    void creationTakesNoVersion() {
        assertThat(api.post(MAPS, "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\"}}")
                        .expect(500)
                        .message())
                .isEqualTo("resourceVersion should not be set on objects to be created");
    }

    @Test
    void updatesAreForTheVersionTheyName() {
        var created = api.post(MAPS, map("a")).expect(201);
        var mine = created.json();
        mine.putObject("data").put("k", "mine");
        api.mergePatch(MAPS + "/a", "{\"data\":{\"k\":\"theirs\"}}").expect(200);

        var refused = api.put(MAPS + "/a", mine.toString()).expect(409);

        assertThat(refused.reason()).isEqualTo("Conflict");
        assertThat(refused.message())
                .isEqualTo("Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please"
                        + " apply your changes to the latest version and try again");
        Meta.of(mine).remove("resourceVersion");
        assertThat(api.put(MAPS + "/a", mine.toString()).expect(200).text("data", "k"))
                .isEqualTo("mine");
    }

    @Test
    void anUpdateThatChangesNothingWritesNothing() {
        var created = api.post(MAPS, map("a")).expect(201);
        long before = api.store.revision();

        var updated = api.put(MAPS + "/a", created.body()).expect(200);
        api.mergePatch(MAPS + "/a", "{}").expect(200);

        assertThat(updated.body()).isEqualTo(created.body());
        assertThat(api.store.revision()).isEqualTo(before);
    }

    @Test
    void someKindsMustNameAVersionAndMayBeCreatedByUpdate() {
        var lease = "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"holderIdentity\":\"me\"}}";
        api.put(LEASES + "/l", lease).expect(201);
        var refused = api.put(LEASES + "/l", lease).expect(422);
        assertThat(refused.message()).contains("metadata.resourceVersion: Invalid value: 0");
        assertThat(api.put(MAPS + "/none", map("none")).expect(404).message())
                .isEqualTo("configmaps \"none\" not found");
    }

    @Test
    void theNameInTheBodyIsThatOfThePath() {
        api.post(MAPS, map("a")).expect(201);
        assertThat(api.put(MAPS + "/a", map("b")).expect(400).message())
                .isEqualTo("the name of the object (b) does not match the name on the URL (a)");
    }

    @Test
    void updatesKeepWhatIsTheServers() {
        var created = api.post(MAPS, map("a")).expect(201);
        var changed = created.json();
        Meta.of(changed)
                .put("creationTimestamp", "1999-01-01T00:00:00Z")
                .put("deletionTimestamp", "1999-01-01T00:00:00Z");

        var updated = api.put(MAPS + "/a", changed.toString()).expect(200);

        assertThat(updated.text("metadata", "creationTimestamp"))
                .isEqualTo(created.text("metadata", "creationTimestamp"));
        assertThat(updated.text("metadata", "deletionTimestamp")).isEmpty();
        Meta.of(changed).put("uid", "11111111-2222-3333-4444-555555555555");
        assertThat(api.put(MAPS + "/a", changed.toString()).expect(409).message())
                .contains("Precondition failed: UID in precondition: 11111111");
    }

    @Test
    void ofManyWritersOnOneVersionOneWins() throws Exception {
        var body = api.post(MAPS, map("a")).expect(201).json();
        List<Callable<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            var mine = body.deepCopy();
            mine.putObject("data").put("writer", "w" + i);
            writers.add(() -> api.put(MAPS + "/a", mine.toString()).code());
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var codes = new ArrayList<Integer>();
            for (var done : threads.invokeAll(writers)) {
                codes.add(done.get());
            }
            assertThat(codes).containsOnlyOnce(200).containsOnly(200, 409);
        }
    }

    @Test
    void patchesWithoutVersionAllGetThrough() throws Exception {
        api.post(MAPS, map("a")).expect(201);
        List<Callable<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            var patch = "{\"data\":{\"k" + i + "\":\"v\"}}";
            writers.add(() -> api.mergePatch(MAPS + "/a", patch).code());
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : threads.invokeAll(writers)) {
                assertThat(done.get()).isEqualTo(200);
            }
        }
        assertThat(api.get(MAPS + "/a").json().get("data").size()).isEqualTo(16);
    }

    @Test
    void ofManyCreatorsOneWins() throws Exception {
        List<Callable<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            writers.add(() -> api.post(MAPS, map("a")).code());
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var codes = new ArrayList<Integer>();
            for (var done : threads.invokeAll(writers)) {
                codes.add(done.get());
            }
            assertThat(codes).containsOnlyOnce(201).containsOnly(201, 409);
        }
    }

    @Test
    void dryRunsChangeNothing() {
        long before = api.store.revision();
        api.post(MAPS + "?dryRun=All", map("a")).expect(201);
        api.get(MAPS + "/a").expect(404);
        assertThat(api.store.revision()).isEqualTo(before);
        api.post(MAPS, map("a")).expect(201);
        api.post(MAPS + "?dryRun=All", map("a")).expect(409);
        assertThat(api.send(
                                "PATCH",
                                MAPS + "/a?dryRun=All",
                                "{\"data\":{\"k\":\"v\"}}",
                                "Content-Type",
                                "application/merge-patch+json")
                        .expect(200)
                        .text("data", "k"))
                .isEqualTo("v");
        api.send("DELETE", MAPS + "/a?dryRun=All", "").expect(200);
        assertThat(api.get(MAPS + "/a").expect(200).text("data")).isEmpty();
        api.post(MAPS + "?dryRun=Some", map("b")).expect(422);
    }

    @Test
    void unknownFieldsAreToldAsAskedFor() {
        var body = "{\"metadata\":{\"name\":\"a\"},\"foo\":1}";
        var strict = api.post(MAPS + "?fieldValidation=Strict", body).expect(400);
        assertThat(strict.message()).contains("strict decoding error: unknown field \"foo\"");
        var warned = api.post(MAPS + "?fieldValidation=Warn", body).expect(201);
        assertThat(warned.headers().all("Warning")).containsExactly("299 - \"unknown field \\\"foo\\\"\"");
        var silent = api.put(MAPS + "/a?fieldValidation=Ignore", body).expect(200);
        assertThat(silent.headers().all("Warning")).isEmpty();
        assertThat(silent.text("foo")).isEmpty();
    }

    @Test
    void hostileBodiesAreRefusedAndTheNextRequestWorks() {
        for (var body : List.of(
                "{", "[]", "\"x\"", "{\"metadata\":3}", "{\"metadata\":{\"name\":7}}", "{\"data\":[1]}", "\0\1\2")) {
            assertThat(api.post(MAPS, body).code()).as(body).isEqualTo(400);
        }
        assertThat(api.post(MAPS, "{\"a\":".repeat(100_000)).code()).isEqualTo(400);
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                + "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assertThat(api.post(MAPS, bomb, "Content-Type", "application/yaml").code())
                .isEqualTo(400);
        assertThat(api.post(MAPS, map("a"), "Content-Type", "application/cbor")
                        .expect(415)
                        .message())
                .startsWith("the body of the request was in an unknown format - accepted media types include: ");
        assertThat(api.post(MAPS, map("UPPER")).expect(422).message())
                .startsWith(
                        "ConfigMap \"UPPER\" is invalid: metadata.name: Invalid value: \"UPPER\": a lowercase RFC 1123");
        api.post(MAPS, "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\"}}").expect(400);
        assertThat(api.post(MAPS, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v2\",\"metadata\":{\"name\":\"a\"}}")
                        .expect(400)
                        .message())
                .isEqualTo("the API version in the data (v2) does not match the expected API version (v1)");
        api.post(MAPS, map("a")).expect(201);
    }

    @Test
    void yamlIsRead() {
        api.post(MAPS, "metadata:\n  name: a\ndata:\n  k: v\n", "Content-Type", "application/yaml")
                .expect(201);
        assertThat(api.get(MAPS + "/a").text("data", "k")).isEqualTo("v");
    }

    @Test
    void methodsThatAResourceLacksAreNotAllowed() {
        api.post("/api/v1/configmaps", map("a")).expect(405);
        api.put(MAPS, map("a")).expect(405);
    }

    @Test
    void eventsLiveForAnHour() {
        var events = "/api/v1/namespaces/default/events";
        api.post(
                        events,
                        "{\"metadata\":{\"name\":\"e\"},\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":\"default\","
                                + "\"name\":\"p\"},\"reason\":\"r\"}")
                .expect(201);
        api.pass(java.time.Duration.ofMinutes(59));
        api.get(events + "/e").expect(200);
        api.pass(java.time.Duration.ofMinutes(2));
        api.get(events + "/e").expect(404);
    }

    @Test
    void aStoredValueThatCannotBeReadHurtsNoOther() throws InterruptedException {
        api.post(MAPS, map("a")).expect(201);
        api.store.write(new dev.navarch.storage.Write.Create(
                "/registry/core/configmaps/default/broken",
                new dev.navarch.storage.Draft("{\"oops".getBytes(java.nio.charset.StandardCharsets.UTF_8), -1)));
        assertThat(api.get(MAPS + "?labelSelector=x%21%3Dy")
                        .expect(200)
                        .json()
                        .get("items")
                        .size())
                .isEqualTo(1);
        api.get(MAPS, "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").expect(200);
        assertThat(Tree.text(api.get(MAPS + "/a").json(), "metadata", "name")).isEqualTo("a");
    }
}
