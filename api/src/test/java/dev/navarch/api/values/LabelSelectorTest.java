package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class LabelSelectorTest {
    private static final Map<String, String> LABELS = Map.of("app", "web", "tier", "front", "size", "7", "none", "");

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "app=web; true",
                "app==web; true",
                "app!=web; false",
                "app!=db; true",
                "other!=db; true",
                "other=db; false",
                "app in (web,db); true",
                "app in (db); false",
                "app notin (db); true",
                "other notin (db); true",
                "app; true",
                "other; false",
                "!other; true",
                "!app; false",
                "size>6; true",
                "size>7; false",
                "size<8; true",
                "app>1; false",
                "app=web,tier=front; true",
                "app=web,tier=back; false",
                "none=; true",
                "none in (); true",
                "app=; false",
                "none in (,x); true",
                "in in (in); false",
                "app in (in,web) , tier; true",
                "app=web,; x",
            })
    void matchesAsUpstream(String query, String expected) {
        if (expected.equals("x")) {
            assertThatThrownBy(() -> LabelSelector.parse(query)).isInstanceOf(SelectorException.class);
        } else {
            assertThat(LabelSelector.parse(query).matches(LABELS)).isEqualTo(Boolean.parseBoolean(expected));
        }
    }

    @Test
    void emptyQueryMatchesEverything() {
        assertThat(LabelSelector.parse(" ").matchesEverything()).isTrue();
        assertThat(LabelSelector.parse("").matches(Map.of())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "a in x; unable to parse requirement: found 'x' expected: '('",
                "a==b c; found 'c', expected: ',' or 'end of string'",
                "a=b,; found '', expected: identifier after ','",
                "=b; found '=', expected: !, identifier, or 'end of string'",
                "a=(; unable to parse requirement: found '(', expected: identifier",
                "a b; unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
                "a in (b; unable to parse requirement: found '', expected: ',' or ')'",
                "a>x; unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            })
    void errorsAreWordedAsUpstream(String query, String message) {
        assertThatThrownBy(() -> LabelSelector.parse(query)).hasMessage(message);
    }

    @Test
    void badKeysAndValuesNameTheGrammar() {
        assertThatThrownBy(() -> LabelSelector.parse("-a=b"))
                .hasMessageStartingWith(
                        "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist");
        assertThatThrownBy(() -> LabelSelector.parse("a=-b"))
                .hasMessageStartingWith(
                        "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label");
    }

    @ParameterizedTest
    @ValueSource(strings = {"((((((", "!!!!!", ",,,,", "in in in", "a in (((", "=,=,=", "\u0000", "!"})
    void hostileTextsOnlyFail(String query) {
        assertThatThrownBy(() -> LabelSelector.parse(query)).isInstanceOf(SelectorException.class);
    }

    @Test
    void printsSortedByKey() {
        assertThat(LabelSelector.parse("b=1,a in (y,x),!c,d>5")).hasToString("a in (x,y),b=1,!c,d>5");
    }

    @Test
    void objectFormCombinesLabelsAndExpressions() {
        ObjectNode selector = JsonNodeFactory.instance.objectNode();
        selector.putObject("matchLabels").put("app", "web");
        selector.putArray("matchExpressions")
                .addObject()
                .put("key", "tier")
                .put("operator", "In")
                .putArray("values")
                .add("front");
        assertThat(LabelSelector.ofObject(selector).matches(LABELS)).isTrue();
        assertThat(LabelSelector.ofObject(selector)).hasToString("app=web,tier in (front)");
    }

    @Test
    void absentObjectMatchesNothingAndEmptyOneEverything() {
        assertThat(LabelSelector.ofObject(JsonNodeFactory.instance.missingNode())
                        .matches(LABELS))
                .isFalse();
        assertThat(LabelSelector.ofObject(JsonNodeFactory.instance.objectNode()).matches(LABELS))
                .isTrue();
    }

    @Test
    void unknownOperatorIsRefused() {
        ObjectNode selector = JsonNodeFactory.instance.objectNode();
        selector.putArray("matchExpressions").addObject().put("key", "tier").put("operator", "Like");
        assertThatThrownBy(() -> LabelSelector.ofObject(selector))
                .hasMessage("\"Like\" is not a valid label selector operator");
    }
}
