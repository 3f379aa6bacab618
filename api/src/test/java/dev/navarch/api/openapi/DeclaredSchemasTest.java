package dev.navarch.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.api.custom.CustomSchemas;
import dev.navarch.api.custom.CustomTypes;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Custom resources in documents; JSON is written with single quotes. */
class DeclaredSchemasTest {
    private static final String NAME = "com.example.v1.Ship";
    private static final OpenApi BUILT_IN = new OpenApi(Catalogue.builtIn(), "v1.36.0");

    private static List<ResourceType> ship(String schema, int generation) {
        var definition = (ObjectNode) json("""
            {'metadata':{'name':'ships.example.com','uid':'u','generation':%d},
             'spec':{'group':'example.com','scope':'Namespaced',
              'names':{'plural':'ships','kind':'Ship','listKind':'Fleet','singular':'ship'},
              'versions':[{'name':'v1','served':true,'storage':true,
                'selectableFields':[{'jsonPath':'.spec.flag'}],
                'subresources':{'status':{},'scale':{'specReplicasPath':'.spec.n','statusReplicasPath':'.status.n'}},
                'schema':{'openAPIV3Schema':%s}}]}}""".formatted(generation, schema));
        var custom =
                CustomDefinition.of(definition, i -> definition.at("/spec/versions/" + i + "/schema/openAPIV3Schema"));
        var version = custom.storedVersion();
        return List.of(CustomTypes.of(custom, version, CustomSchemas.documented(custom, version)));
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static JsonNode version2(OpenApi openApi) {
        var all = new ByteArrayOutputStream();
        openApi.v2Json().forEach(all::writeBytes);
        return JsonMapper.shared().readTree(all.toByteArray());
    }

    private static JsonNode version3(OpenApi openApi) {
        return JsonMapper.shared()
                .readTree(openApi.v3Json("apis/example.com/v1").orElseThrow());
    }

    /** Without what every object has. */
    private static ObjectNode own(JsonNode definition) {
        var own = (ObjectNode) definition.deepCopy();
        own.remove(List.of("x-kubernetes-group-version-kind", "x-kubernetes-selectable-fields"));
        if (own.get("properties") instanceof ObjectNode properties) {
            properties.remove(List.of("apiVersion", "kind", "metadata"));
        }
        return own;
    }

    private static ObjectNode in2(String schema) {
        return own(version2(BUILT_IN.declaring(ship(schema, 1))).at("/definitions/" + NAME));
    }

    private static ObjectNode in3(String schema) {
        return own(version3(BUILT_IN.declaring(ship(schema, 1))).at("/components/schemas/" + NAME));
    }

    private static String object(String properties) {
        return "{'type':'object','description':'A ship','properties':" + properties + "}";
    }

    @Test
    void whatIsDeclaredIsShownWithEverythingItSays() {
        var schema = object("""
            {'spec':{'type':'object','description':'What is wanted','required':['flag'],'minProperties':1,
              'x-kubernetes-validations':[{'rule':'self.n > 0','message':'none'}],
              'properties':{
               'flag':{'type':'string','pattern':'^[A-Z]+$','maxLength':3,'default':'DE','enum':['DE','NL'],'title':'Flag'},
               'n':{'type':'integer','format':'int32','minimum':0,'exclusiveMinimum':true,'multipleOf':2},
               'crew':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['name'],
                 'items':{'type':'object','required':['name'],'properties':{'name':{'type':'string'}}}},
               'any':{'type':'object','additionalProperties':{'type':'boolean'}},
               'more':{'type':'object','additionalProperties':true,'x-kubernetes-map-type':'atomic'}}}}\
            """);
        assertThat(in3(schema)).isEqualTo(json(schema));
        assertThat(in2(schema)).isEqualTo(json(schema));
    }

    @Test
    void everyObjectIsWhatItIs() {
        var openApi = BUILT_IN.declaring(ship(object("{}"), 1));
        var definition = version2(openApi).at("/definitions/" + NAME);
        assertThat(definition.get("x-kubernetes-group-version-kind"))
                .isEqualTo(json("[{'group':'example.com','kind':'Ship','version':'v1'}]"));
        assertThat(definition.get("x-kubernetes-selectable-fields")).isEqualTo(json("[{'fieldPath':'spec.flag'}]"));
        assertThat(definition.at("/properties/metadata/$ref").stringValue())
                .isEqualTo("#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        assertThat(definition.at("/properties/apiVersion/description").stringValue())
                .startsWith("APIVersion defines");
        var list = version3(openApi).at("/components/schemas/com.example.v1.Fleet");
        assertThat(list.get("x-kubernetes-group-version-kind"))
                .isEqualTo(json("[{'group':'example.com','kind':'Fleet','version':'v1'}]"));
        assertThat(list.get("required")).isEqualTo(json("['items']"));
        assertThat(list.at("/properties/items/items/allOf/0/$ref").stringValue())
                .isEqualTo("#/components/schemas/" + NAME);
        var metadata = version3(openApi).at("/components/schemas/" + NAME + "/properties/metadata");
        assertThat(metadata.at("/allOf/0/$ref").stringValue())
                .isEqualTo("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        assertThat(metadata.get("description").stringValue()).startsWith("Standard object's metadata");
    }

    @Test
    void version2LeavesOutWhatItsClientsCantRead() {
        assertThat(
                        in2(
                                "{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{'a':{'type':'string'}}}"))
                .isEqualTo(json("{'type':'object'}"));
        assertThat(in2(object("""
                        {'n':{'type':'object','x-kubernetes-preserve-unknown-fields':true,'description':'D',
                          'properties':{'a':{'type':'string'}}},
                         'l':{'type':'array','nullable':true,'items':{'type':'string'}},
                         'o':{'type':'object','required':['a','b'],'properties':{
                           'a':{'type':'string','nullable':true},
                           'b':{'type':'string','anyOf':[{'minLength':1}],'not':{'enum':['x']}}}}}\
                        """))).isEqualTo(json(object("""
                        {'n':{'x-kubernetes-preserve-unknown-fields':true,'description':'D'},
                         'l':{},
                         'o':{'type':'object','required':['b'],'properties':{'a':{},'b':{'type':'string'}}}}\
                        """)));
    }

    @Test
    void numbersOrTextsAreBothInVersion3() {
        assertThat(in3(object("{'p':{'x-kubernetes-int-or-string':true}}")))
                .isEqualTo(json(object("{'p':{'x-kubernetes-int-or-string':true,"
                        + "'anyOf':[{'type':'integer'},{'type':'string'}]}}")));
        assertThat(in2(object("{'p':{'x-kubernetes-int-or-string':true}}")))
                .isEqualTo(json(object("{'p':{'x-kubernetes-int-or-string':true}}")));
    }

    @Test
    void embeddedObjectsHaveTheirIdentity() {
        var embedded = in3(object("{'e':{'type':'object','x-kubernetes-embedded-resource':true}}"))
                .at("/properties/e");
        assertThat(embedded.get("required")).isEqualTo(json("['kind','apiVersion']"));
        assertThat(embedded.get("properties").propertyNames())
                .containsExactlyInAnyOrder("apiVersion", "kind", "metadata");
    }

    @Test
    void allOperationsAreThereAndOnlyFormsThatAreTaken() {
        var paths = version2(BUILT_IN.declaring(ship(object("{}"), 1))).get("paths");
        var all = "/apis/example.com/v1/namespaces/{namespace}/ships";
        assertThat(paths.at("/~1apis~1example.com~1v1~1ships/get/operationId").stringValue())
                .isEqualTo("listExampleComV1ShipForAllNamespaces");
        assertThat(paths.get(all).propertyNames()).contains("get", "post", "delete");
        assertThat(paths.get(all + "/{name}").propertyNames()).contains("get", "put", "patch", "delete");
        assertThat(paths.get(all + "/{name}/status").propertyNames()).contains("get", "put", "patch");
        assertThat(paths.get(all + "/{name}/scale").propertyNames()).contains("get", "put", "patch");
        var patch = paths.get(all + "/{name}").get("patch");
        assertThat(patch.get("consumes"))
                .isEqualTo(json("['application/json-patch+json','application/merge-patch+json',"
                        + "'application/apply-patch+yaml']"));
        assertThat(patch.get("produces")).isEqualTo(json("['application/json','application/yaml']"));
        assertThat(patch.get("x-kubernetes-group-version-kind"))
                .isEqualTo(json("{'group':'example.com','kind':'Ship','version':'v1'}"));
    }

    @Test
    void onlyDocumentsOfWhatChangedAreOthers() {
        var first = BUILT_IN.declaring(ship(object("{}"), 1));
        var same = first.declaring(ship(object("{}"), 1));
        var other = first.declaring(ship(object("{'a':{'type':'string'}}"), 2));
        var gone = other.declaring(List.of());
        var path = "apis/example.com/v1";
        assertThat(same.v3Hash(path)).isEqualTo(first.v3Hash(path));
        assertThat(same.hash()).isEqualTo(first.hash());
        assertThat(other.v3Hash(path)).isNotEqualTo(first.v3Hash(path));
        assertThat(other.hash()).isNotEqualTo(first.hash());
        assertThat(other.v3Hash("apis/apps/v1")).isEqualTo(BUILT_IN.v3Hash("apis/apps/v1"));
        assertThat(other.v3Json("apis/apps/v1").orElseThrow())
                .isSameAs(BUILT_IN.v3Json("apis/apps/v1").orElseThrow());
        assertThat(version2(other).at("/definitions/" + NAME + "/properties").has("a"))
                .isTrue();
        assertThat(gone.v3Json(path)).isEmpty();
        assertThat(gone.hash()).isEqualTo(BUILT_IN.hash());
        assertThat(version2(gone).get("definitions").has(NAME)).isFalse();
    }

    @Test
    void bothVersionsAreThereAsMessages() {
        var openApi = BUILT_IN.declaring(ship(object("{'a':{'type':'integer','maximum':3}}"), 1));
        assertThat(openApi.v2Protobuf().getLast().length)
                .isGreaterThan(500)
                .isLessThan(openApi.v2Protobuf().get(1).length / 10);
        assertThat(openApi.v3Protobuf("apis/example.com/v1")).isPresent();
    }
}
