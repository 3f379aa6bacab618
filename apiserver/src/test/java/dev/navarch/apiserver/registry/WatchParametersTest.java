package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Every parameter of watch (source: k8s.io/apimachinery pkg/apis/meta/internalversion/{defaults.go,validation};
 * k8s.io/apiserver pkg/storage/cacher).
 */
class WatchParametersTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String WATCH = MAPS + "?watch=true";

    private final TestApi api = new TestApi();

    @BeforeEach
    void oneMap() {
        create("a");
    }

    @AfterEach
    void close() {
        api.close();
    }

    private void create(String name) {
        api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"in\":\"yes\"}}}")
                .expect(201);
    }

    private void label(String name, String value) {
        api.mergePatch(MAPS + "/" + name, "{\"metadata\":{\"labels\":{\"in\":\"" + value + "\"}}}")
                .expect(200);
    }

    private static boolean endsInitialEvents(JsonNode event) {
        return Tree.text(event, "type").equals("BOOKMARK")
                && Tree.text(event, "object", "metadata", "annotations", "k8s.io/initial-events-end")
                        .equals("true");
    }

    @Test
    void withoutVersionOrWithZeroAWatchBeginsWithWhatIsThere() {
        for (var version : new String[] {"", "&resourceVersion=0"}) {
            try (var watch = api.watch(WATCH + version)) {
                assertThat(watch.nextLine()).isEqualTo("ADDED a");
            }
            try (var watch = api.watch(WATCH + version + "&allowWatchBookmarks=true")) {
                assertThat(watch.nextLine()).isEqualTo("ADDED a");
                assertThat(endsInitialEvents(watch.next())).isTrue();
            }
        }
    }

    @Test
    void initialEventsCanBeDeclined() {
        for (var version : new String[] {"", "&resourceVersion=0"}) {
            try (var watch =
                    api.watch(WATCH + "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan" + version)) {
                create("b" + version.length());
                assertThat(watch.nextLine()).isEqualTo("ADDED b" + version.length());
            }
        }
    }

    @Test
    void initialEventsOfAVersionThatIsNotYetHereAreAnErrorInTheStream() {
        var answer = api.lateGet(
                        WATCH + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999",
                        () -> api.pass(Duration.ofSeconds(3)))
                .expect(200);

        assertThat(answer.text("type")).isEqualTo("ERROR");
        assertThat(answer.text("object", "code")).isEqualTo("504");
        assertThat(answer.text("object", "message")).startsWith("Timeout: Too large resource version: 99999");
    }

    @Test
    void aWatchFromAVersionThatIsNotYetHereWaitsForWhatIsNewer() {
        long later = api.store.revision() + 1;
        try (var watch = api.watch(WATCH + "&allowWatchBookmarks=true&resourceVersion=" + later)) {
            create("b");
            create("c");
            assertThat(watch.nextLine()).isEqualTo("ADDED c");
        }
    }

    static Stream<Arguments> refusals() {
        var prefix = "ListOptions.meta.k8s.io \"\" is invalid: ";
        return Stream.of(
                Arguments.of(
                        "sendInitialEvents=true",
                        422,
                        prefix + "resourceVersionMatch: Forbidden: sendInitialEvents requires setting"
                                + " resourceVersionMatch to NotOlderThan"),
                Arguments.of(
                        "resourceVersionMatch=NotOlderThan",
                        422,
                        prefix + "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless"
                                + " sendInitialEvents is provided"),
                Arguments.of(
                        "sendInitialEvents=true&resourceVersionMatch=Exact",
                        422,
                        prefix + "[resourceVersionMatch: Forbidden: sendInitialEvents requires setting"
                                + " resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value:"
                                + " \"Exact\": supported values: \"NotOlderThan\"]"),
                Arguments.of(
                        "resourceVersion=abc",
                        500,
                        "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax"),
                Arguments.of("timeoutSeconds=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatCannotBeAnsweredIsRefused(String query, int code, String message) {
        assertThat(api.get(WATCH + "&" + query).expect(code).message()).isEqualTo(message);
    }

    @Test
    void oneObjectIsWatchedByItsName() {
        for (var path : new String[] {
            WATCH + "&fieldSelector=metadata.name%3Da", "/api/v1/watch/namespaces/default/configmaps/a"
        }) {
            try (var watch = api.watch(path)) {
                assertThat(watch.nextLine()).isEqualTo("ADDED a");
                create("other" + path.length());
                label("a", "x" + path.length());
                assertThat(watch.nextLine()).isEqualTo("MODIFIED a");
            }
        }
        assertThat(api.get("/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Db")
                        .expect(400)
                        .message())
                .isEqualTo("fieldSelector metadata.name doesn't match requested name");
    }

    @Test
    void whatBeginsOrCeasesToMatchIsAddedOrDeletedAsItWas() {
        try (var watch = api.watch(WATCH + "&labelSelector=in%3Dyes")) {
            assertThat(watch.nextLine()).isEqualTo("ADDED a");
            label("a", "no");
            var left = watch.next();
            assertThat(Tree.text(left, "type")).isEqualTo("DELETED");
            assertThat(Tree.text(left, "object", "metadata", "labels", "in")).isEqualTo("yes");
            assertThat(Tree.text(left, "object", "metadata", "resourceVersion"))
                    .isEqualTo(Long.toString(api.store.revision()));
            label("a", "never");
            label("a", "yes");
            assertThat(watch.nextLine()).isEqualTo("ADDED a");
            api.delete(MAPS + "/a", "").expect(200);
            assertThat(watch.nextLine()).isEqualTo("DELETED a");
        }
    }

    @Test
    void aWatchInANamespaceGoesOnWhenTheNamespaceIsGone() {
        var spaces = "/api/v1/namespaces";
        api.post(spaces, "{\"metadata\":{\"name\":\"n\"}}").expect(201);
        try (var watch = api.watch(spaces + "/n/configmaps?watch=true")) {
            api.delete(spaces + "/n", "").expect(200);
            var gone = api.get(spaces + "/n").json();
            ((tools.jackson.databind.node.ObjectNode) gone.get("spec")).remove("finalizers");
            api.put(spaces + "/n/finalize", gone.toString()).expect(200);
            api.get(spaces + "/n").expect(404);
            api.post(spaces, "{\"metadata\":{\"name\":\"n\"}}").expect(201);
            api.post(spaces + "/n/configmaps", "{\"metadata\":{\"name\":\"again\"}}")
                    .expect(201);

            assertThat(watch.nextLine()).isEqualTo("ADDED again");
        }
    }

    @Test
    void aWatchEndsAfterTheTimeThatWasAskedForWithALastBookmark() {
        try (var watch = api.watch(
                WATCH + "&timeoutSeconds=30&allowWatchBookmarks=true&resourceVersion=" + api.store.revision())) {
            api.pass(Duration.ofSeconds(28));
            assertThat(Tree.text(watch.next(), "type")).isEqualTo("BOOKMARK");
            api.pass(Duration.ofSeconds(2));
            assertThat(watch.next()).isNull();
        }
    }

    @Test
    void withoutAWishAWatchEndsAfterHalfAnHourToAnHour() {
        try (var watch = api.watch(WATCH + "&resourceVersion=" + api.store.revision())) {
            api.pass(Duration.ofMinutes(29));
            create("b");
            assertThat(watch.nextLine()).isEqualTo("ADDED b");
            api.pass(Duration.ofMinutes(31));
            assertThat(watch.next()).isNull();
        }
    }
}
