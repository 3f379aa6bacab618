package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.registry.TestApi.Answer;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Write;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** JSON is written with single quotes. */
class CustomDefinitionsTest {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
    private static final String OLD_WIDGETS = "/apis/example.com/v1beta1/namespaces/default/widgets";
    private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
    private static final String DEFINITION = """
        {'kind':'CustomResourceDefinition','apiVersion':'apiextensions.k8s.io/v1','metadata':{'name':'widgets.example.com'},
         'spec':{'group':'example.com','scope':'Namespaced',
          'names':{'plural':'widgets','kind':'Widget','shortNames':['wd']},
          'versions':[
           {'name':'v1','served':true,'storage':true,
            'subresources':{'status':{},'scale':{'specReplicasPath':'.spec.size','statusReplicasPath':'.status.size','labelSelectorPath':'.status.labels'}},
            'additionalPrinterColumns':[{'name':'Colour','type':'string','jsonPath':'.spec.colour'},
              {'name':'Size','type':'integer','jsonPath':'.spec.size'}],
            'selectableFields':[{'jsonPath':'.spec.colour'}],
            'schema':{'openAPIV3Schema':{'type':'object','properties':{
              'spec':{'type':'object','required':['colour'],
                'x-kubernetes-validations':[{'rule':'self.size >= oldSelf.size','message':'widgets never shrink'}],
                'properties':{
                 'colour':{'type':'string','enum':['red','green']},
                 'size':{'type':'integer','default':1,'maximum':10},
                 'parts':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['name'],
                   'items':{'type':'object','properties':{'name':{'type':'string'},'note':{'type':'string'}}}}}},
              'status':{'type':'object','properties':{'size':{'type':'integer'},'labels':{'type':'string'}}}}}}},
           {'name':'v1beta1','served':true,'storage':false,'deprecated':true,
            'schema':{'openAPIV3Schema':{'type':'object','properties':{
              'spec':{'type':'object','properties':{'colour':{'type':'string'}}}}}}}]}}\
        """;

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private Answer define(String definition) {
        try (var events = api.watch(DEFINITIONS + "?watch=true")) {
            var created = api.post(DEFINITIONS, json(definition)).expect(201);
            for (var event = events.next();
                    !settled(event.get("object"), created.text("metadata", "name"));
                    event = events.next()) {
                assertThat(event.get("type").stringValue()).isIn("ADDED", "MODIFIED");
            }
            return created;
        }
    }

