package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.registry.TestApi.Answer;
import dev.navarch.apiserver.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is particular to custom resources. JSON is written with single quotes. */
class CustomResourcesTest {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String DEFINITION = DEFINITIONS + "/boxes.example.com";
    private static final String BOXES = "/apis/example.com/v1/namespaces/default/boxes";
    private static final String NEW_BOXES = "/apis/example.com/v2/namespaces/default/boxes";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String version(String name, boolean stored, String properties) {
        return "{'name':'" + name + "','served':true,'storage':" + stored
                + ",'subresources':{'status':{}},'schema':{'openAPIV3Schema':{'type':'object','properties':{'spec':"
                + "{'type':'object','properties':" + properties + "},'status':{'type':'object',"
                + "'x-kubernetes-preserve-unknown-fields':true}}}}}";
    }

    private static boolean established(JsonNode event) {
        return event.at("/object/status/conditions")
                .valueStream()
                .anyMatch(c -> c.path("type").asString("").equals("Established")
                        && c.path("status").asString("").equals("True"));
    }

    private void define(String... versions) {
        try (var events = api.watch(DEFINITIONS + "?watch=true")) {
            api.post(
                            DEFINITIONS,
                            json("{'kind':'CustomResourceDefinition','apiVersion':'apiextensions.k8s.io/v1','metadata':"
                                    + "{'name':'boxes.example.com'},'spec':{'group':'example.com','scope':'Namespaced',"
                                    + "'names':{'plural':'boxes','kind':'Box','singular':'box'},'versions':["
                                    + String.join(",", versions) + "]}}"))
                    .expect(201);
            var event = events.next();
            while (!established(event)) {
                event = events.next();
            }
        }
    }

    /** Changes the definition, and waits until it is served as it says. */
    private Answer redefine(String... versions) {
        try (var boxes = api.watch("/apis/example.com/v1/boxes?watch=true")) {
            var changed =
                    api.mergePatch(DEFINITION, json("{'spec':{'versions':[" + String.join(",", versions) + "]}}"));
            if (changed.code() == 200) {
                while (!boxes.nextLine().equals("end")) {
                    // what is there
                }
            }
            return changed;
        }
    }

    private static String box(String apiVersion, String name, String spec) {
        return json("{'kind':'Box','apiVersion':'example.com/" + apiVersion + "','metadata':{'name':'" + name
                + "'},'spec':" + spec + "}");
    }

