package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ReadVerbsTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private String create(String name, String labels) {
        return api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{" + labels + "}}}")
                .expect(201)
                .text("metadata", "resourceVersion");
    }

    private static List<String> names(TestApi.Answer answer) {
        List<String> names = new ArrayList<>();
        for (JsonNode item : answer.json().get("items")) {
            names.add(item.get("metadata").get("name").stringValue());
        }
        return names;
    }

    @Test
    void absentObjectsAreNotFound() {
        var answer = api.get(MAPS + "/x").expect(404);

        assertThat(answer.message()).isEqualTo("configmaps \"x\" not found");
        assertThat(answer.reason()).isEqualTo("NotFound");
        assertThat(answer.text("details", "kind")).isEqualTo("configmaps");
    }

    @Test
    void unknownResourcesAreNotFound() {
        assertThat(api.get("/api/v1/namespaces/default/nonsense").expect(404).message())
                .isEqualTo("the server could not find the requested resource");
    }

    @Test
    void whatWasCreatedIsReadBack() {
        create("a", "\"x\":\"y\"");

        var answer = api.get(MAPS + "/a").expect(200);

        assertThat(answer.text("kind")).isEqualTo("ConfigMap");
        assertThat(answer.text("apiVersion")).isEqualTo("v1");
        assertThat(answer.text("metadata", "labels", "x")).isEqualTo("y");
        assertThat(answer.text("metadata", "creationTimestamp")).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(answer.contentType()).isEqualTo("application/json");
    }

    @Test
    void listsAreSelectedByLabelsAndFields() {
        create("a", "\"app\":\"web\"");
        create("b", "\"app\":\"db\"");

        assertThat(names(api.get(MAPS + "?labelSelector=app%3Dweb"))).containsExactly("a");
        assertThat(names(api.get(MAPS + "?labelSelector=app+notin+(web)"))).containsExactly("b");
        assertThat(names(api.get(MAPS + "?fieldSelector=metadata.name%3Db"))).containsExactly("b");
        assertThat(names(api.get("/api/v1/configmaps"))).contains("a", "b");
        assertThat(api.get(MAPS + "?fieldSelector=spec.x%3Db").expect(400).message())
                .startsWith("\"spec.x\" is not a known field selector");
        api.get(MAPS + "?labelSelector=a%3D%3D%3D").expect(400);
    }

    @Test
    void pagesAreOfOneSnapshot() {
        for (var name : List.of("a", "b", "c", "d", "e")) {
            create(name, "");
        }
        var first = api.get(MAPS + "?limit=2");
        assertThat(names(first)).containsExactly("a", "b");
        assertThat(first.text("metadata", "remainingItemCount")).isEqualTo("3");
        api.delete(MAPS + "/d", "").expect(200);
        create("bb", "");

        var second = api.get(MAPS + "?limit=2&continue=" + first.text("metadata", "continue"));
        assertThat(names(second)).containsExactly("c", "d");
        assertThat(second.text("metadata", "resourceVersion")).isEqualTo(first.text("metadata", "resourceVersion"));
        var third = api.get(MAPS + "?limit=2&continue=" + second.text("metadata", "continue"));
        assertThat(names(third)).containsExactly("e");
        assertThat(third.text("metadata", "continue")).isEmpty();
    }

    @Test
    void pagesOfASelectionTellNoRemainder() {
        for (var name : List.of("a", "b", "c")) {
            create(name, "\"x\":\"y\"");
            create(name + "-other", "");
        }
        var first = api.get(MAPS + "?limit=2&labelSelector=x%3Dy");
        assertThat(names(first)).containsExactly("a", "b");
        assertThat(first.text("metadata", "remainingItemCount")).isEmpty();
        var second = api.get(MAPS + "?limit=2&labelSelector=x%3Dy&continue=" + first.text("metadata", "continue"));
        assertThat(names(second)).containsExactly("c");
    }

    @Test
    void aTokenOfAForgottenSnapshotExpiresAndOffersAnother() {
        for (var name : List.of("a", "b", "c")) {
            create(name, "");
        }
        var token = api.get(MAPS + "?limit=1").text("metadata", "continue");
        create("d", "");
        api.store.compact(api.store.revision());

        var answer = api.get(MAPS + "?limit=1&continue=" + token).expect(410);

        assertThat(answer.reason()).isEqualTo("Expired");
        assertThat(answer.message()).startsWith("The provided continue parameter is too old");
        assertThat(names(api.get(MAPS + "?continue=" + answer.text("metadata", "continue"))))
                .containsExactly("b", "c", "d");
    }

    @Test
    void brokenTokensAreRefused() {
        assertThat(api.get(MAPS + "?limit=1&continue=%00garbage").expect(400).message())
                .isEqualTo("invalid continue token: continue key is not valid: illegal base64 data at input byte 0");
    }

    @Test
    void exactVersionsShowThePast() {
        var then = create("a", "");
        create("b", "");

        assertThat(names(api.get(MAPS + "?resourceVersion=" + then + "&resourceVersionMatch=Exact")))
                .containsExactly("a");
        assertThat(names(api.get(MAPS + "?resourceVersion=" + then + "&resourceVersionMatch=NotOlderThan")))
                .containsExactly("a", "b");
        api.store.compact(api.store.revision());
        assertThat(api.get(MAPS + "?resourceVersion=" + then + "&resourceVersionMatch=Exact")
                        .expect(410)
                        .message())
                .isEqualTo("The resourceVersion for the provided list is too old.");
    }

    @Test
    void textsThatLookLikeSomethingElseAreQuotedInYaml() {
        api.post(MAPS, """
            {"metadata":{"name":"y"},"data":{"a":"True","b":"on","c":"0x1F","d":"1:30","e":"2026-01-01","f":"1_000","on":
            "plain","g":"1.2.3","h":"10.0.0.1","i":"~","j":"nope"}}\
            """).expect(201);
        var yaml = api.get(MAPS + "/y", "Accept", "application/yaml").body();
        assertThat(yaml.substring(0, yaml.indexOf("kind:"))).isEqualTo("""
            apiVersion: v1
            data:
              a: "True"
              b: "on"
              c: "0x1F"
              d: "1:30"
              e: "2026-01-01"
              f: "1_000"
              g: 1.2.3
              h: 10.0.0.1
              i: "~"
              j: nope
              "on": plain
            """);
    }

    @Test
    void contradictoryListOptionsAreRefused() {
        assertThat(api.get(MAPS + "?resourceVersionMatch=Exact").expect(422).message())
                .contains("resourceVersionMatch is forbidden unless resourceVersion is provided");
        api.get(MAPS + "?resourceVersion=0&resourceVersionMatch=Exact").expect(422);
        api.get(MAPS + "?sendInitialEvents=true").expect(422);
    }

    @Test
    void watchesDeliverWhatHappensAfterTheirVersion() {
        var from = create("a", "");
        try (var watch = api.watch(MAPS + "?watch=true&resourceVersion=" + from)) {
            create("b", "");
            api.mergePatch(MAPS + "/b", "{\"data\":{\"k\":\"v\"}}").expect(200);
            api.delete(MAPS + "/b", "").expect(200);

            assertThat(watch.nextLine()).isEqualTo("ADDED b");
            assertThat(watch.nextLine()).isEqualTo("MODIFIED b");
            var deleted = watch.next();
            assertThat(deleted.get("type").stringValue()).isEqualTo("DELETED");
            assertThat(deleted.get("object").get("data").get("k").stringValue()).isEqualTo("v");
            assertThat(deleted.get("object")
                            .get("metadata")
                            .get("resourceVersion")
                            .stringValue())
                    .isEqualTo(Long.toString(api.store.revision()));
        }
    }

    @Test
    void watchesWithoutVersionBeginWithWhatIsThere() {
        create("a", "");
        try (var watch = api.watch(MAPS + "?watch=true")) {
            create("b", "");
            assertThat(watch.nextLine()).isEqualTo("ADDED a");
            assertThat(watch.nextLine()).isEqualTo("ADDED b");
        }
    }

    @Test
    void initialEventsEndWithABookmark() {
        create("a", "");
        var query = "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        try (var watch = api.watch(MAPS + query)) {
            assertThat(watch.nextLine()).isEqualTo("ADDED a");
            var bookmark = watch.next();
            assertThat(bookmark.get("type").stringValue()).isEqualTo("BOOKMARK");
            var meta = bookmark.get("object").get("metadata");
            assertThat(meta.get("annotations").get("k8s.io/initial-events-end").stringValue())
                    .isEqualTo("true");
            assertThat(meta.get("resourceVersion").stringValue()).isEqualTo(Long.toString(api.store.revision()));
        }
    }

    @Test
    void objectsEnterAndLeaveASelection() {
        create("a", "");
        try (var watch = api.watch(MAPS + "?watch=true&labelSelector=x&resourceVersion=" + api.store.revision())) {
            api.mergePatch(MAPS + "/a", "{\"metadata\":{\"labels\":{\"x\":\"1\"}}}")
                    .expect(200);
            api.mergePatch(MAPS + "/a", "{\"metadata\":{\"labels\":{\"x\":\"2\"}}}")
                    .expect(200);
            var left = api.mergePatch(MAPS + "/a", "{\"metadata\":{\"labels\":{\"x\":null}}}")
                    .expect(200);
            api.mergePatch(MAPS + "/a", "{\"data\":{\"unseen\":\"1\"}}").expect(200);
            create("z", "\"x\":\"3\"");

            assertThat(watch.nextLine()).isEqualTo("ADDED a");
            assertThat(watch.nextLine()).isEqualTo("MODIFIED a");
            var deleted = watch.next();
            assertThat(deleted.get("type").stringValue()).isEqualTo("DELETED");
            assertThat(deleted.at("/object/metadata/labels/x").stringValue()).isEqualTo("2");
            assertThat(deleted.at("/object/metadata/resourceVersion").stringValue())
                    .isEqualTo(left.text("metadata", "resourceVersion"));
            assertThat(watch.nextLine()).isEqualTo("ADDED z");
        }
    }

    @Test
    void quietWatchesGetBookmarksAndEnd() {
        try (var watch = api.watch(MAPS + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion="
                + api.store.revision())) {
            api.pass(Duration.ofSeconds(60));
            var bookmark = watch.next();
            assertThat(bookmark.get("type").stringValue()).isEqualTo("BOOKMARK");
            assertThat(bookmark.at("/object/metadata/resourceVersion").stringValue())
                    .isEqualTo(Long.toString(api.store.revision()));
            api.pass(Duration.ofSeconds(28));
            assertThat(watch.next().get("type").stringValue()).isEqualTo("BOOKMARK");
            api.pass(Duration.ofSeconds(2));
            assertThat(watch.next()).isNull();
        }
    }

    @Test
    void watchesOfForgottenVersionsEndInAnError() {
        create("a", "");
        create("b", "");
        api.store.compact(api.store.revision());

        var answer = api.get(MAPS + "?watch=true&resourceVersion=1").expect(200);

        assertThat(answer.text("type")).isEqualTo("ERROR");
        assertThat(answer.text("object", "code")).isEqualTo("410");
        assertThat(answer.text("object", "reason")).isEqualTo("Expired");
        assertThat(answer.text("object", "message")).startsWith("too old resource version: 1 (");
    }

    @Test
    void closingEndsAWaitingWatch() throws InterruptedException {
        var watch = api.watch(MAPS + "?watch=true&resourceVersion=" + api.store.revision());
        var reader = Thread.ofVirtual().start(() -> assertThat(watch.next()).isNull());
        watch.close();
        assertThat(reader.join(Duration.ofSeconds(60))).isTrue();
    }

    @Test
    void tablesAreForThoseWhoAsk() {
        create("a", "");
        var accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        var table = api.get(MAPS, "Accept", accept);
        assertThat(table.text("kind")).isEqualTo("Table");
        assertThat(table.json().at("/columnDefinitions/0/name").stringValue()).isEqualTo("Name");
        assertThat(table.json().at("/rows/0/cells/0").stringValue()).isEqualTo("a");
        assertThat(table.json().at("/rows/0/object/kind").stringValue()).isEqualTo("PartialObjectMetadata");
        assertThat(api.get(MAPS + "?includeObject=Object", "Accept", accept)
                        .json()
                        .at("/rows/0/object/kind")
                        .stringValue())
                .isEqualTo("ConfigMap");
        assertThat(api.get(MAPS + "?includeObject=None", "Accept", accept)
                        .json()
                        .at("/rows/0/object")
                        .isNull())
                .isTrue();
        assertThat(api.get(MAPS + "/a", "Accept", accept).text("kind")).isEqualTo("Table");
        try (var watch = api.watch(MAPS + "?watch=true", "Accept", accept)) {
            var event = watch.next();
            assertThat(event.at("/object/kind").stringValue()).isEqualTo("Table");
            assertThat(event.at("/object/columnDefinitions/0/name").stringValue())
                    .isEqualTo("Name");
        }
    }

    @Test
    void metadataAloneIsForThoseWhoAsk() {
        create("a", "");
        var accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
        var list = api.get(MAPS, "Accept", accept);
        assertThat(list.text("kind")).isEqualTo("PartialObjectMetadataList");
        assertThat(list.json().at("/items/0/kind").stringValue()).isEqualTo("PartialObjectMetadata");
    }

    @Test
    void otherFormatsAreNegotiated() {
        create("a", "");
        assertThat(api.get(MAPS + "/a", "Accept", "application/vnd.kubernetes.protobuf,application/json")
                        .contentType())
                .isEqualTo("application/vnd.kubernetes.protobuf");
        assertThat(api.get(MAPS + "/a", "Accept", "application/vnd.kubernetes.protobuf;q=0.1,application/json")
                        .contentType())
                .isEqualTo("application/json");
        var yaml = api.get(MAPS + "/a", "Accept", "application/yaml");
        assertThat(yaml.contentType()).isEqualTo("application/yaml");
        assertThat(yaml.body()).startsWith("apiVersion: v1\nkind: ConfigMap\nmetadata:\n");
        var refused = api.get(MAPS + "/a", "Accept", "text/html").expect(406);
        assertThat(refused.message()).startsWith("only the following media types are accepted: application/json");
        assertThat(api.get(MAPS + "/a?pretty=true").body()).contains("\n  \"metadata\": {\n    \"name\": \"a\"");
    }
}
