package dev.navarch.api.structural;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON is written with single quotes. */
class StructuralTest {

    @Test
    void pruningTakesOutWhatTheSchemaDoesNotKnow() {
        var schema = schema("""
            {'type':'object','properties':{
              'spec':{'type':'object','properties':{
                'a':{'type':'integer'},
                'list':{'type':'array','items':{'type':'object','properties':{'x':{'type':'string'}}}},
                'map':{'type':'object','additionalProperties':{'type':'object','properties':{'v':{'type':'integer'}}}},
                'any':{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{
                  'strict':{'type':'object','properties':{'y':{'type':'integer'}}}}},
                'open':{'type':'object','additionalProperties':true},
                'pod':{'type':'object','x-kubernetes-embedded-resource':true,
                  'properties':{'spec':{'type':'object'}}}}}}}\
            """);
        var object = object("""
            {'apiVersion':'a/v1','kind':'K','metadata':{'name':'n'},'other':1,
             'spec':{'a':1,'b':2,
               'list':[{'x':'1','z':1},{'z':2}],
               'map':{'k':{'v':1,'w':2}},
               'any':{'free':{'a':[{'b':1}]},'strict':{'y':1,'z':2}},
               'open':{'scalar':1,'object':{'gone':1}},
               'pod':{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{'containers':[]},'status':{}}}}\
            """);
        var unknown = Pruning.prune(object, schema);
        assertThat(unknown)
                .containsExactlyInAnyOrder(
                        "other",
                        "spec.b",
                        "spec.list[0].z",
                        "spec.list[1].z",
                        "spec.map.k.w",
                        "spec.any.strict.z",
                        "spec.open.object.gone",
                        "spec.pod.spec.containers",
                        "spec.pod.status");
        assertThat(object).isEqualTo(object("""
            {'apiVersion':'a/v1','kind':'K','metadata':{'name':'n'},
             'spec':{'a':1,
               'list':[{'x':'1'},{}],
               'map':{'k':{'v':1}},
               'any':{'free':{'a':[{'b':1}]},'strict':{'y':1}},
               'open':{'scalar':1,'object':{}},
               'pod':{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{}}}}\
            """));
        assertThat(Pruning.prune(object, Structural.anything())).isEmpty();
    }

    @Test
    void defaultsFillInWhatIsAbsentOrAnUnwantedNull() {
        var schema = schema("""
            {'type':'object','properties':{
              'spec':{'type':'object','default':{},'properties':{
                'replicas':{'type':'integer','default':3},
                'nullable':{'type':'string','nullable':true,'default':'d'},
                'plain':{'type':'string'},
                'list':{'type':'array','items':{'type':'object','properties':{'p':{'type':'string','default':'TCP'}}}},
                'map':{'type':'object','additionalProperties':{'type':'integer','default':7}}}}}}\
            """);
        var object = object("{'metadata':{}}");
        Defaulting.apply(object, schema);
        assertThat(object).isEqualTo(object("{'metadata':{},'spec':{'replicas':3,'nullable':'d'}}"));
        var given = object("""
            {'spec':{'replicas':null,'nullable':null,'plain':null,'list':[{},{'p':'UDP'}],'map':{'a':null,'b':1}}}\
            """);
        Defaulting.apply(given, schema);
        assertThat(given).isEqualTo(object("""
            {'spec':{'replicas':3,'nullable':null,'list':[{'p':'TCP'},{'p':'UDP'}],'map':{'a':7,'b':1}}}\
            """));
        var again = given.deepCopy();
        Defaulting.apply(again, schema);
        assertThat(again).isEqualTo(given);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {'type':'integer'}                        | 'x'        | f: Invalid value: "string": f in body must be of type integer: "string"
        {'type':'integer'}                        | 1.5        | f: Invalid value: "number": f in body must be of type integer: "number"
        {'type':'integer'}                        | null       | f: Invalid value: "null": f in body must be of type integer: "null"
        {'type':'integer','maximum':10}           | 15         | f: Invalid value: 15: f in body should be less than or equal to 10
        {'type':'number','minimum':0.5,'exclusiveMinimum':true} | 0.5 | f: Invalid value: 0.5: f in body should be greater than 0.5
        {'type':'integer','multipleOf':3}         | 7          | f: Invalid value: 7: f in body should be a multiple of 3
        {'type':'string','pattern':'^a+$'}        | 'b'        | f: Invalid value: "b": f in body should match '^a+$'
        {'type':'string','minLength':2}           | 'b'        | f: Invalid value: "b": f in body should be at least 2 chars long
        {'type':'string','maxLength':2}           | 'bcd'      | f: Too long: may not be more than 2 bytes
        {'type':'string','enum':['a','b']}        | 'c'        | f: Unsupported value: "c": supported values: "a", "b"
        {'type':'string','format':'ipv4'}         | '1.2.3'    | f: Invalid value: "1.2.3": f in body must be of type ipv4: "1.2.3"
        {'type':'string','format':'date-time'}    | 'today'    | f: Invalid value: "today": f in body must be of type date-time: "today"
        {'type':'object','required':['a']}        | {}         | f.a: Required value
        {'type':'object','maxProperties':1}       | {'a':1,'b':2} | f: Too many: 2: must have at most 1 item
        {'type':'array','items':{'type':'string'},'minItems':1} | [] | f: Invalid value: 0: f in body should have at least 1 items
        {'type':'array','items':{'type':'string'}} | ['a',1]   | f[1]: Invalid value: "integer": f[1] in body must be of type string: "integer"
        {'x-kubernetes-int-or-string':true}       | true       | f: Invalid value: "boolean": f in body must be of type integer,string: "boolean"
        {'type':'string','not':{'pattern':'^x'}}  | 'xy'       | <nil>: Invalid value: "": "f" must not validate the schema (not)
        """)
    void wrongValuesAreRefusedInUpstreamsWords(String schema, String value, String message) {
        var whole = schema("{'type':'object','properties':{'f':" + schema + "}}");
        var errors = StructuralValidator.validate(object("{'f':" + value + "}"), whole);
        assertThat(errors).extracting(FieldError::message).containsExactly(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {'type':'integer'}                        | 2.0
        {'type':'integer','nullable':true}        | null
        {'type':'string','format':'unheard-of'}   | 'x'
        {'type':'string','format':'uuid'}         | '123e4567-e89b-12d3-a456-426614174000'
        {'type':'string','format':'cidr'}         | '2001:db8::/32'
        {'type':'string','format':'duration'}     | '1h15m'
        {'type':'string','pattern':'a'}           | 'bab'
        {'type':'number','enum':[1]}              | 1.0
        {'type':'object','additionalProperties':{'type':'integer'}} | {'a':1}
        {'x-kubernetes-int-or-string':true}       | '10%'
        {'x-kubernetes-preserve-unknown-fields':true} | [{'a':null}]
        """)
    void rightValuesAreTaken(String schema, String value) {
        var whole = schema("{'type':'object','properties':{'f':" + schema + "}}");
        assertThat(StructuralValidator.validate(object("{'f':" + value + "}"), whole))
                .isEmpty();
    }