    private static boolean settled(JsonNode definition, String name) {
        return Tree.text(definition, "metadata", "name").equals(name)
                && definition
                        .path("status")
                        .path("conditions")
                        .valueStream()
                        .anyMatch(c -> c.path("type").asString("").equals("Established"));
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String widget(String name, String spec) {
        return json("{'kind':'Widget','apiVersion':'example.com/v1','metadata':{'name':'" + name + "'},'spec':" + spec
                + "}");
    }

    @Test
    void whatIsDefinedIsServedAsSoonAsItIsEstablished() {
        define(DEFINITION);
        var definition = api.get(DEFINITIONS + "/widgets.example.com").json();
        assertThat(Tree.text(definition, "status", "acceptedNames", "listKind")).isEqualTo("WidgetList");
        assertThat(Tree.at(definition, "status", "storedVersions").toString()).isEqualTo("[\"v1\"]");
        var created = api.post(WIDGETS, widget("a", "{'colour':'red'}")).expect(201);
        assertThat(created.json().get("spec").toString()).isEqualTo("{\"colour\":\"red\",\"size\":1}");
        assertThat(Tree.number(created.json(), 0, "metadata", "generation")).isEqualTo(1);
        var list = api.get(WIDGETS).expect(200).json();
        assertThat(Tree.text(list, "kind")).isEqualTo("WidgetList");
        assertThat(Tree.objects(list, "items")).hasSize(1);
        assertThat(api.get("/apis/example.com/v1").expect(200).body())
                .contains("\"widgets\"", "\"widgets/status\"", "\"widgets/scale\"", "\"wd\"");
    }

    @Test
    void aServerThatStartsKnowsWhatOneBeforeItRead(@TempDir Path caches) throws Exception {
        define(DEFINITION);
        for (int start = 0; start < 2; start++) {
            try (var server = api.another("10.96.0.0/16", Optional.of(caches))) {
                server.start();
                var known = Files.readAllLines(caches.resolve("definitions"));
                assertThat(known).hasSize(1);
                assertThat(known.getFirst())
                        .contains("widgets.example.com", "\"wd\"")
                        .doesNotContain("never shrink");
                var wrong = widget("a", "{'colour':'blue'}").getBytes(StandardCharsets.UTF_8);
                assertThat(api.send(server, "POST", WIDGETS, wrong).expect(422).message())
                        .contains("spec.colour: Unsupported value: \"blue\"");
            }
        }
        // of another text nothing is known
        api.mergePatch(DEFINITIONS + "/widgets.example.com", json("{'metadata':{'labels':{'a':'b'}}}"))
                .expect(200);
        try (var server = api.another("10.96.0.0/16", Optional.of(caches))) {
            server.start();
            assertThat(Files.readAllLines(caches.resolve("definitions"))).hasSize(2);
            var right = widget("a", "{'colour':'red'}").getBytes(StandardCharsets.UTF_8);
            api.send(server, "POST", WIDGETS, right).expect(201);
        }
    }

    @Test
    void wrongValuesAreInvalidAndUnknownFieldsArePruned() {
        define(DEFINITION);
        var wrong =
                api.post(WIDGETS, widget("a", "{'colour':'blue','size':'x'}")).expect(422);
        assertThat(wrong.message())
                .isEqualTo("Widget.example.com \"a\" is invalid: [spec.colour: Unsupported value: \"blue\": supported"
                        + " values: \"red\", \"green\", spec.size: Invalid value: \"string\": spec.size in body"
                        + " must be of type integer: \"string\"]");
        var pruned =
                api.post(WIDGETS, widget("a", "{'colour':'red','other':1}")).expect(201);
        assertThat(pruned.json().get("spec").has("other")).isFalse();
        var strict = api.post(WIDGETS + "?fieldValidation=Strict", widget("b", "{'colour':'red','other':1}"))
                .expect(400);
        assertThat(strict.message()).contains("strict decoding error: unknown field \"spec.other\"");
    }

    @Test
    void rulesCompareWithTheOldStateAndStatusIsItsOwn() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red','size':5}")).expect(201);
        assertThat(api.mergePatch(WIDGETS + "/a", json("{'spec':{'size':3}}"))
                        .expect(422)
                        .message())
                .isEqualTo(
                        "Widget.example.com \"a\" is invalid: spec: Invalid value: \"object\": widgets never shrink");
        var ignored =
                api.mergePatch(WIDGETS + "/a", json("{'status':{'size':3}}")).expect(200);
        assertThat(ignored.json().has("status")).isFalse();
        var status = api.mergePatch(WIDGETS + "/a/status", json("{'spec':{'size':9},'status':{'size':5}}"))
                .expect(200);
        assertThat(Tree.number(status.json(), 0, "spec", "size")).isEqualTo(5);
        assertThat(Tree.number(status.json(), 0, "metadata", "generation")).isEqualTo(1);
        var spec = api.mergePatch(WIDGETS + "/a", json("{'spec':{'size':6}}")).expect(200);
        assertThat(Tree.number(spec.json(), 0, "metadata", "generation")).isEqualTo(2);
    }

