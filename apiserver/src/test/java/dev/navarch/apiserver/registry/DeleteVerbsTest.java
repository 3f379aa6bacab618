package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeleteVerbsTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String PODS = "/api/v1/namespaces/default/pods";

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

    private TestApi.Answer map(String meta) {
        return api.post(MAPS, "{\"metadata\":{\"name\":\"a\"" + meta + "}}").expect(201);
    }

    private TestApi.Answer pod(String spec) {
        return api.post(
                        PODS,
                        "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]"
                                + spec + "}}")
                .expect(201);
    }

    @Test
    void deletionAnswersAStatus() {
        var uid = map("").text("metadata", "uid");

        var answer = api.delete(MAPS + "/a", "").expect(200);

        assertThat(answer.text("kind")).isEqualTo("Status");
        assertThat(answer.text("status")).isEqualTo("Success");
        assertThat(answer.text("details", "name")).isEqualTo("a");
        assertThat(answer.text("details", "kind")).isEqualTo("configmaps");
        assertThat(answer.text("details", "uid")).isEqualTo(uid);
        api.get(MAPS + "/a").expect(404);
        api.delete(MAPS + "/a", "").expect(404);
    }

    @Test
    void preconditionsMustHold() {
        var created = map("");
        assertThat(api.delete(MAPS + "/a", "{\"preconditions\":{\"uid\":\"other\"}}")
                        .expect(409)
                        .message())
                .isEqualTo(
                        "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (other) does not"
                                + " match the UID in record (" + created.text("metadata", "uid")
                                + "). The object might have been deleted and then recreated");
        api.delete(MAPS + "/a", "{\"preconditions\":{\"resourceVersion\":\"1\"}}")
                .expect(409);
        api.delete(MAPS + "/a", "{\"preconditions\":{\"uid\":\"\"}}").expect(409);
        api.delete(
                        MAPS + "/a",
                        "{\"preconditions\":{\"resourceVersion\":\"" + created.text("metadata", "resourceVersion")
                                + "\",\"uid\":\"" + created.text("metadata", "uid") + "\"}}")
                .expect(200);
    }

    @Test
    void finalizersKeepTheObjectUntilTheLastOneGoes() {
        map(",\"finalizers\":[\"example.com/a\",\"example.com/b\"]");

        var marked = api.delete(MAPS + "/a", "").expect(200);
        assertThat(marked.text("metadata", "deletionTimestamp")).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(marked.text("metadata", "deletionGracePeriodSeconds")).isEqualTo("0");
        api.mergePatch(MAPS + "/a", "{\"metadata\":{\"finalizers\":[\"example.com/b\"]}}")
                .expect(200);
        assertThat(api.mergePatch(MAPS + "/a", "{\"metadata\":{\"finalizers\":[\"example.com/b\",\"example.com/c\"]}}")
                        .expect(422)
                        .message())
                .contains("no new finalizers can be added if the object is being deleted");
        assertThat(api.post(MAPS, "{\"metadata\":{\"name\":\"a\"}}").expect(409).message())
                .isEqualTo("object is being deleted: configmaps \"a\" already exists");
        api.mergePatch(MAPS + "/a", "{\"metadata\":{\"finalizers\":null}}").expect(200);
        api.get(MAPS + "/a").expect(404);
    }

    @Test
    void dependentsComeFirstInTheForeground() {
        map("");
        api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Foreground\"}").expect(200);
        var waiting = api.get(MAPS + "/a").expect(200).json();
        assertThat(Meta.finalizers(waiting)).containsExactly("foregroundDeletion");
        assertThat(Meta.deleting(waiting)).isTrue();
        api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Background\"}").expect(200);
        api.get(MAPS + "/a").expect(404);
    }

    @Test
    void orphaningLeavesAFinalizerForTheCollector() {
        map("");
        api.send("DELETE", MAPS + "/a?propagationPolicy=Orphan", "").expect(200);
        assertThat(Meta.finalizers(api.get(MAPS + "/a").json())).containsExactly("orphan");
        assertThat(api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Sideways\"}")
                        .expect(422)
                        .message())
                .contains("propagationPolicy: Unsupported value: \"Sideways\"");
    }

    @Test
    void boundPodsAreGivenTime() {
        pod(",\"nodeName\":\"n1\"");

        var marked = api.delete(PODS + "/p", "").expect(200);
        assertThat(marked.text("metadata", "deletionGracePeriodSeconds")).isEqualTo("30");
        assertThat(marked.text("metadata", "deletionTimestamp")).isEqualTo("2026-01-02T03:04:35Z");
        var again = api.delete(PODS + "/p", "").expect(200);
        assertThat(again.text("metadata", "resourceVersion")).isEqualTo(marked.text("metadata", "resourceVersion"));
        var shorter = api.delete(PODS + "/p", "{\"gracePeriodSeconds\":10}").expect(200);
        assertThat(shorter.text("metadata", "deletionTimestamp")).isEqualTo("2026-01-02T03:04:15Z");
        var longer = api.delete(PODS + "/p", "{\"gracePeriodSeconds\":20}").expect(200);
        assertThat(longer.text("metadata", "deletionGracePeriodSeconds")).isEqualTo("10");
        var gone = api.delete(PODS + "/p", "{\"gracePeriodSeconds\":0}").expect(200);
        assertThat(gone.text("kind")).isEqualTo("Pod");
        api.get(PODS + "/p").expect(404);
    }

    @Test
    void podsWithoutNodeGoAtOnce() {
        pod("");
        api.delete(PODS + "/p", "").expect(200);
        api.get(PODS + "/p").expect(404);
    }

    @Test
    void collectionsAreDeletedBySelection() {
        for (var name : List.of("a", "b", "c")) {
            api.post(
                            MAPS,
                            "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"x\":\"" + (name.equals("b") ? 2 : 1)
                                    + "\"}}}")
                    .expect(201);
        }
        var deleted = api.send("DELETE", MAPS + "?labelSelector=x%3D1", "").expect(200);
        assertThat(deleted.json().get("items").size()).isEqualTo(2);
        assertThat(api.get(MAPS).json().get("items").size()).isEqualTo(1);
    }

    @Test
    void namespacesAreEmptiedBeforeTheyGo() {
        api.post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"n\"}}").expect(201);
        var created = api.get("/api/v1/namespaces/n").expect(200);
        assertThat(Tree.strings(created.json(), "spec", "finalizers")).containsExactly("kubernetes");
        assertThat(created.text("status", "phase")).isEqualTo("Active");
        assertThat(created.text("metadata", "labels", "kubernetes.io/metadata.name"))
                .isEqualTo("n");

        var marked = api.delete("/api/v1/namespaces/n", "").expect(200);
        assertThat(marked.text("kind")).isEqualTo("Namespace");
        assertThat(marked.text("status", "phase")).isEqualTo("Terminating");
        var refused = api.post("/api/v1/namespaces/n/configmaps", "{\"metadata\":{\"name\":\"a\"}}")
                .expect(403);
        assertThat(refused.message())
                .isEqualTo("configmaps \"a\" is forbidden: unable to create new content in namespace n because it is"
                        + " being terminated");
        assertThat(refused.json().at("/details/causes/0/reason").stringValue()).isEqualTo("NamespaceTerminating");
        api.delete("/api/v1/namespaces/n", "").expect(200);
        var emptied = marked.json();
        Tree.childObject(emptied, "spec").remove("finalizers");
        api.put("/api/v1/namespaces/n/finalize", emptied.toString()).expect(200);
        api.get("/api/v1/namespaces/n").expect(404);
    }

    @Test
    void theClustersOwnNamespacesStay() {
        assertThat(api.delete("/api/v1/namespaces/kube-system", "").expect(403).message())
                .isEqualTo("namespaces \"kube-system\" is forbidden: this namespace may not be deleted");
        for (var name : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
            api.get("/api/v1/namespaces/" + name).expect(200);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"propagationPolicy\":\"Orphan\",\"orphanDependents\":true}|propagationPolicy: Invalid value:"
                        + " \"Orphan\": orphanDependents and deletionPropagation cannot be both set",
                "{\"propagationPolicy\":\"Up\"}|propagationPolicy: Unsupported value: \"Up\": supported values:"
                        + " \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
                "{\"dryRun\":[\"Some\"]}|dryRun: Unsupported value: [\"Some\"]: supported values: \"All\""
            })
    void optionsAreChecked(String options, String message) {
        map("");
        for (var path : List.of(MAPS + "/a", MAPS)) {
            assertThat(api.delete(path, options).expect(422).message())
                    .isEqualTo("DeleteOptions.meta.k8s.io \"\" is invalid: " + message);
        }
        api.get(MAPS + "/a").expect(200);
    }

    @Test
    void optionsComeInTheBodyOrTheQuery() {
        map("");
        api.send("DELETE", MAPS + "/a", "propagationPolicy: Orphan\n", "Content-Type", "application/yaml")
                .expect(200);
        assertThat(Meta.finalizers(api.get(MAPS + "/a").json())).containsExactly("orphan");
        api.send("DELETE", MAPS + "/a?propagationPolicy=Foreground", "").expect(200);
        assertThat(Meta.finalizers(api.get(MAPS + "/a").json())).containsExactly("foregroundDeletion");
        api.send("DELETE", MAPS + "/a?propagationPolicy=Orphan", "{\"propagationPolicy\":\"Background\"}")
                .expect(200);
        api.get(MAPS + "/a").expect(404);
    }

    @Test
    void whoAsksNotToOrphanIsToldThatTheObjectWaits() {
        map(",\"finalizers\":[\"example.com/f\"]");

        api.delete(MAPS + "/a", "{\"orphanDependents\":false}").expect(202);
        api.delete(MAPS + "/a", "{\"propagationPolicy\":\"Background\"}").expect(200);
    }

    @Test
    void kindsDifferInWhatBecomesOfDependents() {
        var controllers = "/api/v1/namespaces/default/replicationcontrollers";
        api.post(
                        controllers,
                        "{\"metadata\":{\"name\":\"c\"},\"spec\":{\"selector\":{\"a\":\"b\"},\"template\":{\"metadata\":"
                                + "{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}")
                .expect(201);
        api.delete(controllers + "/c", "").expect(200);
        assertThat(Meta.finalizers(api.get(controllers + "/c").json())).containsExactly("orphan");

        var events = "/api/v1/namespaces/default/events";
        api.post(
                        events,
                        "{\"metadata\":{\"name\":\"e\"},\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":\"default\","
                                + "\"name\":\"p\"},\"reason\":\"r\"}")
                .expect(201);
        api.delete(events + "/e", "{\"propagationPolicy\":\"Foreground\"}").expect(200);
        api.get(events + "/e").expect(404);
    }

    @Test
    void deletionCountsAsAChangeOfTheSpec() {
        pod(",\"nodeName\":\"n1\"");
        long before = Meta.generation(api.get(PODS + "/p").json());

        assertThat(Meta.generation(api.delete(PODS + "/p", "").json())).isEqualTo(before + 1);
        assertThat(Meta.generation(
                        api.delete(PODS + "/p", "{\"gracePeriodSeconds\":1}").json()))
                .isEqualTo(before + 1);
    }

    @Test
    void graceIsNotShortenedIntoThePast() {
        pod(",\"nodeName\":\"n1\"");
        api.delete(PODS + "/p", "").expect(200);
        api.pass(Duration.ofSeconds(20));

        var shorter = api.delete(PODS + "/p", "{\"gracePeriodSeconds\":10}").expect(200);
        assertThat(shorter.text("metadata", "deletionTimestamp")).isEqualTo("2026-01-02T03:04:25Z");
        assertThat(shorter.text("metadata", "deletionGracePeriodSeconds")).isEqualTo("1");
    }

    @Test
    void aNegativeGraceIsASecond() {
        pod(",\"nodeName\":\"n1\"");
        assertThat(api.delete(PODS + "/p", "{\"gracePeriodSeconds\":-7}")
                        .expect(200)
                        .text("metadata", "deletionGracePeriodSeconds"))
                .isEqualTo("1");
    }

    @Test
    void watchersSeeThatAPodIsDeletedBeforeItIsGone() {
        pod(",\"nodeName\":\"n1\"");
        try (var watch = api.watch(PODS + "?watch=true&resourceVersion=" + api.store.revision())) {
            api.delete(PODS + "/p", "{\"gracePeriodSeconds\":0}").expect(200);

            var marked = watch.next();
            assertThat(Tree.text(marked, "type")).isEqualTo("MODIFIED");
            assertThat(Tree.text(marked, "object", "metadata", "deletionTimestamp"))
                    .isEqualTo("2026-01-02T03:04:05Z");
            var gone = watch.next();
            assertThat(Tree.text(gone, "type")).isEqualTo("DELETED");
            assertThat(Tree.text(gone, "object", "metadata", "deletionTimestamp"))
                    .isEqualTo("2026-01-02T03:04:05Z");
        }
    }

    @Test
    void aPodWithFinalizersIsMarkedAtOnceWhenNoGraceIsLeft() {
        api.post(
                        PODS,
                        "{\"metadata\":{\"name\":\"p\",\"finalizers\":[\"example.com/f\"]},\"spec\":{\"nodeName\":\"n1\","
                                + "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}")
                .expect(201);
        api.delete(PODS + "/p", "").expect(200);
        api.pass(Duration.ofSeconds(3));

        var marked = api.delete(PODS + "/p", "{\"gracePeriodSeconds\":0}").expect(200);

        assertThat(marked.text("metadata", "deletionTimestamp")).isEqualTo("2026-01-02T03:04:08Z");
        assertThat(marked.text("metadata", "deletionGracePeriodSeconds")).isEqualTo("0");
        api.mergePatch(PODS + "/p", "{\"metadata\":{\"finalizers\":null}}").expect(200);
        api.get(PODS + "/p").expect(404);
    }

    @Test
    void aCollectionAnswersWhatItListedAPageOfIt() {
        for (int i = 0; i < 100; i++) {
            api.post(MAPS, "{\"metadata\":{\"name\":\"m" + (100 + i) + "\"}}").expect(201);
        }
        var page = api.send("DELETE", MAPS + "?limit=40", "").expect(200);
        assertThat(page.text("kind")).isEqualTo("ConfigMapList");
        assertThat(page.json().get("items").size()).isEqualTo(40);
        assertThat(page.text("metadata", "continue")).isNotEmpty();
        assertThat(api.get(MAPS).json().get("items").size()).isEqualTo(60);
        api.delete(MAPS, "{\"dryRun\":[\"All\"]}").expect(200);
        assertThat(api.get(MAPS).json().get("items").size()).isEqualTo(60);
        api.delete(MAPS, "").expect(200);
        assertThat(api.get(MAPS).json().get("items").size()).isZero();
    }

    @Test
    void aCollectionStopsAtTheFirstThatIsRefused() {
        map("");
        assertThat(api.delete(MAPS, "{\"preconditions\":{\"uid\":\"other\"}}")
                        .expect(409)
                        .reason())
                .isEqualTo("Conflict");
        api.get(MAPS + "/a").expect(200);
    }

    @Test
    void aDryRunShowsWhatWouldBecomeOfAPod() {
        pod(",\"nodeName\":\"n1\"");
        long before = api.store.revision();

        assertThat(api.delete(PODS + "/p", "{\"dryRun\":[\"All\"]}")
                        .expect(200)
                        .text("metadata", "deletionGracePeriodSeconds"))
                .isEqualTo("30");
        api.delete(PODS + "/p", "{\"dryRun\":[\"All\"],\"gracePeriodSeconds\":0}")
                .expect(200);
        assertThat(api.store.revision()).isEqualTo(before);
    }

    @Test
    void optionsAreReadInProtobuf() {
        map("");
        var options = message(4, "Orphan".getBytes(StandardCharsets.UTF_8));
        var type = concat(
                message(1, "v1".getBytes(StandardCharsets.UTF_8)),
                message(2, "DeleteOptions".getBytes(StandardCharsets.UTF_8)));
        var body = concat("k8s\0".getBytes(StandardCharsets.UTF_8), message(1, type), message(2, options));

        api.send("DELETE", MAPS + "/a", body, "Content-Type", "application/vnd.kubernetes.protobuf")
                .expect(200);

        assertThat(Meta.finalizers(api.get(MAPS + "/a").json())).containsExactly("orphan");
    }

    /** A field of a protobuf message that is itself bytes, text or a message. */
    private static byte[] message(int field, byte[] value) {
        return concat(new byte[] {(byte) (field << 3 | 2), (byte) value.length}, value);
    }

    private static byte[] concat(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
