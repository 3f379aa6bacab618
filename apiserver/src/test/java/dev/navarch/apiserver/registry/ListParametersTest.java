package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Every parameter of list (source: Kubernetes API concepts, "Semantics for get and list"; k8s.io/apimachinery
 * pkg/apis/meta/internalversion/validation; k8s.io/apiserver pkg/storage/interfaces.go, ValidateListOptions).
 */
class ListParametersTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    private final TestApi api = new TestApi();
    private String first = "";

    @BeforeEach
    void threeMaps() {
        first = create("a");
        create("b");
        create("c");
    }

    @AfterEach
    void close() {
        api.close();
    }

    private String create(String name) {
        return api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"is\":\"" + name + "\"}}}")
                .expect(201)
                .text("metadata", "resourceVersion");
    }

    private static List<String> names(TestApi.Answer answer) {
        List<String> names = new ArrayList<>();
        for (JsonNode item : answer.expect(200).json().get("items")) {
            names.add(item.get("metadata").get("name").stringValue());
        }
        return names;
    }

    private String newest() {
        return Long.toString(api.store.revision());
    }

    static Stream<Arguments> versions() {
        return Stream.of(
                Arguments.of("", "a b c", ""),
                Arguments.of("resourceVersion=0", "a b c", ""),
                Arguments.of("resourceVersion=FIRST", "a b c", ""),
                Arguments.of("resourceVersion=FIRST&resourceVersionMatch=NotOlderThan", "a b c", ""),
                Arguments.of("resourceVersion=0&resourceVersionMatch=NotOlderThan", "a b c", ""),
                Arguments.of("resourceVersion=FIRST&resourceVersionMatch=Exact", "a", "FIRST"),
                Arguments.of("limit=1", "a", ""),
                Arguments.of("limit=1&resourceVersion=0", "a b c", ""),
                Arguments.of("limit=1&resourceVersion=0&resourceVersionMatch=NotOlderThan", "a b c", ""),
                Arguments.of("limit=2&resourceVersion=FIRST", "a", "FIRST"),
                Arguments.of("limit=2&resourceVersion=FIRST&resourceVersionMatch=NotOlderThan", "a b", ""),
                Arguments.of("limit=2&resourceVersion=FIRST&resourceVersionMatch=Exact", "a", "FIRST"));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void eachCombinationOfVersionMatchAndLimitAnswersItsSnapshot(String query, String names, String version) {
        var answer = api.get(MAPS + "?" + query.replace("FIRST", first));

        assertThat(String.join(" ", names(answer))).isEqualTo(names);
        assertThat(answer.text("metadata", "resourceVersion"))
                .isEqualTo(version.isEmpty() ? newest() : version.replace("FIRST", first));
    }

    static Stream<Arguments> refusals() {
        var forbidden =
                "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch ";
        return Stream.of(
                Arguments.of(
                        "resourceVersionMatch=Exact",
                        422,
                        forbidden + "is forbidden unless resourceVersion is provided"),
                Arguments.of(
                        "resourceVersionMatch=NotOlderThan",
                        422,
                        forbidden + "is forbidden unless resourceVersion is provided"),
                Arguments.of(
                        "resourceVersion=0&resourceVersionMatch=Exact",
                        422,
                        forbidden + "\"exact\" is forbidden for resourceVersion \"0\""),
                Arguments.of(
                        "resourceVersion=5&resourceVersionMatch=Newest",
                        422,
                        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Newest\":"
                                + " supported values: \"Exact\", \"NotOlderThan\", \"\""),
                Arguments.of(
                        "sendInitialEvents=false",
                        422,
                        "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is"
                                + " forbidden for list"),
                Arguments.of(
                        "resourceVersion=abc",
                        400,
                        "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing"
                                + " \"abc\": invalid syntax"),
                Arguments.of(
                        "resourceVersion=-1",
                        400,
                        "invalid resource version: resourceVersion: Invalid value: \"-1\": strconv.ParseUint: parsing"
                                + " \"-1\": invalid syntax"),
                Arguments.of(
                        "resourceVersion=99999999999999999999",
                        400,
                        "invalid resource version: resourceVersion: Invalid value: \"99999999999999999999\":"
                                + " strconv.ParseUint: parsing \"99999999999999999999\": value out of range"),
                Arguments.of("limit=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
                Arguments.of(
                        "fieldSelector=spec.x=1",
                        400,
                        "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
                Arguments.of("fieldSelector=oops", 400, "invalid selector: 'oops'; can't understand 'oops'"),
                Arguments.of(
                        "continue=%7B%7D",
                        400, "invalid continue token: continue key is not valid: illegal base64 data at input byte 0"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatCannotBeAnsweredIsRefused(String query, int code, String message) {
        assertThat(api.get(MAPS + "?" + query).expect(code).message()).isEqualTo(message);
    }

    @Test
    void aTokenNamesItsSnapshotItself() {
        var token = api.get(MAPS + "?limit=1").text("metadata", "continue");

        assertThat(api.get(MAPS + "?continue=" + token + "&resourceVersion=" + first)
                        .expect(400)
                        .message())
                .isEqualTo("specifying resource version is not allowed when using continue");
        assertThat(api.get(MAPS + "?continue=" + token + "&resourceVersion=0&resourceVersionMatch=NotOlderThan")
                        .expect(422)
                        .message())
                .contains("resourceVersionMatch is forbidden when continue is provided");
        assertThat(names(api.get(MAPS + "?continue=" + token + "&resourceVersion=0")))
                .containsExactly("b", "c");
    }

    @Test
    void tokensDoNotLeadOutOfTheList() {
        for (var start : List.of("../secrets/x", "a/../../b", "./a", "a//b", "//a")) {
            var token = java.util.Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(("{\"v\":\"meta.k8s.io/v1\",\"rv\":3,\"start\":\"" + start + "\"}")
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(api.get(MAPS + "?continue=" + token).expect(400).message())
                    .isEqualTo("invalid continue token: continue key is not valid: " + start);
        }
    }

    @Test
    void theLastPageTellsNoRemainder() {
        var page = api.get(MAPS + "?limit=3").expect(200);

        assertThat(page.text("metadata", "continue")).isEmpty();
        assertThat(page.text("metadata", "remainingItemCount")).isEmpty();
    }

    @Test
    void anObjectIsFoundByItsNameWithoutReadingTheOthers() {
        assertThat(names(api.get(MAPS + "?fieldSelector=metadata.name%3Db"))).containsExactly("b");
        assertThat(names(api.get(MAPS + "?fieldSelector=metadata.name%3Db&labelSelector=is%3Da")))
                .isEmpty();
        assertThat(names(api.get("/api/v1/configmaps?fieldSelector=metadata.namespace%3Ddefault,metadata.name%3Dc")))
                .containsExactly("c");
        assertThat(names(api.get("/api/v1/configmaps?fieldSelector=metadata.name%21%3Db")))
                .contains("a", "c")
                .doesNotContain("b");
        assertThat(names(api.get("/api/v1/configmaps?fieldSelector=metadata.namespace%3Delsewhere")))
                .isEmpty();
        assertThat(api.get(MAPS + "?fieldSelector=metadata.name%3Db").text("metadata", "resourceVersion"))
                .isEqualTo(newest());
        assertThat(names(api.get(
                        MAPS + "?fieldSelector=metadata.name%3Db&resourceVersionMatch=Exact&resourceVersion=" + first)))
                .isEmpty();
    }

    @Test
    void versionsOfAGet() {
        api.get(MAPS + "/a?resourceVersion=0").expect(200);
        api.get(MAPS + "/a?resourceVersion=" + newest()).expect(200);
        var wrong = api.get(MAPS + "/a?resourceVersion=x").expect(500);
        assertThat(wrong.message())
                .isEqualTo("resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax");
        assertThat(wrong.reason()).isEmpty();
    }

    @Test
    void aVersionThatIsNotYetHereIsWaitedForThreeSeconds() {
        for (var path : List.of(
                MAPS + "/a?resourceVersion=99999",
                MAPS + "?resourceVersion=99999",
                MAPS + "?resourceVersion=99999&resourceVersionMatch=NotOlderThan&limit=1")) {
            var late = api.lateGet(path, () -> {
                create("x" + path.length());
                api.pass(Duration.ofSeconds(3));
            });
            late.expect(504);
            assertThat(late.message()).isEqualTo("Timeout: Too large resource version: 99999, current: " + newest());
            assertThat(late.reason()).isEqualTo("Timeout");
            assertThat(late.text("details", "retryAfterSeconds")).isEqualTo("1");
            assertThat(late.json().at("/details/causes/0/reason").stringValue()).isEqualTo("ResourceVersionTooLarge");
            assertThat(late.json().at("/details/causes/0/message").stringValue())
                    .isEqualTo("Too large resource version");
        }
    }

    @Test
    void aVersionThatComesInTimeIsAnswered() {
        long soon = api.store.revision() + 1;
        assertThat(api.lateGet(MAPS + "/a?resourceVersion=" + soon, () -> create("x"))
                        .expect(200)
                        .text("metadata", "name"))
                .isEqualTo("a");
        assertThat(names(api.lateGet(MAPS + "?resourceVersion=" + (soon + 1), () -> create("y"))))
                .contains("y");
    }

    @Test
    void anExactVersionThatIsNotYetHereIsRefusedAtOnce() {
        for (var query : List.of("resourceVersionMatch=Exact", "limit=2")) {
            assertThat(api.get(MAPS + "?resourceVersion=99999&" + query)
                            .expect(504)
                            .message())
                    .isEqualTo("Timeout: Too large resource version: 99999, current: " + newest());
        }
    }

    @Test
    void fieldsThatCannotBeSelectedByAreNamedInTheWordsOfTheirKind() {
        for (var expected : List.of(
                List.of("/api/v1/pods", "field label not supported: x.y"),
                List.of("/api/v1/nodes", "field label not supported: x.y"),
                List.of("/apis/batch/v1/jobs", "field label \"x.y\" not supported for batchv1.Job"),
                List.of("/apis/apps/v1/statefulsets", "field label not supported for appsv1.StatefulSet: x.y"),
                List.of(
                        "/apis/resource.k8s.io/v1/resourceslices",
                        "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x.y"),
                List.of(
                        "/apis/apps/v1/deployments",
                        "\"x.y\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""))) {
            assertThat(api.get(expected.get(0) + "?fieldSelector=x.y%3Dz")
                            .expect(400)
                            .message())
                    .isEqualTo(expected.get(1));
        }
        assertThat(api.get("/api/v1/nodes?fieldSelector=metadata.namespace%3Dx")
                        .expect(400)
                        .message())
                .isEqualTo("field label not supported: metadata.namespace");
        api.get("/api/v1/pods?fieldSelector=spec.host%3Dn1").expect(200);
        api.post(
                        "/apis/storage.k8s.io/v1/storageclasses",
                        "{\"metadata\":{\"name\":\"s\"},\"provisioner\":\"example.com/p\"}")
                .expect(201);
        var classes = "/apis/storage.k8s.io/v1/storageclasses?fieldSelector=metadata.namespace";
        assertThat(names(api.get(classes + "%3Dx"))).isEmpty();
        assertThat(names(api.get(classes + "%3D"))).containsExactly("s");
        assertThat(names(api.get(classes + "%21%3Dx"))).containsExactly("s");
    }
}
