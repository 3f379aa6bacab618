package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is {@code size} in v1, which is stored, is {@code length} in v2. JSON is written with single quotes. */
class WebhookConversionTest {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String V1 = "/apis/example.com/v1/namespaces/default/ropes";
    private static final String V2 = "/apis/example.com/v2/namespaces/default/ropes";

    private final TestApi api = new TestApi();
    private final HookServer hooks;

    WebhookConversionTest() throws Exception {
        hooks = new HookServer();
    }

    @BeforeEach
    void start() throws InterruptedException {
        api.registry.start();
        converting(_ -> {});
        try (var events = api.watch(DEFINITIONS + "?watch=true")) {
            api.post(
                            DEFINITIONS,
                            json("{'kind':'CustomResourceDefinition','apiVersion':'apiextensions.k8s.io/v1',"
                                    + "'metadata':{'name':'ropes.example.com'},'spec':{'group':'example.com',"
                                    + "'scope':'Namespaced','names':{'plural':'ropes','kind':'Rope'},"
                                    + "'conversion':{'strategy':'Webhook','webhook':{'conversionReviewVersions':['v1'],"
                                    + "'clientConfig':" + hooks.config("/convert") + "}},'versions':["
                                    + version("v1", true, "size", ",'selectableFields':[{'jsonPath':'.spec.size'}]")
                                    + ","
                                    + version(
                                            "v2", false, "length", ",'selectableFields':[{'jsonPath':'.spec.length'}]")
                                    + "]}}"))
                    .expect(201);
            while (!established(events.next())) {
                // the next event
            }
        }
        hooks.asked.clear();
    }

    private static boolean established(JsonNode event) {
        for (var condition : event.path("object").path("status").path("conditions")) {
            if (condition.path("type").asString("").equals("Established")) {
                return condition.path("status").asString("").equals("True");
            }
        }
        return false;
    }