    @Test
    void replicasAreWhereTheDefinitionSays() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red','size':2}")).expect(201);
        api.mergePatch(WIDGETS + "/a/status", json("{'status':{'size':1,'labels':'app=a'}}"))
                .expect(200);
        var scale = api.get(WIDGETS + "/a/scale").expect(200).json();
        assertThat(Tree.number(scale, 0, "spec", "replicas")).isEqualTo(2);
        assertThat(Tree.number(scale, 0, "status", "replicas")).isEqualTo(1);
        assertThat(Tree.text(scale, "status", "selector")).isEqualTo("app=a");
        api.mergePatch(WIDGETS + "/a/scale", json("{'spec':{'replicas':4}}")).expect(200);
        assertThat(Tree.number(api.get(WIDGETS + "/a").json(), 0, "spec", "size"))
                .isEqualTo(4);
    }

    @Test
    void versionsShowTheSameObjects() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red','size':2}")).expect(201);
        var old = api.get(OLD_WIDGETS + "/a").expect(200);
        assertThat(old.text("apiVersion")).isEqualTo("example.com/v1beta1");
        assertThat(old.json().get("spec").toString()).isEqualTo("{\"colour\":\"red\"}");
        assertThat(old.headers().all("Warning")).containsExactly("299 - \"example.com/v1beta1 Widget is deprecated\"");
        api.post(
                        OLD_WIDGETS,
                        json("{'kind':'Widget','apiVersion':'example.com/v1beta1','metadata':{'name':'b'},"
                                + "'spec':{'colour':'green'}}"))
                .expect(201);
        assertThat(Tree.number(api.get(WIDGETS + "/b").json(), 0, "spec", "size"))
                .isEqualTo(1);
    }

    @Test
    void noKeyComesTwiceByAnUpdate() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red','parts':[{'name':'x'}]}"))
                .expect(201);
        assertThat(api.mergePatch(WIDGETS + "/a", json("{'spec':{'parts':[{'name':'x'},{'name':'x'}]}}"))
                        .expect(422)
                        .message())
                .contains("spec.parts[1]: Duplicate value: {\"name\":\"x\"}");
    }

    @Test
    void whatIsWrittenIsHeldAgainstTheVersionThatIsAskedFor() {
        define(DEFINITION
                .replace("'properties':{'colour':{'type':'string'}}}", """
            'x-kubernetes-validations':[{'rule':'self.colour.size() != 5'}],
            'properties':{'colour':{'type':'string','maxLength':5},'shape':{'type':'string','default':'round'}}}\
            """)
                .replace("'parts':{", "'shape':{'type':'string','enum':['round','flat']},'parts':{"));
        var old =
                json("{'kind':'Widget','apiVersion':'example.com/v1beta1','metadata':{'name':'b'},'spec':{'colour':'");
        assertThat(api.post(OLD_WIDGETS, old + "purple\"}}").expect(422).message())
                .isEqualTo("Widget.example.com \"b\" is invalid: spec.colour: Too long: may not be more than 5 bytes");
        assertThat(api.post(OLD_WIDGETS, old + "green\"}}").expect(422).message())
                .contains("failed rule: self.colour");
        // nothing of the other version's rules, neither its enumeration nor what it requires
        api.post(OLD_WIDGETS, old + "pink\"}}").expect(201);
        var stored = api.get(WIDGETS + "/b").expect(200).json();
        assertThat(stored.get("spec").toString())
                .as("with the defaults of both")
                .isEqualTo("{\"colour\":\"pink\",\"shape\":\"round\",\"size\":1}");
        api.mergePatch(OLD_WIDGETS + "/b", json("{'spec':{'shape':'odd'}}")).expect(200);
        assertThat(api.mergePatch(WIDGETS + "/b", json("{'spec':{'shape':'strange'}}"))
                        .expect(422)
                        .message())
                .contains("supported values: \"round\", \"flat\"");
    }

    @Test
    void onlyMetadataIsThereInProtobufAndPatchesAreNotStrategic() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red'}")).expect(201);
        var protobuf = "application/vnd.kubernetes.protobuf";
        for (var path : List.of(WIDGETS, WIDGETS + "/a", WIDGETS + "?watch=true")) {
            assertThat(api.get(path, "Accept", protobuf).expect(406).message())
                    .contains("does not implement the protobuf marshalling interface");
        }
        assertThat(api.get(WIDGETS, "Accept", protobuf + ", application/json")
                        .expect(200)
                        .json()
                        .get("items"))
                .hasSize(1);
        api.get(WIDGETS, "Accept", protobuf + ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
                .expect(200);
        assertThat(api.send("PATCH", WIDGETS + "/a", "{}", "Content-Type", "application/strategic-merge-patch+json")
                        .expect(415)
                        .message())
                .isEqualTo("the body of the request was in an unknown format - accepted media types include:"
                        + " application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
        assertThat(api.send("POST", WIDGETS, "k8s\0", "Content-Type", protobuf)
                        .expect(400)
                        .message())
                .startsWith(
                        "Widget in version \"v1\" cannot be handled as a Widget: object *unstructured.Unstructured");
    }

    @Test
    void columnsAndSelectableFieldsAreThoseOfTheDefinition() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red','size':2}")).expect(201);
        api.post(WIDGETS, widget("b", "{'colour':'green'}")).expect(201);
        var table = api.get(WIDGETS, "Accept", TABLE).expect(200).json();
        assertThat(Tree.objects(table, "columnDefinitions"))
                .extracting(c -> Tree.text(c, "name"))
                .containsExactly("Name", "Colour", "Size");
        assertThat(table.get("rows").get(0).get("cells").toString()).isEqualTo("[\"a\",\"red\",2]");
        var green = api.get(WIDGETS + "?fieldSelector=spec.colour%3Dgreen")
                .expect(200)
                .json();
        assertThat(Tree.objects(green, "items"))
                .extracting(o -> Tree.text(o, "metadata", "name"))
                .containsExactly("b");
        api.get(WIDGETS + "?fieldSelector=spec.size%3D1").expect(400);
    }

    @Test
    void appliersShareListsByTheirKeys() {
        define(DEFINITION);
        var mine = "{'kind':'Widget','apiVersion':'example.com/v1','metadata':{'name':'a'},'spec':{'colour':'red',"
                + "'parts':[{'name':'%s','note':'%s'}]}}";
        apply("one", mine.formatted("x", "1")).expect(201);
        var both = apply("two", mine.formatted("y", "2")).expect(200);
        assertThat(both.json().get("spec").get("parts").toString())
                .isEqualTo("[{\"name\":\"x\",\"note\":\"1\"},{\"name\":\"y\",\"note\":\"2\"}]");
        var conflict = apply("two", mine.formatted("x", "3")).expect(409);
        assertThat(conflict.message()).contains("conflict with \"one\": .spec.parts[name=\"x\"].note");
    }

    private Answer apply(String manager, String object) {
        return api.send(
                "PATCH",
                WIDGETS + "/a?fieldManager=" + manager,
                json(object),
                "Content-Type",
                "application/apply-patch+yaml");
    }

    @Test
    void watchesEndAndObjectsGoWithTheirDefinition() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red'}")).expect(201);
        try (var watch = api.watch(WIDGETS + "?watch=true&resourceVersion=0");
                var definitions = api.watch(DEFINITIONS + "?watch=true")) {
            assertThat(watch.next().get("type").stringValue()).isEqualTo("ADDED");
            api.delete(DEFINITIONS + "/widgets.example.com", "").expect(200);
            for (var event = definitions.next();
                    !event.get("type").stringValue().equals("DELETED");
                    event = definitions.next()) {
                assertThat(Tree.text(event.get("object"), "metadata", "name")).isEqualTo("widgets.example.com");
            }
            var last = watch.next();
            assertThat(last.get("type").stringValue()).isEqualTo("DELETED");
            assertThat(watch.nextLine()).isEqualTo("end");
        }
        api.get(WIDGETS).expect(404);
        define(DEFINITION);
        assertThat(Tree.objects(api.get(WIDGETS).expect(200).json(), "items")).isEmpty();
    }

    @Test
    void objectsAreReadThroughTheSchemaOfToday() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red','size':2}")).expect(201);
        try (var watch = api.watch(WIDGETS + "?watch=true")) {
            api.mergePatch(
                            DEFINITIONS + "/widgets.example.com",
                            json(DEFINITION
                                            .substring(DEFINITION.indexOf("'spec'") - 1)
                                            .replaceFirst("'size':\\{'type':'integer','default':1,'maximum':10\\},", "")
                                            .replaceFirst("self.size >= oldSelf.size", "true")
                                            .replaceFirst(
                                                    "'colour':\\{",
                                                    "'shape':{'type':'string','default':'round'},'colour':{"))
                                    .replaceFirst("^.", "{"))
                    .expect(200);
            while (!watch.nextLine().equals("end")) {
                // the definition's change ends it
            }
        }
        var read = api.get(WIDGETS + "/a").expect(200).json();
        assertThat(read.get("spec").toString()).isEqualTo("{\"colour\":\"red\",\"shape\":\"round\"}");
    }

    @Test
    void namesAreGivenOnce() {
        define(DEFINITION);
        define(DEFINITION.replace("widgets", "gadgets").replace("'wd'", "'gd'"));
        var second = api.get(DEFINITIONS + "/gadgets.example.com").json();
        assertThat(conditions(second))
                .containsEntry("NamesAccepted", "False ListKindConflict \"WidgetList\" is already in use")
                .containsEntry("Established", "False NotAccepted not all names are accepted");
        api.get("/apis/example.com/v1/gadgets").expect(404);
    }

    @Test
    void whatIsFreeIsAcceptedAndTheRestWhenItBecomesFree() {
        define(DEFINITION);
        define(DEFINITION
                .replace("widgets", "gadgets")
                .replace("'kind':'Widget'", "'kind':'Gadget','singular':'gadget','listKind':'WidgetList'"));
        var gadgets = api.get(DEFINITIONS + "/gadgets.example.com").json();
        assertThat(conditions(gadgets))
                .containsEntry("NamesAccepted", "False ListKindConflict \"WidgetList\" is already in use");
        assertThat(Tree.at(gadgets, "status", "acceptedNames").toString())
                .isEqualTo("{\"plural\":\"gadgets\",\"singular\":\"gadget\",\"kind\":\"Gadget\"}");
        try (var events = api.watch(DEFINITIONS + "?watch=true&fieldSelector=metadata.name=gadgets.example.com")) {
            api.delete(DEFINITIONS + "/widgets.example.com", "").expect(200);
            var event = events.next();
            while (!conditions(event.get("object"))
                    .get("Established")
                    .equals("True InitialNamesAccepted the initial names have been accepted")) {
                event = events.next();
            }
            assertThat(conditions(event.get("object")))
                    .containsEntry("NamesAccepted", "True NoConflicts no conflicts found");
        }
        assertThat(Tree.text(api.get("/apis/example.com/v1/gadgets").expect(200).json(), "kind"))
                .isEqualTo("WidgetList");
    }

    @Test
    void aDefinitionTellsHowItGoes() {
        define(DEFINITION);
        api.post(WIDGETS, widget("a", "{'colour':'red'}").replace("'a'}", "'a'}"))
                .expect(201);
        api.mergePatch(WIDGETS + "/a", json("{'metadata':{'finalizers':['example.com/mine']}}"))
                .expect(200);
        try (var events = api.watch(DEFINITIONS + "?watch=true")) {
            events.next();
            var deleted = api.delete(DEFINITIONS + "/widgets.example.com", "").expect(200);
            assertThat(conditions(deleted.json()))
                    .containsEntry(
                            "Terminating",
                            "True InstanceDeletionPending CustomResourceDefinition marked for deletion; CustomResource"
                                    + " deletion will begin soon");
            assertThat(Tree.strings(deleted.json(), "metadata", "finalizers"))
                    .containsExactly("customresourcecleanup.apiextensions.k8s.io");
            var event = events.next();
            while (!conditions(event.get("object"))
                    .getOrDefault("Terminating", "")
                    .equals("True InstanceDeletionInProgress CustomResource deletion is in progress")) {
                event = events.next();
            }
            api.post(WIDGETS, widget("b", "{'colour':'red'}")).expect(405);
            api.mergePatch(WIDGETS + "/a", json("{'metadata':{'finalizers':null}}"))
                    .expect(200);
            while (!event.get("type").stringValue().equals("DELETED")) {
                event = events.next();
            }
            assertThat(conditions(event.get("object")))
                    .containsEntry("Terminating", "False InstanceDeletionCompleted removed all instances");
        }
    }

    @Test
    void groupsOfKubernetesNeedApproval() {
        var kubernetes = DEFINITION.replace("example.com", "example.k8s.io");
        assertThat(api.post(DEFINITIONS, json(kubernetes)).expect(422).message())
                .contains("metadata.annotations[api-approved.kubernetes.io]: Required value");
        var annotated = "'metadata':{'annotations':{'api-approved.kubernetes.io':'%s'},'name'";
        define(kubernetes.replace("'metadata':{'name'", annotated.formatted("https://github.com/kubernetes/pull/1")));
        assertThat(conditions(api.get(DEFINITIONS + "/widgets.example.k8s.io").json()))
                .containsEntry(
                        "KubernetesAPIApprovalPolicyConformant",
                        "True ApprovedAnnotation approved in https://github.com/kubernetes/pull/1");
        define(kubernetes
                .replace("widget", "gadget")
                .replace("Widget", "Gadget")
                .replace("'wd'", "'gd'")
                .replace("'metadata':{'name'", annotated.formatted("unapproved, experimental")));
        assertThat(conditions(api.get(DEFINITIONS + "/gadgets.example.k8s.io").json()))
                .containsEntry(
                        "KubernetesAPIApprovalPolicyConformant",
                        "False UnapprovedAnnotation not approved: \"unapproved, experimental\"")
                .containsEntry("Established", "True InitialNamesAccepted the initial names have been accepted");
    }

    @Test
    void aSchemaOfOldThatIsNotStructuralIsTold() {
        define(DEFINITION);
        // as the versions before v1 allowed it; nobody can create such a definition any more
        var entry = api.store
                .get("/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com")
                .orElseThrow();
        var text = new String(entry.value(), StandardCharsets.UTF_8)
                .replace("\"scope\":", "\"preserveUnknownFields\":true,\"scope\":")
                .replace("\"generation\":1", "\"generation\":2")
                .replace(
                        "{\"spec\":{\"type\":\"object\",\"properties\":{\"colour\":{\"type\":\"string\"}}}}",
                        "{\"spec\":{\"properties\":{\"colour\":{\"type\":\"string\"}}}}");
        int digits = Long.toString(entry.revision()).length();
        var old = (text.substring(0, entry.revisionAt()) + text.substring(entry.revisionAt() + digits))
                .getBytes(StandardCharsets.UTF_8);
        try (var events = api.watch(DEFINITIONS + "?watch=true&resourceVersion=" + api.store.revision())) {
            api.store.write(new Write.Update(entry.key(), entry.revision(), new Draft(old, entry.revisionAt())));
            var event = events.next();
            while (!conditions(event.get("object")).containsKey("NonStructuralSchema")) {
                event = events.next();
            }
            assertThat(conditions(event.get("object")))
                    .containsEntry(
                            "NonStructuralSchema",
                            "True Violations spec.versions[1].schema.openAPIV3Schema.properties[spec].type:"
                                    + " Required value: must not be empty for specified object fields");
        }
        var any = api.post(WIDGETS, widget("a", "{'colour':'red','unknown':1}")).expect(201);
        assertThat(any.json().at("/spec/unknown").asInt()).isEqualTo(1);
    }

    private static Map<String, String> conditions(JsonNode definition) {
        return Tree.objects(definition, "status", "conditions").stream()
                .collect(java.util.stream.Collectors.toMap(
                        c -> Tree.text(c, "type"),
                        c -> Tree.text(c, "status") + " " + Tree.text(c, "reason") + " " + Tree.text(c, "message")));
    }

    @Test
    void definitionsThatCantBeTakenAreRefused() {
        var answer = api.post(
                        DEFINITIONS,
                        json(DEFINITION
                                .replace("'colour':{'type':'string','enum'", "'colour':{'enum'")
                                .replace("self.size >= oldSelf.size", "self.nothing")))
                .expect(422);
        assertThat(answer.message())
                .contains("spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[colour].type: "
                        + "Required value: must not be empty for specified object fields");
        var rule = api.post(DEFINITIONS, json(DEFINITION.replace("self.size >= oldSelf.size", "self.nothing")))
                .expect(422);
        assertThat(rule.message())
                .contains(
                        "x-kubernetes-validations[0].rule: Invalid value: \"self.nothing\": compilation failed: ERROR: "
                                + "<input>:1:5: undefined field 'nothing'");
    }
}