    @Test
    void ofAlternativesTheOneThatCameFurthestExplains() {
        var schema = schema("""
            {'type':'object','properties':{'spec':{'type':'object',
              'properties':{'a':{'type':'string'},'b':{'type':'string'}},
              'oneOf':[{'required':['a']},{'required':['b']}]}}}\
            """);
        assertThat(StructuralValidator.validate(object("{'spec':{'a':'1'}}"), schema))
                .isEmpty();
        assertThat(StructuralValidator.validate(object("{'spec':{'a':'1','b':'2'}}"), schema))
                .extracting(FieldError::message)
                .containsExactly("<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). "
                        + "Found 2 valid alternatives");
        assertThat(StructuralValidator.validate(object("{'spec':{}}"), schema))
                .extracting(FieldError::message)
                .containsExactly(
                        "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). "
                                + "Found none valid",
                        "spec.a: Required value");
    }

    @Test
    void setsAndMapsHoldNothingTwice() {
        var schema = schema("""
            {'type':'object','properties':{
              'set':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}},
              'map':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n','p'],
                'items':{'type':'object','properties':{'n':{'type':'string'},'p':{'type':'integer'}}}}}}\
            """);
        var object = object("""
            {'set':['a','b','a','a'],'map':[{'n':'x','p':1},{'n':'x','p':2},{'n':'x','p':1,'v':3},{}]}\
            """);
        assertThat(ListTypes.check(object, schema, null))
                .extracting(FieldError::message)
                .containsExactly("set[2]: Duplicate value: \"a\"", "map[2]: Duplicate value: {\"n\":\"x\",\"p\":1}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {}                                          | s.type: Required value: must not be empty at the root
        {'type':'string'}                           | s.type: Invalid value: "string": must be object at the root
        {'type':'object','additionalProperties':{'type':'string'}} | s.additionalProperties: Forbidden: must not be used at the root
        {'type':'object','properties':{'a':{}}}     | s.properties[a].type: Required value: must not be empty for specified object fields
        {'type':'object','properties':{'a':{'type':'array'}}} | s.properties[a].items: Required value: must be specified
        {'type':'object','properties':{'a':{'type':'array','items':{}}}} | s.properties[a].items.type: Required value: must not be empty for specified array items
        {'type':'object','anyOf':[{'properties':{'a':{'minimum':1}}}]} | s.properties[a]: Required value: because it is defined in s.anyOf[0].properties[a]
        {'type':'object','properties':{'a':{'type':'integer'}},'not':{'properties':{'a':{'type':'integer'}}}} | s.not.properties[a].type: Forbidden: must be empty to be structural
        {'type':'object','properties':{'metadata':{'type':'object','properties':{'labels':{'type':'object'}}}}} | s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified
        {'type':'object','properties':{'kind':{'type':'integer'}}} | s.properties[kind].type: Invalid value: "integer": must be string
        {'type':'object','properties':{'a':{'type':'object','x-kubernetes-embedded-resource':true}}} | s.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields
        """)
    void whatIsNotStructuralIsNamed(String schema, String message) {
        assertThat(StructuralRules.check(json(schema), FieldPath.of("s")))
                .extracting(FieldError::message)
                .containsExactly(message);
    }

    @Test
    void aStructuralSchemaPassesAndIntOrStringMayBeSpelledOut() {
        var schema = json("""
            {'type':'object','properties':{
              'metadata':{'type':'object','properties':{'name':{'type':'string','maxLength':10}}},
              'port':{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}]},
              'size':{'x-kubernetes-int-or-string':true,'allOf':[{'anyOf':[{'type':'integer'},{'type':'string'}]},{'pattern':'a'}]},
              'spec':{'type':'object','properties':{'a':{'type':'string'}},'oneOf':[{'required':['a']},{'properties':{'a':{'pattern':'x'}}}]}}}\
            """);
        assertThat(StructuralRules.check(schema, FieldPath.of("s"))).isEqualTo(List.of());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static Structural schema(String text) {
        return Structural.of(json(text));
    }

    private static ObjectNode object(String text) {
        return (ObjectNode) json(text);
    }
}