    @AfterEach
    void close() {
        api.close();
        hooks.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String version(String name, boolean storage, String field, String more) {
        return "{'name':'" + name + "','served':true,'storage':" + storage + more
                + ",'subresources':{'scale':{'specReplicasPath':'.spec." + field + "','statusReplicasPath':'.status."
                + field + "'}}"
                + ",'schema':{'openAPIV3Schema':{'type':'object','properties':{'spec':{'type':'object','properties':{'"
                + field + "':{'type':'integer'}}}}}}}";
    }

    private static String rope(String version, String name, String spec) {
        return json("{'kind':'Rope','apiVersion':'example.com/" + version + "','metadata':{'name':'" + name
                + "'},'spec':" + spec + "}");
    }

    /** @param after done to each object that was converted */
    private void converting(Consumer<ObjectNode> after) {
        hooks.on("/convert", review -> {
            var wanted = Tree.text(review, "request", "desiredAPIVersion");
            var answer =
                    Tree.object().put("kind", "ConversionReview").put("apiVersion", Tree.text(review, "apiVersion"));
            var response = answer.putObject("response").put("uid", Tree.text(review, "request", "uid"));
            response.putObject("result").put("status", "Success");
            var converted = response.putArray("convertedObjects");
            for (var object : Tree.objects(review, "request", "objects")) {
                var spec = (ObjectNode) object.get("spec");
                boolean toNew = wanted.endsWith("v2");
                var value = spec.remove(toNew ? "size" : "length");
                if (value != null) {
                    spec.set(toNew ? "length" : "size", value);
                }
                object.put("apiVersion", wanted);
                after.accept(object);
                converted.add(object);
            }
            return answer;
        });
    }

    @Test
    void eachVersionShowsTheObjectInItsOwnWay() {
        var created = api.post(V2, rope("v2", "a", "{'length':3}")).expect(201);
        assertThat(created.text("spec")).isEqualTo("{\"length\":3}");
        assertThat(new String(api.store
                        .get("/registry/example.com/ropes/default/a")
                        .orElseThrow()
                        .value()))
                .contains("\"apiVersion\":\"example.com/v1\"", "\"size\":3");
        assertThat(api.get(V1 + "/a").expect(200).text("spec")).isEqualTo("{\"size\":3}");
        assertThat(api.get(V2 + "/a").expect(200).text("spec")).isEqualTo("{\"length\":3}");
        var changed = api.mergePatch(V2 + "/a", json("{'spec':{'length':4}}")).expect(200);
        assertThat(changed.text("spec", "length")).isEqualTo("4");
        assertThat(api.get(V1 + "/a").text("spec", "size")).isEqualTo("4");
    }

    @Test
    void aListIsConvertedAtOnceAndTheStoredVersionNotAtAll() {
        for (var name : new String[] {"a", "b", "c"}) {
            api.post(V1, rope("v1", name, "{'size':1}")).expect(201);
        }
        api.get(V1).expect(200);
        hooks.asked.clear();
        var list = api.get(V2).expect(200);
        assertThat(Tree.objects(list.json(), "items"))
                .extracting(o -> Tree.number(o, 0, "spec", "length"))
                .containsExactly(1L, 1L, 1L);
        assertThat(hooks.asked).hasSize(1);
        assertThat(Tree.objects(hooks.asked.getFirst().request(), "objects")).hasSize(3);
        hooks.asked.clear();
        api.get(V1).expect(200);
        assertThat(hooks.asked).isEmpty();
    }

    @Test
    void watchesShowTheirVersion() {
        try (var events = api.watch(V2 + "?watch=true")) {
            api.post(V1, rope("v1", "a", "{'size':1}")).expect(201);
            var event = events.next();
            assertThat(Tree.number(event, 0, "object", "spec", "length")).isEqualTo(1);
            assertThat(Tree.text(event, "object", "apiVersion")).isEqualTo("example.com/v2");
        }
    }

    @Test
    void fieldsAreSelectedInTheVersionThatIsAskedFor() {
        api.post(V1, rope("v1", "a", "{'size':1}")).expect(201);
        api.post(V1, rope("v1", "b", "{'size':2}")).expect(201);
        assertThat(names(api.get(V1 + "?fieldSelector=spec.size%3D2"))).containsExactly("b");
        assertThat(names(api.get(V2 + "?fieldSelector=spec.length%3D2"))).containsExactly("b");
        assertThat(names(api.get(V2 + "?fieldSelector=spec.length!%3D2"))).containsExactly("a");
        assertThat(api.get(V2 + "?fieldSelector=spec.size%3D2").expect(400).message())
                .contains("field label not supported: spec.size");
        try (var events = api.watch(V2 + "?watch=true&fieldSelector=spec.length%3D3")) {
            api.mergePatch(V1 + "/a", json("{'spec':{'size':3}}")).expect(200);
            var came = events.next();
            assertThat(Tree.text(came, "type")).isEqualTo("ADDED");
            assertThat(Tree.number(came, 0, "object", "spec", "length")).isEqualTo(3);
            api.mergePatch(V1 + "/a", json("{'spec':{'size':4}}")).expect(200);
            assertThat(Tree.text(events.next(), "type")).isEqualTo("DELETED");
        }
        api.send("DELETE", V2 + "?fieldSelector=spec.length%3D4", "").expect(200);
        assertThat(names(api.get(V1))).containsExactly("b");
    }

    private static java.util.List<String> names(TestApi.Answer list) {
        return Tree.objects(list.expect(200).json(), "items").stream()
                .map(Meta::name)
                .toList();
    }

    @Test
    void aScaleIsThatOfTheVersionThatIsAskedFor() {
        api.post(V1, rope("v1", "a", "{'size':1}")).expect(201);
        for (var version : new String[] {V1, V2}) {
            assertThat(api.get(version + "/a/scale").expect(200).text("spec", "replicas"))
                    .isEqualTo("1");
        }
        api.mergePatch(V2 + "/a/scale", json("{'spec':{'replicas':5}}")).expect(200);
        assertThat(api.get(V1 + "/a").text("spec")).isEqualTo("{\"size\":5}");
        api.mergePatch(V1 + "/a/scale", json("{'spec':{'replicas':6}}")).expect(200);
        assertThat(api.get(V2 + "/a").text("spec")).isEqualTo("{\"length\":6}");
    }

    @Test
    void aWebhookDecidesOverLabelsButNotOverIdentity() {
        api.post(V1, rope("v1", "a", "{'size':1}")).expect(201);
        converting(object ->
                Meta.of(object).put("generation", 77).putObject("labels").put("by", "hook"));
        var shown = api.get(V2 + "/a").expect(200);
        assertThat(shown.text("metadata", "labels", "by")).isEqualTo("hook");
        assertThat(shown.text("metadata", "generation")).isEqualTo("1");
        converting(object -> Meta.of(object).put("name", "b"));
        assertThat(api.get(V2 + "/a").expect(500).message())
                .isEqualTo(
                        "conversion webhook for example.com/v1, Kind=Rope returned invalid object: must have the same"
                                + " name: a != b");
        converting(object -> object.put("apiVersion", "example.com/v3"));
        assertThat(api.get(V2 + "/a").expect(500).message())
                .isEqualTo(
                        "conversion webhook for example.com/v1, Kind=Rope returned invalid object at index 0: invalid"
                                + " groupVersion (expected example.com/v2, received example.com/v3)");
    }

    @Test
    void whatAWebhookCantConvertFailsWithItsWords() {
        api.post(V1, rope("v1", "a", "{'size':1}")).expect(201);
        hooks.on("/convert", review -> {
            var answer =
                    Tree.object().put("kind", "ConversionReview").put("apiVersion", Tree.text(review, "apiVersion"));
            answer.putObject("response")
                    .put("uid", Tree.text(review, "request", "uid"))
                    .putObject("result")
                    .put("status", "Failure")
                    .put("message", "too long");
            return answer;
        });
        assertThat(api.get(V2 + "/a").expect(500).message())
                .isEqualTo("conversion webhook for example.com/v1, Kind=Rope failed: too long");
        api.get(V1 + "/a").expect(200);
    }
}