    @Test
    void formsThatNeedTypesAreNotTaken() {
        define(version("v1", true, "{'a':{'type':'string'}}"));
        api.post(BOXES, box("v1", "x", "{'a':'1'}")).expect(201);
        var strategic = api.send("PATCH", BOXES + "/x", "{}", "Content-Type", "application/strategic-merge-patch+json");
        assertThat(strategic.expect(415).message())
                .isEqualTo("the body of the request was in an unknown format - accepted media types include:"
                        + " application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
        assertThat(strategic.reason()).isEqualTo("UnsupportedMediaType");
        var protobuf = api.post(BOXES, "k8s\0", "Content-Type", "application/vnd.kubernetes.protobuf");
        assertThat(protobuf.expect(400).message()).contains("does not implement the protobuf marshalling interface");
        api.get(BOXES + "/x", "Accept", "application/vnd.kubernetes.protobuf").expect(406);
        api.get(BOXES + "/x", "Accept", "application/vnd.kubernetes.protobuf,application/json")
                .expect(200);
    }

    @Test
    void objectsWithinAreObjects() {
        define(version("v1", true, """
            {'inner':{'type':'object','x-kubernetes-embedded-resource':true,
              'x-kubernetes-preserve-unknown-fields':true}}"""));
        var message = api.post(
                        BOXES, box("v1", "x", "{'inner':{'apiVersion':'a/b/c','kind':'','metadata':{'name':'..'}}}"))
                .expect(422)
                .message();
        assertThat(message)
                .contains("spec.inner.apiVersion")
                .contains("spec.inner.kind")
                .contains("spec.inner.metadata.name");
        assertThat(api.post(BOXES, box("v1", "x", "{'inner':{'kind':'Pod','metadata':{}}}"))
                        .expect(422)
                        .message())
                .contains("spec.inner.apiVersion: Required value");
        var kept = api.post(
                        BOXES,
                        box(
                                "v1",
                                "x",
                                "{'inner':{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','labels':{'a':'b'},"
                                        + "'unknown':1},'spec':{'b':1}}}"))
                .expect(201);
        assertThat(kept.json().at("/spec/inner"))
                .hasToString(json("{'apiVersion':'v1','kind':'Pod','metadata':{'labels':{'a':'b'},'name':'p'},"
                        + "'spec':{'b':1}}"));
    }

    @Test
    void versionsOnceStoredStayUntilNothingIsStoredInThem() {
        var properties = "{'a':{'type':'string'}}";
        define(version("v1", true, properties), version("v2", false, properties));
        api.post(BOXES, box("v1", "x", "{'a':'1'}")).expect(201);
        redefine(version("v1", false, properties), version("v2", true, properties))
                .expect(200);
        assertThat(Tree.strings(api.get(DEFINITION).json(), "status", "storedVersions"))
                .containsExactly("v1", "v2");
        // what is kept in the old version is shown in any, and is kept in the new one when it is written
        assertThat(api.get(NEW_BOXES + "/x").expect(200).text("apiVersion")).isEqualTo("example.com/v2");
        var before = api.get(NEW_BOXES + "/x").text("metadata", "resourceVersion");
        var same = api.put(
                        NEW_BOXES + "/x",
                        box("v2", "x", "{'a':'1'}")
                                .replace("\"name\":", "\"resourceVersion\":\"" + before + "\",\"name\":"))
                .expect(200);
        assertThat(same.text("metadata", "resourceVersion")).isNotEqualTo(before);
        assertThat(same.text("apiVersion")).isEqualTo("example.com/v2");
        assertThat(api.get(BOXES + "/x").expect(200).text("apiVersion")).isEqualTo("example.com/v1");
        var gone = redefine(version("v2", true, properties));
        assertThat(gone.expect(422).message())
                .contains(
                        "status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions; v1 was previously"
                                + " a storage version, and must remain in spec.versions until a storage migration ensures no data"
                                + " remains persisted in v1 and removes v1 from status.storedVersions");
        api.mergePatch(DEFINITION + "/status", json("{'status':{'storedVersions':['v2']}}"))
                .expect(200);
        api.mergePatch(DEFINITION, json("{'spec':{'versions':[" + version("v2", true, properties) + "]}}"))
                .expect(200);
    }

    @Test
    void whatWasWrongBeforeMayStayWrong() {
        define(version(
                "v1",
                true,
                "{'a':{'type':'string'},'n':{'type':'integer'},'l':{'type':'array','items':{'type':'string'}}}"));
        api.post(BOXES, box("v1", "x", "{'a':'long','n':1,'l':['a','bb']}")).expect(201);
        redefine(version(
                        "v1",
                        true,
                        "{'a':{'type':'string','maxLength':2},'n':{'type':'integer'},'l':{'type':'array',"
                                + "'x-kubernetes-list-type':'set','items':{'type':'string','maxLength':1}}}"))
                .expect(200);
        api.mergePatch(BOXES + "/x", json("{'spec':{'n':2}}")).expect(200);
        assertThat(api.mergePatch(BOXES + "/x", json("{'spec':{'a':'other'}}"))
                        .expect(422)
                        .message())
                .contains("spec.a: Too long: may not be more than 2 bytes");
        // elements of a set are not told apart
        api.mergePatch(BOXES + "/x", json("{'spec':{'l':['bb','a']}}")).expect(422);
    }

    @Test
    void elementsWithKeysAreTheSameWhereverTheyAre() {
        var list = "{'l':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':"
                + "{'type':'object','required':['k'],'properties':{'k':{'type':'string'},'v':{'type':'string'%s}}}}}";
        define(version("v1", true, list.formatted("")));
        api.post(BOXES, box("v1", "x", "{'l':[{'k':'a','v':'long'},{'k':'b','v':'x'}]}"))
                .expect(201);
        redefine(version("v1", true, list.formatted(",'maxLength':1"))).expect(200);
        api.mergePatch(BOXES + "/x", json("{'spec':{'l':[{'k':'c','v':'y'},{'k':'a','v':'long'}]}}"))
                .expect(200);
        api.mergePatch(BOXES + "/x", json("{'spec':{'l':[{'k':'a','v':'y'},{'k':'c','v':'long'}]}}"))
                .expect(422);
    }
}
