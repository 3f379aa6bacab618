package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void someKindsAreNotOverwrittenWithoutNamingAVersion() {
        var drivers = "/apis/storage.k8s.io/v1/csidrivers";
        var driver = "{\"metadata\":{\"name\":\"d\"},\"spec\":{}}";
        api.post(drivers, driver).expect(201);

        assertThat(api.put(drivers + "/d", driver).expect(422).message())
                .isEqualTo(
                        "csidrivers.storage.k8s.io \"d\" is invalid: metadata.resourceVersion: Invalid value: 0: must"
                                + " be specified for an update");
        api.mergePatch(drivers + "/d", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}")
                .expect(200);
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
        Meta.of(changed).put("creationTimestamp", "1999-01-01T00:00:00Z");

        var updated = api.put(MAPS + "/a", changed.toString()).expect(200);

        assertThat(updated.text("metadata", "creationTimestamp"))
                .isEqualTo(created.text("metadata", "creationTimestamp"));
        assertThat(api.mergePatch(MAPS + "/a", "{\"metadata\":{\"deletionTimestamp\":\"1999-01-01T00:00:00Z\"}}")
                        .expect(422)
                        .message())
                .contains("metadata.deletionTimestamp: Invalid value")
                .contains("field is immutable");
        assertThat(api.mergePatch(MAPS + "/a", "{\"metadata\":{\"uid\":\"other\"}}")
                        .expect(422)
                        .message())
                .contains("metadata.uid: Invalid value: \"other\": field is immutable");
        Meta.of(changed).put("uid", "11111111-2222-3333-4444-555555555555");
        assertThat(api.put(MAPS + "/a", changed.toString()).expect(409).message())
                .startsWith("Operation cannot be fulfilled on configmaps \"a\": StorageError: invalid object, Code: 4,"
                        + " Key: ")
                .endsWith("AdditionalErrorMsg: Precondition failed: UID in precondition:"
                        + " 11111111-2222-3333-4444-555555555555, UID in object meta: "
                        + created.text("metadata", "uid"));
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
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                + "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                + "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                + "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                + "f: [*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assertThat(api.post(MAPS, bomb, "Content-Type", "application/yaml").code())
                .isEqualTo(400);
        assertThat(api.post(MAPS, map("a"), "Content-Type", "application/cbor")
                        .expect(415)
                        .message())
                .startsWith("the body of the request was in an unknown format - accepted media types include: ");
        assertThat(api.post(MAPS, map("UPPER")).expect(422).message())
                .startsWith("ConfigMap \"UPPER\" is invalid: metadata.name: Invalid value: \"UPPER\": a lowercase RFC"
                        + " 1123");
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

    @Test
    void howLongEventsLiveIsASetting() throws Exception {
        try (var registry = new ResourceRegistry(
                new RegistryConfig("10.96.0.0/16", java.time.Duration.ofMinutes(10)),
                api.catalogue,
                api.objects,
                Map.of(),
                api.authorizer,
                List.of(),
                api.time,
                new Random(1))) {
            var events = "/api/v1/namespaces/default/events";
            var body = "{\"metadata\":{\"name\":\"e\"},\"involvedObject\":{\"namespace\":\"default\"}}";
            registry.handle(TestApi.request("POST", events, body.getBytes(StandardCharsets.UTF_8)));
            api.pass(java.time.Duration.ofMinutes(9));
            api.get(events + "/e").expect(200);
            api.pass(java.time.Duration.ofMinutes(2));
            api.get(events + "/e").expect(404);
        }
    }

    @Test
    void namesThatAreTakenAreGeneratedAnewAndThenGivenUp() {
        var random = new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }
        };
        var registry = new ResourceRegistry(
                new RegistryConfig("10.96.0.0/16"),
                api.catalogue,
                api.objects,
                Map.of(),
                api.authorizer,
                List.of(),
                api.time,
                random);
        var body = "{\"metadata\":{\"generateName\":\"web-\"}}".getBytes(StandardCharsets.UTF_8);
        var request = TestApi.request("POST", MAPS, body);

        assertThatCode(() -> registry.handle(request)).doesNotThrowAnyException();
        assertThatThrownBy(() -> registry.handle(request)).isInstanceOfSatisfying(ApiFailure.class, failure -> {
            assertThat(failure.code()).isEqualTo(409);
            assertThat(failure.status().reason()).isEqualTo("AlreadyExists");
            assertThat(failure.status().details().orElseThrow().retryAfterSeconds())
                    .isEqualTo(1);
            assertThat(failure.getMessage())
                    .endsWith("already exists, the server was not able to generate a unique name for the object");
        });
        registry.close();
    }

    @Test
    void aChosenNameBesideABaseIsRefusedLikeAGeneratedOne() {
        api.post(MAPS, map("a")).expect(201);

        assertThat(api.post(MAPS, "{\"metadata\":{\"name\":\"a\",\"generateName\":\"b-\"}}")
                        .expect(409)
                        .message())
                .isEqualTo("configmaps \"a\" already exists, the server was not able to generate a unique name for the"
                        + " object");
    }

    @Test
    void namesAreGeneratedInDryRunsToo() {
        assertThat(api.post(MAPS + "?dryRun=All", "{\"metadata\":{\"generateName\":\"web-\"}}")
                        .expect(201)
                        .text("metadata", "name"))
                .matches("web-.{5}");
        assertThat(api.get(MAPS).json().get("items").size()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dryRun=Some|dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"",
                "dryRun=All&dryRun=|dryRun: Unsupported value: [\"All\",\"\"]: supported values: \"All\"",
                "fieldValidation=Loose|fieldValidation: Unsupported value: \"Loose\": supported values: \"\","
                        + " \"Ignore\", \"Strict\", \"Warn\"",
                "fieldManager=a%01b|fieldManager: Invalid value: \"a\\x01b\": invalid character U+0001 (at position 1)"
            })
    void optionsAreChecked(String query, String message) {
        api.post(MAPS, map("a")).expect(201);

        assertThat(api.post(MAPS + "?" + query, map("b")).expect(422).message())
                .isEqualTo("CreateOptions.meta.k8s.io \"\" is invalid: " + message);
        assertThat(api.put(MAPS + "/a?" + query, map("a")).expect(422).message())
                .isEqualTo("UpdateOptions.meta.k8s.io \"\" is invalid: " + message);
        assertThat(api.mergePatch(MAPS + "/a?" + query, "{}").expect(422).message())
                .isEqualTo("PatchOptions.meta.k8s.io \"\" is invalid: " + message);
    }

    @Test
    void managersHaveShortNamesAndOnlyAppliesAreForced() {
        assertThat(api.post(MAPS + "?fieldManager=" + "m".repeat(129), map("a"))
                        .expect(422)
                        .message())
                .endsWith("fieldManager: Too long: may not be more than 128 bytes");
        assertThat(api.mergePatch(MAPS + "/a?force=true", "{}").expect(422).message())
                .endsWith("force: Forbidden: may not be specified for non-apply patch");
    }

    @Test
    void theNamespaceInTheBodyIsThatOfThePath() {
        api.post(MAPS, map("a")).expect(201);
        var elsewhere = "{\"metadata\":{\"name\":\"a\",\"namespace\":\"other\"}}";

        for (var answer : List.of(api.put(MAPS + "/a", elsewhere), api.mergePatch(MAPS + "/a", elsewhere))) {
            assertThat(answer.expect(400).message())
                    .isEqualTo("the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    @Test
    void anUpdateOfAnAbsentObjectNamesNoUid() {
        assertThat(api.put(LEASES + "/l", "{\"metadata\":{\"name\":\"l\",\"uid\":\"u\"}}")
                        .expect(409)
                        .message())
                .contains("UID in precondition: u, UID in object meta: ");
    }

    @Test
    void aPatchThatNamesAnotherVersionConflicts() {
        var created = api.post(MAPS, map("a")).expect(201);
        var stale = "{\"metadata\":{\"resourceVersion\":\"" + created.text("metadata", "resourceVersion")
                + "\"},\"data\":{\"k\":\"v\"}}";
        api.mergePatch(MAPS + "/a", "{\"data\":{\"x\":\"y\"}}").expect(200);

        assertThat(api.mergePatch(MAPS + "/a", stale).expect(409).message())
                .isEqualTo("Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please"
                        + " apply your changes to the latest version and try again");
        assertThat(api.mergePatch(MAPS + "/none", "{}").expect(404).message())
                .isEqualTo("configmaps \"none\" not found");
        assertThat(api.mergePatch(MAPS + "/a", "{\"metadata\":{\"resourceVersion\":\"x\"}}")
                        .expect(500)
                        .message())
                .isEqualTo("strconv.ParseUint: parsing \"x\": invalid syntax");
    }

    @Test
    void ownersThatAreNamedTwiceAreNamedOnce() {
        var owner = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\",\"uid\":\"u1\"}";
        var created = api.post(
                        MAPS, "{\"metadata\":{\"name\":\"a\",\"ownerReferences\":[" + owner + "," + owner + "]}}")
                .expect(201);

        assertThat(created.json().at("/metadata/ownerReferences").size()).isEqualTo(1);
        assertThat(created.headers().all("Warning").getFirst())
                .startsWith("299 - \".metadata.ownerReferences contains duplicate entries; API server dedups")
                .endsWith("duplicate UID(s) observed: u1\"");
    }

    @Test
    void theUpdateThatCompletesADeletionShowsWhatItWrote() {
        api.post(MAPS, "{\"metadata\":{\"name\":\"a\",\"finalizers\":[\"example.com/f\"]}}")
                .expect(201);
        api.delete(MAPS + "/a", "").expect(200);

        var last = api.mergePatch(MAPS + "/a", "{\"metadata\":{\"finalizers\":null}}")
                .expect(200);

        assertThat(Meta.finalizers(last.json())).isEmpty();
        assertThat(last.text("metadata", "deletionTimestamp")).isNotEmpty();
        api.get(MAPS + "/a").expect(404);
    }

    private TestApi.Answer patch(String type, String query, String body) {
        return api.send("PATCH", MAPS + "/a" + query, body, "Content-Type", "application/" + type + "+json");
    }

    @Test
    void whatAPatchSaysTwiceIsToldAsAskedFor() {
        api.post(MAPS, map("a")).expect(201);
        for (var type : List.of("merge-patch", "strategic-merge-patch")) {
            var body = "{\"data\":{\"k\":\"1\",\"k\":\"2\"}}";
            assertThat(patch(type, "", body).expect(200).headers().all("Warning"))
                    .containsExactly("299 - \"duplicate field \\\"data.k\\\"\"");
            assertThat(patch(type, "?fieldValidation=Strict", body).expect(422).message())
                    .startsWith(" \"\" is invalid: patch: Invalid value: ")
                    .endsWith(": strict decoding error: duplicate field \"data.k\"");
            assertThat(patch(type, "?fieldValidation=Ignore", body)
                            .expect(200)
                            .headers()
                            .all("Warning"))
                    .isEmpty();
        }
        var operations = "[{\"op\":\"test\",\"path\":\"/data/k\",\"value\":\"2\",\"op\":\"test\",\"why\":1}]";
        assertThat(patch("json-patch", "", operations).expect(200).headers().all("Warning"))
                .containsExactly(
                        "299 - \"json patch duplicate field \\\"[0].op\\\"\"",
                        "299 - \"json patch unknown field \\\"[0].why\\\"\"");
    }

    @Test
    void whatAPatchMakesMustBeAnObjectOfItsKind() {
        api.post(MAPS, map("a")).expect(201);

        assertThat(patch("merge-patch", "?fieldValidation=Strict", "{\"foo\":1}")
                        .expect(422)
                        .message())
                .endsWith("strict decoding error: unknown field \"foo\"")
                .contains("\\\"foo\\\":1}");
        assertThat(patch("strategic-merge-patch", "?fieldValidation=Strict", "{\"foo\":1}")
                        .expect(422)
                        .message())
                .isEqualTo(
                        " \"\" is invalid: patch: Invalid value: \"map[foo:1]\": strict decoding error: unknown field"
                                + " \"foo\"");
        patch("merge-patch", "", "{\"data\":[1]}").expect(422);
        patch("json-patch", "", "[{\"op\":\"replace\",\"path\":\"/metadata/name\",\"value\":\"b\"}]")
                .expect(400);
        var failed = patch("strategic-merge-patch", "", "{\"$patch\":\"frob\"}").expect(500);
        assertThat(failed.message()).isEqualTo("unknown patch type: frob in map: map[$patch:frob]");
        assertThat(failed.reason()).isEmpty();
    }

    @Test
    void whoMayOnlyUpdateDoesNotCreate() {
        api.authorizer = (_, info) -> info.verb().equals("create") ? Decision.noOpinion("") : Decision.allow("");
        var body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"}}";

        assertThat(api.put(LEASES + "/l", "{\"metadata\":{\"name\":\"l\"}}")
                        .expect(403)
                        .message())
                .isEqualTo("leases.coordination.k8s.io \"l\" is forbidden: User \"tester\" cannot create resource"
                        + " \"leases\" in API group \"coordination.k8s.io\" in the namespace \"default\"");
        assertThat(api.send("PATCH", MAPS + "/m?fieldManager=me", body, "Content-Type", "application/apply-patch+yaml")
                        .expect(403)
                        .message())
                .contains("cannot create resource \"configmaps\"");
        api.get(MAPS + "/m").expect(404);
    }
}
