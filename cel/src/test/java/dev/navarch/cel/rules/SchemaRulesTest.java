package dev.navarch.cel.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.structural.Structural;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON is written with single quotes, and the quotes of expressions as ^. */
class SchemaRulesTest {
    private static final Structural SCHEMA = schema("""
        {'type':'object','x-kubernetes-validations':[{'rule':'self.metadata.name.startsWith(^web^)','message':'name it web'}],
         'properties':{'spec':{'type':'object',
          'x-kubernetes-validations':[
            {'rule':'self.min <= self.max','messageExpression':'^min ^ + string(self.min) + ^ is above max^','fieldPath':'.min'},
            {'rule':'!has(oldSelf.frozen) || self.frozen == oldSelf.frozen','message':'frozen','reason':'FieldValueForbidden'},
            {'rule':'oldSelf.hasValue() || self.min == 1','optionalOldSelf':true,'message':'starts with 1'}],
          'properties':{
            'min':{'type':'integer'},'max':{'type':'integer'},'frozen':{'type':'string'},
            'parts':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['name'],
              'items':{'type':'object','x-kubernetes-validations':[{'rule':'self.size >= oldSelf.size','message':'never shrinks'}],
                'properties':{'name':{'type':'string'},'size':{'type':'integer'}}}},
            'tags':{'type':'object','additionalProperties':{'type':'string','x-kubernetes-validations':[{'rule':'self != ^bad^'}]}}}}}}\
        """);
    private final List<String> warnings = new ArrayList<>();

    @Test
    void rulesRunOnNewObjects() {
        assertThat(messages("{'metadata':{'name':'web'},'spec':{'min':1,'max':2}}", null))
                .isEmpty();
        assertThat(messages("{'metadata':{'name':'x'},'spec':{'min':3,'max':2,'tags':{'a':'bad'}}}", null))
                .containsExactly(
                        "<nil>: Invalid value: \"object\": name it web",
                        "spec.min: Invalid value: \"object\": min 3 is above max",
                        "spec: Invalid value: \"object\": starts with 1",
                        "spec.tags[a]: Invalid value: \"string\": failed rule: self != \"bad\"");
    }

    @Test
    void transitionsAreComparedWithWhatWasThere() {
        var old =
                "{'metadata':{'name':'web'},'spec':{'min':5,'max':9,'frozen':'a','parts':[{'name':'p','size':3},{'name':'q','size':1}]}}";
        var now =
                "{'metadata':{'name':'web'},'spec':{'min':5,'max':9,'frozen':'b','parts':[{'name':'q','size':1},{'name':'p','size':2},{'name':'new','size':0}]}}";
        assertThat(messages(now, old))
                .containsExactly("spec: Forbidden: frozen", "spec.parts[1]: Invalid value: \"object\": never shrinks");
    }

    @Test
    void whatDidNotChangeOnlyWarns() {
        var old = "{'metadata':{'name':'web','labels':{'a':'1'}},'spec':{'min':3,'max':2,'tags':{'a':'bad'}}}";
        var now = "{'metadata':{'name':'web','labels':{'a':'2'}},'spec':{'min':3,'max':2,'tags':{'a':'bad'}}}";
        assertThat(messages(now, old)).isEmpty();
        assertThat(warnings)
                .containsExactly(
                        "spec.min: Invalid value: \"object\": min 3 is above max",
                        "spec.tags[a]: Invalid value: \"string\": failed rule: self != \"bad\"");
    }

    @Test
    void aRuleThatFailsSaysSo() {
        var schema = schema("""
            {'type':'object','properties':{'a':{'type':'object','x-kubernetes-validations':[{'rule':'self.x.contains(^1^)'}],
              'properties':{'x':{'type':'string'}}}}}\
            """);
        assertThat(SchemaRules.of(schema).orElseThrow().validate(object("{'a':{}}"), null, warnings::add))
                .extracting(FieldError::message)
                .singleElement()
                .asString()
                .startsWith("a: Invalid value: \"object\": ")
                .endsWith("evaluating rule: self.x.contains(\"1\")");
    }

    @Test
    void rulesThatCantBeTakenAreRefusedWithTheDefinition() {
        assertThat(RuleChecks.check(SCHEMA, FieldPath.of("s"))).isEmpty();
        var bad = schema("""
            {'type':'object','properties':{
              'a':{'type':'array','items':{'type':'string','x-kubernetes-validations':[{'rule':'self == oldSelf'}]}},
              'b':{'type':'string','x-kubernetes-validations':[{'rule':'self.x == 1'},{'rule':' '},{'rule':'true','reason':'Odd','optionalOldSelf':true}]},
              'c':{'type':'array','items':{'type':'string'},'x-kubernetes-validations':[{'rule':'self.all(x, self.all(y, x == y))'}]}}}\
            """);
        assertThat(RuleChecks.check(bad, FieldPath.of("s")))
                .extracting(FieldError::message)
                .satisfiesExactly(
                        m -> assertThat(m)
                                .isEqualTo("s.properties[a].items.x-kubernetes-validations[0].rule: Invalid value:"
                                        + " \"self == oldSelf\": oldSelf cannot be used on the uncorrelatable"
                                        + " portion of the schema within s.properties[a]"),
                        m -> assertThat(m)
                                .startsWith(
                                        "s.properties[a].items.x-kubernetes-validations[0].rule: Forbidden: estimated"
                                                + " rule cost exceeds budget by factor of more than 100x (try"
                                                + " simplifying"),
                        m -> assertThat(m)
                                .isEqualTo("s.properties[b].x-kubernetes-validations[1].rule: Required value: "
                                        + "rule is not specified"),
                        m -> assertThat(m)
                                .startsWith("s.properties[b].x-kubernetes-validations[2].reason: Unsupported value:"
                                        + " \"Odd\""),
                        m -> assertThat(m)
                                .contains("s.properties[b].x-kubernetes-validations[0].rule: Invalid value: \"self.x"
                                        + " == 1\": compilation failed: ERROR: <input>:1:5: type 'string' does"
                                        + " not support field selection"),
                        m -> assertThat(m)
                                .isEqualTo("s.properties[b].x-kubernetes-validations[2].optionalOldSelf: Invalid value:"
                                        + " true: may not be set if oldSelf is not used in rule"),
                        m -> assertThat(m)
                                .startsWith(
                                        "s.properties[c].x-kubernetes-validations[0].rule: Forbidden: estimated rule"
                                                + " cost"),
                        m -> assertThat(m)
                                .startsWith("s: Forbidden: x-kubernetes-validations estimated rule cost total"));
    }

    private List<String> messages(String now, String old) {
        return SchemaRules.of(SCHEMA)
                .orElseThrow()
                .validate(object(now), old == null ? null : object(old), warnings::add)
                .stream()
                .map(FieldError::message)
                .toList();
    }

    private static Structural schema(String text) {
        return Structural.of(
                JsonMapper.shared().readTree(text.replace('\'', '"').replace("^", "\\\"")));
    }

    private static ObjectNode object(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
    }
}
