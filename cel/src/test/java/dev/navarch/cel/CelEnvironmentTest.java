package dev.navarch.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.structural.Structural;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class CelEnvironmentTest {
    private static final Structural SCHEMA = Structural.of(JsonMapper.shared().readTree("""
        {"type":"object","properties":{"spec":{"type":"object","properties":{
          "replicas":{"type":"integer"},
          "min":{"type":"number"},
          "name":{"type":"string","maxLength":10},
          "long":{"type":"string"},
          "dash-ed":{"type":"string"},
          "namespace":{"type":"string"},
          "at":{"type":"string","format":"date-time"},
          "wait":{"type":"string","format":"duration"},
          "port":{"x-kubernetes-int-or-string":true},
          "tags":{"type":"array","maxItems":5,"items":{"type":"string","maxLength":10}},
          "many":{"type":"array","items":{"type":"string"}},
          "labels":{"type":"object","additionalProperties":{"type":"string"}},
          "parts":{"type":"array","items":{"type":"object","properties":{"x":{"type":"integer"}}}},
          "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}\
        """));
    private static final ValueType SELF = ValueType.of(SCHEMA, true).orElseThrow();
    private static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of("self", SELF));
    private static final Object OBJECT = Values.of(JsonMapper.shared().readTree("""
        {"apiVersion":"a/v1","kind":"K","metadata":{"name":"n"},"spec":{
          "replicas":3,"min":2,"name":"web","dash-ed":"d","namespace":"ns","at":"2026-01-02T03:04:05Z","wait":"1h30m",
          "port":"80%","tags":["b","a"],"labels":{"app":"x"},"parts":[{"x":1},{"x":2}]}}\
        """), SELF);

    private static final Object UNTYPED = Values.of(
            JsonMapper.shared().readTree("{\"a\":1,\"l\":[1,2],\"d\":[0.5,1.5],\"s\":\"t\",\"n\":null,\"m\":{}}"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "self.spec.replicas == 3",
                "self.metadata.name == 'n' && self.kind == 'K'",
                "self.spec.min < self.spec.replicas",
                "self.spec.min == 2.0",
                "has(self.spec.name) && !has(self.spec.long)",
                "self.spec.dash__dash__ed == 'd' && self.spec.__namespace__ == 'ns'",
                "self.spec.at < timestamp('2027-01-01T00:00:00Z')",
                "self.spec.wait == duration('90m')",
                "type(self.spec.port) == string && self.spec.port.matches('^[0-9]+%$')",
                "self.spec.tags.all(t, t.size() == 1)",
                "self.spec.tags.exists_one(t, t == 'a') && 'b' in self.spec.tags",
                "!self.spec.tags.isSorted() && self.spec.tags.min() == 'a' && self.spec.tags.indexOf('a') == 1",
                "self.spec.labels['app'] == 'x' && self.spec.labels.all(k, k.startsWith('a'))",
                "self.spec.parts.map(p, p.x).sum() == 3",
                "self.spec.parts.filter(p, p.x > 1)[0].x == 2",
                "self.spec.?long.orValue('none') == 'none'",
                "self.spec.labels[?'none'].hasValue() == false",
                "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22']",
                "'a,b'.split(',').join('-') == 'a-b' && 'Ab'.lowerAscii() == 'ab' && 'abc'.indexOf('c') == 2",
                "url('https://h.example:8080/a%20b?q=1').getHostname() == 'h.example'",
                "url('https://h:80/p').getPort() == '80' && isURL('/path') && !isURL('path')",
                "quantity('1.5Gi').isGreaterThan(quantity('1G')) &&"
                        + " quantity('2').add(quantity('500m')).compareTo(quantity('2500m')) == 0",
                "isQuantity('1k') && !isQuantity('x') && quantity('3').asInteger() == 3",
                "ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.2.3')",
                "isIP('::1') && !isIP('1.2.3.400') && ip.isCanonical('::1') && !ip.isCanonical('0:0:0:0:0:0:0:1')",
                "cidr('192.168.1.7/24').masked() == cidr('192.168.1.0/24') &&"
                        + " cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
                "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('1.0.0-rc.1') && !isSemver('v1')",
                "semver('v1.2', true).minor() == 2",
                "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()",
                "format.named('uuid').value().validate('x').value()[0] == 'does not match the UUID format'",
                "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1])",
                "{'a': 1}.transformList(k, v, k) == ['a'] && [1, 2].transformList(i, v, i + v) == [1, 3]",
                "self == self && self.spec.tags == ['b', 'a']",
                "[3, 1, 2].sort() == [1, 2, 3] && [1, 1].distinct() == [1] && lists.range(2) == [0, 1]",
                "[1, 2, 3].slice(1, 2) == [2] && [[1], [2]].flatten() == [1, 2] && [1, 2].reverse() == [2, 1]",
                "self.spec.parts.sortBy(p, -p.x).map(p, p.x) == [2, 1]",
                "'%s is %d, %.2f %e %b %x %X %o%%'.format(['a', dyn(1), dyn(1.5), dyn(2.0), dyn(5), dyn(255), dyn('z'),"
                        + " dyn(8)]) == 'a is 1, 1.50 2.000000e+00 101 ff 7A 10%'",
                "'%s'.format([['a', 'b']]) == '[\"a\", \"b\"]' && '%s'.format([{'k': 1}]) == '{\"k\":1}'",
                "'%s'.format([dyn(null)]) == 'null' && '%s'.format([true]) == 'true'",
                "strings.quote('a\"b') == '\"a\\\\\"b\"'",
                "[1, 2].all(i, v, i < v) && {'a': 1}.exists(k, v, k == 'a' && v == 1)",
                "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
                "optional.of(1).optMap(x, x + 1).value() == 2 && optional.none().orValue(3) == 3",
            })
    void conditionsHold(String condition) throws CelFailure {
        assertThat(ENVIRONMENT.condition(condition).evaluate(Map.of("self", OBJECT), new Budget(1_000_000)))
                .isEqualTo(true);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        self.spec.nothing == 1     | undefined field 'nothing'
        self.spec.free.x == 1      | undefined field 'x'
        self.spec.replicas == 'a'  | found no matching overload for '_==_' applied to '(int, string)'
        other                      | undeclared reference to 'other'
        self.spec.replicas         | must evaluate to bool but got int
        dyn(true)                  | must evaluate to bool but got dyn
        "a".reverse() == "a"       | found no matching overload for 'reverse'
        1 +                        | Syntax error
        """)
    void whatDoesNotFitIsRefused(String condition, String complaint) {
        assertThatThrownBy(() -> ENVIRONMENT.condition(condition))
                .isInstanceOf(CelFailure.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void aFailedEvaluationSaysWhy() throws CelFailure {
        var absent = ENVIRONMENT.condition("self.spec.long == 'a'");
        assertThatThrownBy(() -> absent.evaluate(Map.of("self", OBJECT), new Budget(1_000_000)))
                .isInstanceOf(CelFailure.class)
                .hasMessageContaining("long");
    }

    @Test
    void anEvaluationEndsWhenItCostsTooMuch() throws CelFailure {
        var nested = ENVIRONMENT.condition(
                "self.spec.tags.all(a, self.spec.tags.all(b, self.spec.tags.all(c, a + b + c != 'x')))");
        var budget = new Budget(20);
        assertThatThrownBy(() -> nested.evaluate(Map.of("self", OBJECT), budget))
                .isInstanceOfSatisfying(
                        CelFailure.class, e -> assertThat(e.overBudget()).isTrue());
        assertThat(budget.exhausted()).isTrue();
    }

    @Test
    void costsAreEstimatedFromTheSizesThatTheSchemaAllows() throws CelFailure {
        assertThat(ENVIRONMENT.estimate(ENVIRONMENT.condition("self.spec.replicas == 1")))
                .isLessThan(10);
        assertThat(ENVIRONMENT.estimate(ENVIRONMENT.condition("self.spec.tags.all(t, t != 'x')")))
                .isLessThan(100);
        assertThat(ENVIRONMENT.estimate(ENVIRONMENT.condition("self.spec.many.all(t, t.contains('x'))")))
                .isGreaterThan(10_000_000);
        assertThat(ENVIRONMENT.estimate(ENVIRONMENT.condition(
                        "self.spec.many.all(a, self.spec.many.all(b, self.spec.many.all(c, a + b + c != 'x')))")))
                .isGreaterThan(1_000_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "self.set == oldSelf.set && !(self.set != oldSelf.set)",
                "self.list != oldSelf.list",
                "self.keyed == oldSelf.keyed",
                "(self.set + oldSelf.set).size() == 2 && (self.set + ['c', 'a']).size() == 3",
                "(self.keyed + oldSelf.keyed).size() == 2 && (self.list + oldSelf.list).size() == 4",
                "self.set + ['x'] == ['a', 'b', 'x'] && 'a' in self.set && self.set[0] == 'a'",
                "self.keyed.filter(e, e.k == '1') == oldSelf.keyed.filter(e, e.k == '1')",
            })
    void setsAndKeyedListsHaveNoOrder(String condition) throws CelFailure {
        var type = ValueType.of(Structural.of(JsonMapper.shared().readTree("""
                            {"type":"object","properties":{
                              "set":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
                              "list":{"type":"array","items":{"type":"string"}},
                              "keyed":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],
                                "items":{"type":"object","properties":{"k":{"type":"string"},"v":{"type":"integer"}}}}}}\
                            """)), false)
                .orElseThrow();
        var now = JsonMapper.shared().readTree("""
            {"set":["a","b"],"list":["a","b"],"keyed":[{"k":"1","v":1},{"k":"2","v":2}]}""");
        var old = JsonMapper.shared().readTree("""
            {"set":["b","a"],"list":["b","a"],"keyed":[{"k":"2","v":2},{"v":1,"k":"1"}]}""");
        var environment = new CelEnvironment(Map.of("self", type, "oldSelf", type));
        var values = Map.of("self", Values.of(now, type), "oldSelf", Values.of(old, type));
        assertThat(environment.condition(condition).evaluate(values, new Budget(1_000_000)))
                .isEqualTo(true);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        object.a / 0 == 1        | division by zero
        object.l[5] == 1         | index out of bounds: 5
        object.x.y == 1          | no such key: x
        object.m['k'] == 1       | no such key: k
        object.n.x == 1          | no such key: x
        object.s > 1             | no such overload
        object.a + 9223372036854775807 > 1 | integer overflow
        quantity('x').sign() > 0 | quantities must match the regular expression
        """)
    void failuresAreToldInTheWordsOfTheOtherImplementation(String condition, String message) throws CelFailure {
        var expression = new CelEnvironment(Map.of("object", ValueType.DYN)).condition(condition);
        assertThatThrownBy(() -> expression.evaluate(Map.of("object", UNTYPED), new Budget(1_000_000)))
                .isInstanceOf(CelFailure.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "object.l.max() == 2 && object.l.min() == 1 && object.l.sum() == 3 && object.l.isSorted()",
                "object.d.sum() == 2.0 && object.l.sort() == [1, 2] && object.l.sortBy(e, -e) == [2, 1]",
                "object.l.indexOf(2) == 1 && object.s.indexOf('t') == 0 && [object.s, object.s].join('-') == 't-t'",
                "sets.contains(object.l, [1]) && object.l.all(e, e > 0) && object.m.size() == 0 && object.n == null",
                "'%s and %d'.format([object.s, object.a]) == 't and 1' && string(object.a) == '1'",
            })
    void functionsTakeValuesOfUnknownTypes(String condition) throws CelFailure {
        var expression = new CelEnvironment(Map.of("object", ValueType.DYN)).condition(condition);
        assertThat(expression.evaluate(Map.of("object", UNTYPED), new Budget(1_000_000)))
                .isEqualTo(true);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "object == null && null == object && !(object != null) && object == object",
                "!has(object.spec) && !has(object.spec.x) || true",
                "object.?spec.hasValue() == false && object.?spec.orValue('none') == 'none'",
                "(object == null ? 'absent' : object.name) == 'absent'",
                "[object].size() == 1",
            })
    void absentObjectsAreNullAndHaveNoFields(String condition) throws CelFailure {
        var expression = new CelEnvironment(Map.of("object", ValueType.DYN)).condition(condition);
        assertThat(expression.evaluate(Map.of("object", Values.absent()), new Budget(1_000_000)))
                .isEqualTo(true);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "!has(object.n.x) && object.n == null && null == object.n && has(object.n)",
                "object.l == [dyn(1), dyn(null)] && [dyn(1), dyn(null)] == object.l && object.l != [1, 2] && null in object.l",
                "object.m == {'a': null} && {'a': null} == object.m && object.m != {'a': 1}",
                "type(object.n) == type(null)",
                "object.n in [dyn(null)]",
                "object.?n.?x.hasValue() == false",
                "'%s %s'.format([object.n, object.l]) == 'null [1, null]'",
                "object.l.exists(e, e == null) && object.l.filter(e, e != null) == [1]",
            })
    void nullsOfAnObjectHaveNoFields(String condition) throws CelFailure {
        var object = Values.of(JsonMapper.shared().readTree("{\"n\":null,\"l\":[1,null],\"m\":{\"a\":null}}"));
        var expression = new CelEnvironment(Map.of("object", ValueType.DYN)).condition(condition);
        assertThat(expression.evaluate(Map.of("object", object), new Budget(1_000_000)))
                .isEqualTo(true);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        duration('1x') == duration('1s') | 1:10: invalid duration argument
        timestamp('2026-13-01T00:00:00Z') == timestamp(self.spec.at) | 1:11: invalid timestamp argument
        self.spec.name.matches('[a') | 1:24: invalid matches argument
        [1, 'a'].size() == 2 | 1:5: expected type 'int' but found 'string'
        [1, dyn(2)].size() == 2 | 1:8: expected type 'int' but found 'dyn'
        {'a': 1, 2: 1}.size() == 2 | 1:10: expected type 'string' but found 'int'
        {'a': 1, 'b': 1.5}.size() == 2 | 1:15: expected type 'int' but found 'double'
        [[1], ['a']].size() == 2 | 1:7: expected type 'list(int)' but found 'list(string)'
        ('%d'.format(['a'])) == '' | 1:15: error during formatting: decimal clause can only be used on integers, was given string
        ('%q'.format([1])) == '' | 1:13: could not parse formatting clause: unrecognized formatting clause "q"
        ('%s'.format([])) == '' | 1:13: index 0 out of range
        ('%s'.format([1, 2])) == '' | 1:13: too many arguments supplied to string.format (expected 1, got 2)
        ('%.f'.format([1.5])) == '' | 1:14: could not parse formatting clause: error while parsing precision:
        """)
    void literalsThatAreNoneAreRefused(String expression, String complaint) {
        assertThatThrownBy(() -> ENVIRONMENT.condition(expression))
                .isInstanceOf(CelFailure.class)
                .hasMessageStartingWith("compilation failed: ERROR: <input>:" + complaint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "duration('1h30m') > duration('-1.5s') && timestamp('2026-01-02T03:04:05.6+01:00') > timestamp(0)",
                "'%s %d %.2f %x'.format(['a', 1, 1.5, b'a']) != '' && [[], [1]].size() == 2",
                "'x'.matches('^x$') && [?optional.of(1), 2].size() == 2 && {'a': 1, ?'b': optional.of(2)}.size() == 2",
                "'%s'.format([[1, 'a', {'k': 1, 'l': 'm'}]]) != ''",
            })
    void literalsThatAreRightArePassed(String expression) throws CelFailure {
        assertThat(ENVIRONMENT.condition(expression).evaluate(Map.of("self", OBJECT), new Budget(1_000_000)))
                .isEqualTo(true);
    }

    @Test
    void namesAreToldThatAnExpressionUses() throws CelFailure {
        assertThat(ENVIRONMENT.condition("self.spec.replicas > 0").variables()).containsExactly("self");
        assertThat(ENVIRONMENT.condition("1 > 0").variables()).isEmpty();
    }
}
