package dev.navarch.apiserver.fields;

import static dev.navarch.apiserver.fields.Schemas.NUMBER;
import static dev.navarch.apiserver.fields.Schemas.STRING;
import static dev.navarch.apiserver.fields.Schemas.atomicList;
import static dev.navarch.apiserver.fields.Schemas.field;
import static dev.navarch.apiserver.fields.Schemas.list;
import static dev.navarch.apiserver.fields.Schemas.map;
import static dev.navarch.apiserver.fields.Schemas.object;
import static dev.navarch.apiserver.fields.Schemas.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Field;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What merging does to objects of schemas such as custom resources have: the behaviours of structured-merge-diff's
 * merge/*_test.go.
 */
class ApplyRulesTest {
    private static final String META = "apiVersion: t/v1\nkind: T\nmetadata: {name: t}\n";

    private final FieldManager.Shared shared =
            new FieldManager.Shared(new ManualTime(Instant.parse("2026-01-02T03:04:05Z")));
    private FieldManager fields = manager(nested());
    private ObjectNode live = Tree.object();

    private static ObjectSchema nested() {
        return object(false, false, ApplyRulesTest::nestedFields);
    }

    private static List<Field> nestedFields() {
        return List.of(
                field("name", STRING),
                field("value", NUMBER),
                field("set", set()),
                field("list", list(object(field("name", STRING), field("value", NUMBER), field("set", set())), "name")),
                field(
                        "ports",
                        list(
                                object(
                                        field("port", NUMBER),
                                        field("protocol", STRING, "", "\"TCP\""),
                                        field("name", STRING)),
                                "port",
                                "protocol")),
                field("atomicList", atomicList(STRING)),
                field("map", map(STRING)),
                field("maps", map(map(STRING))),
                field("atomicMap", map(STRING), "atomic", ""),
                field("struct", object(field("name", STRING), field("value", NUMBER), field("set", set()))),
                field(
                        "atomicStruct",
                        object(false, true, () -> List.of(field("name", STRING), field("value", NUMBER)))),
                field("free", object(true, false, List::of)),
                field("self", object(true, false, () -> List.of(field("known", STRING)))));
    }

    private FieldManager manager(Schema spec) {
        var schema = object(
                field("apiVersion", STRING),
                field("kind", STRING),
                field("metadata", object(true, false, () -> List.of(field("name", STRING)))),
                field("spec", spec));
        return new FieldManager("t/v1", "T", Versions.only("t/v1", schema), shared);
    }

    private static ObjectNode yaml(String spec) {
        return new ObjectDecoder()
                .decodeUntyped((META + "spec:\n" + spec.indent(2)).getBytes(StandardCharsets.UTF_8))
                .tree()
                .deepCopy();
    }

    private static FieldWriter by(String manager) {
        return new FieldWriter(manager, "", UnaryOperator.identity());
    }

    private void apply(String manager, String spec) {
        store(fields.apply(live, yaml(spec), by(manager), false));
    }

    private void force(String manager, String spec) {
        store(fields.apply(live, yaml(spec), by(manager), true));
    }

    private void refused(String manager, String spec, String why) {
        assertThatThrownBy(() -> apply(manager, spec))
                .isInstanceOf(ApiFailure.class)
                .hasMessage(why);
    }

    private void update(String manager, String spec) {
        var now = yaml(spec);
        fields.update(live, now, by(manager));
        store(now);
    }

    /** As a store would keep it: without nulls, with an identity. */
    private void store(ObjectNode now) {
        var kept = (ObjectNode) JsonMapper.shared().readTree(now.toString());
        withoutNulls(kept);
        Tree.childObject(kept, "metadata").put("uid", "1");
        live = kept;
    }

    private static void withoutNulls(ObjectNode node) {
        node.properties().removeIf(e -> e.getValue().isNull());
        List.copyOf(node.propertyNames()).stream()
                .filter(n -> node.get(n).isNull())
                .forEach(node::remove);
        node.forEach(child -> {
            if (child instanceof ObjectNode object) {
                withoutNulls(object);
            }
        });
    }

    private void is(String spec) {
        assertThat(live.path("spec"))
                .isEqualTo(JsonMapper.shared().readTree(yaml(spec).path("spec").toString()));
    }

    /** "manager: fieldsV1 of the spec" */
    private void owned(String... managers) {
        assertThat(Tree.objects(live, "metadata", "managedFields").stream()
                        .map(e -> Tree.text(e, "manager")
                                + (Tree.text(e, "operation").equals("Update") ? "* " : " ")
                                + e.path("fieldsV1").path("f:spec"))
                        .toList())
                .containsExactlyInAnyOrder(managers);
    }

    @Test
    void whatIsNotAppliedAgainGoes() {
        apply("a", "name: x\nvalue: 1\nset: [p, q]\nmap: {k: v, l: w}");
        apply("a", "name: x\nset: [q]\nmap: {l: w}");
        is("name: x\nset: [q]\nmap: {l: w}");
        owned("a {\"f:map\":{\"f:l\":{}},\"f:name\":{},\"f:set\":{\"v:\\\"q\\\"\":{}}}");
    }

    @Test
    void whatOthersAppliedStays() {
        apply("a", "set: [p, q]\nmap: {k: v}");
        apply("b", "set: [q, r]\nmap: {k: v}");
        is("set: [p, q, r]\nmap: {k: v}");
        apply("a", "name: x");
        is("set: [q, r]\nmap: {k: v}\nname: x");
    }

    @Test
    void whatAnUpdaterTookStays() {
        apply("a", "name: x\nmap: {k: v}");
        update("c", "name: y\nmap: {k: v}");
        owned("a {\"f:map\":{\"f:k\":{}}}", "c* {\"f:name\":{}}");
        refused(
                "a",
                "name: x\nmap: {k: v}",
                "Apply failed with 1 conflict: conflict with \"c\" using t/v1: .spec.name");
        apply("a", "map: {k: v}");
        is("name: y\nmap: {k: v}");
        force("a", "name: x\nmap: {k: v}");
        is("name: x\nmap: {k: v}");
        owned("a {\"f:map\":{\"f:k\":{}},\"f:name\":{}}");
    }

    @Test
    void whatAnUpdaterRemovedIsNobodys() {
        apply("a", "name: x\nlist: [{name: i, value: 1}]");
        update("c", "name: x");
        owned("a {\"f:name\":{}}");
    }

    @Test
    void aSharedValueMayBeChangedWhenTheOtherLetsGo() {
        apply("a", "value: 1");
        apply("b", "value: 1");
        refused("b", "value: 2", "Apply failed with 1 conflict: conflict with \"a\": .spec.value");
        apply("a", "name: x");
        apply("b", "value: 2");
        is("value: 2\nname: x");
    }

    @Test
    void listsKeepTheirOrderAndTakeTheAppliedOne() {
        apply("a", "list: [{name: 'a'}, {name: 'b'}, {name: 'c'}]");
        apply("b", "list: [{name: 'x'}, {name: 'b'}]");
        is("list: [{name: a}, {name: x}, {name: b}, {name: c}]");
        apply("a", "list: [{name: 'c'}, {name: 'b'}, {name: 'a'}]");
        // the new order of one manager, with what is others' where it was
        assertThat(live.at("/spec/list")).extracting(e -> Tree.text(e, "name")).containsExactly("x", "c", "b", "a");
    }

    @Test
    void setsMergeInTheOrderOfBoth() {
        apply("a", "set: [a, b, c, d]");
        apply("b", "set: [c, x, a]");
        assertThat(live.at("/spec/set").toString()).isEqualTo("[\"b\",\"c\",\"d\",\"x\",\"a\"]");
    }

    @Test
    void elementsAreOwnedByFields() {
        apply("a", "list: [{name: i, value: 1}]");
        apply("b", "list: [{name: i, set: [s]}]");
        is("list: [{name: i, value: 1, set: [s]}]");
        refused(
                "b",
                "list: [{name: i, value: 2}]",
                "Apply failed with 1 conflict: conflict with \"a\": .spec.list[name=\"i\"].value");
        // an element stays as long as anybody has it
        apply("a", "name: x");
        is("list: [{name: i, set: [s]}]\nname: x");
        apply("b", "name: x");
        is("name: x");
    }

    @Test
    void anAbsentKeyIsItsDefault() {
        apply("a", "ports: [{port: 80}]");
        apply("b", "ports: [{port: 80, protocol: TCP, name: web}, {port: 80, protocol: UDP}]");
        is("ports: [{port: 80, protocol: TCP, name: web}, {port: 80, protocol: UDP}]");
        refused(
                "c",
                "ports: [{protocol: TCP, name: dns, port: 80}]",
                "Apply failed with 1 conflict: conflict with \"b\": .spec.ports[port=80,protocol=\"TCP\"].name");
    }

    @Test
    void anElementWithoutKeysIsRefused() {
        refused(
                "a",
                "list: [{value: 1}]",
                "failed to create typed patch object (/t; t/v1, Kind=T): .spec.list: element 0: associative list with"
                        + " keys has an element that omits all key fields [\"name\"] (and doesn't have default values"
                        + " for any key fields)");
    }

    @Test
    void atomicValuesHaveOneOwner() {
        apply("a", "atomicList: [a, b]\natomicMap: {k: v}\natomicStruct: {name: one}");
        owned("a {\"f:atomicList\":{},\"f:atomicMap\":{},\"f:atomicStruct\":{}}");
        refused("b", "atomicList: [a]\natomicMap: {k: v, l: w}\natomicStruct: {value: 1}", """
            Apply failed with 3 conflicts: conflicts with "a":
            - .spec.atomicList
            - .spec.atomicMap
            - .spec.atomicStruct\
            """);
        force("b", "atomicList: [a]\natomicMap: {l: w}\natomicStruct: {value: 1}");
        is("atomicList: [a]\natomicMap: {l: w}\natomicStruct: {value: 1}");
        owned("b {\"f:atomicList\":{},\"f:atomicMap\":{},\"f:atomicStruct\":{}}");
        apply("b", "name: x");
        is("name: x");
    }

    @Test
    void structsGoWithTheirLastField() {
        apply("a", "struct: {name: one, value: 1}\nname: x");
        apply("a", "struct: {name: one}\nname: x");
        is("struct: {name: one}\nname: x");
        apply("a", "name: x");
        is("name: x");
    }

    @Test
    void emptyAndNullAreApplied() {
        apply("a", "struct: {}\nmap: {}\nname: null");
        owned("a {\"f:map\":{},\"f:name\":{},\"f:struct\":{}}");
        apply("a", "value: 1");
        is("value: 1");
    }

    @Test
    void nestedMapsAreOwnedByKeys() {
        apply("a", "maps: {one: {k: v}, two: {k: v}}");
        apply("b", "maps: {one: {l: w}}");
        is("maps: {one: {k: v, l: w}, two: {k: v}}");
        apply("a", "maps: {two: {k: v}}");
        is("maps: {one: {l: w}, two: {k: v}}");
    }

    @Test
    void whatHasNoSchemaIsOwnedByKeysOfItsObjects() {
        apply("a", "free: {a: {b: 1, c: [1, 2]}, d: x}");
        owned("a {\"f:free\":{\"f:a\":{\".\":{},\"f:b\":{},\"f:c\":{}},\"f:d\":{}}}");
        apply("b", "free: {a: {e: 2}}");
        is("free: {a: {b: 1, c: [1, 2], e: 2}, d: x}");
        refused("b", "free: {a: {c: [1]}}", "Apply failed with 1 conflict: conflict with \"a\": .spec.free.a.c");
        refused("b", "free: {a: 3, d: x}", """
            Apply failed with 2 conflicts: conflicts with "a":
            - .spec.free.a
            - .spec.free.d\
            """.replace("\n- .spec.free.d", "")
                .replace("2 conflicts: conflicts with \"a\":\n-", "1 conflict: conflict with \"a\":"));
        apply("a", "free: {d: x}");
        is("free: {a: {e: 2}, d: x}");
    }

    @Test
    void unknownFieldsBesideKnownOnesAreKept() {
        apply("a", "self: {known: x, a: 1, z: {w: 1}}");
        owned("a {\"f:self\":{\"f:a\":{},\"f:known\":{},\"f:z\":{\".\":{},\"f:w\":{}}}}");
        update("c", "self: {known: x, a: 2, z: {w: 1}, b: 1, o: 2}");
        owned(
                "a {\"f:self\":{\"f:known\":{},\"f:z\":{\".\":{},\"f:w\":{}}}}",
                "c* {\"f:self\":{\"f:a\":{},\"f:b\":{},\"f:o\":{}}}");
    }

    @Test
    void duplicatesThatAreThereAreKeptAndOwnedTogether() {
        update("c", "list: [{name: i, value: 1}, {name: i, value: 2}, {name: j}]\nset: [a, a, b]");
        owned(
                "c* {\".\":{},\"f:list\":{\".\":{},\"k:{\\\"name\\\":\\\"i\\\"}\":{},\"k:{\\\"name\\\":\\\"j\\\"}\":{\".\":{},"
                        + "\"f:name\":{}}},\"f:set\":{\".\":{},\"v:\\\"a\\\"\":{},\"v:\\\"b\\\"\":{}}}");
        apply("a", "list: [{name: k}]");
        is("list: [{name: i, value: 1}, {name: i, value: 2}, {name: j}, {name: k}]\nset: [a, a, b]");
        // who applies the element takes all of them
        refused(
                "a",
                "list: [{name: k}, {name: i, value: 3}]",
                "Apply failed with 1 conflict: conflict with \"c\" using t/v1: .spec.list[name=\"i\"]");
        force("a", "list: [{name: k}, {name: i, value: 3}]");
        assertThat(live.at("/spec/list").toString())
                .isEqualTo("[{\"name\":\"j\"},{\"name\":\"k\"},{\"name\":\"i\",\"value\":3}]");
    }

    @Test
    void duplicatesCannotBeApplied() {
        refused(
                "a",
                "set: [x, x]",
                "failed to create typed patch object (/t; t/v1, Kind=T): .spec.set: duplicate entries for key"
                        + " [=\"x\"]");
    }

    @Test
    void whatBecameAtomicIsOwnedAsAWhole() {
        apply("a", "map: {k: v}\nstruct: {name: one}\nset: [p]");
        apply("b", "map: {l: w}");
        fields = manager(object(
                field("map", map(STRING), "atomic", ""),
                field("set", atomicList(STRING)),
                field("struct", object(false, true, () -> List.of(field("name", STRING), field("value", NUMBER))))));
        refused("c", "map: {m: x}", """
            Apply failed with 2 conflicts: conflicts with "a":
            - .spec.map
            conflicts with "b":
            - .spec.map\
            """);
        force("c", "map: {m: x}");
        owned("a {\"f:set\":{},\"f:struct\":{}}", "c {\"f:map\":{}}");
    }

    @Test
    void whatBecameGranularStaysOwned() {
        fields = manager(object(field("map", map(STRING), "atomic", "")));
        apply("a", "map: {k: v}");
        fields = manager(nested());
        apply("b", "map: {l: w}");
        is("map: {k: v, l: w}");
        apply("a", "map: {k: v}");
        owned("a {\"f:map\":{\"f:k\":{}}}", "b {\"f:map\":{\"f:l\":{}}}");
    }

    @Test
    void fieldsThatAWriterCannotChangeAreNotItsOwn() {
        var reset = FieldSet.of(PathElement.path("spec", "struct"));
        var by = new FieldWriter("a", "", set -> set.recursiveDifference(reset));
        store(fields.apply(live, yaml("name: x\nstruct: {name: one}"), by, false));
        owned("a {\"f:name\":{}}");
        var now = yaml("name: y\nstruct: {name: one, value: 1}");
        fields.update(live, now, new FieldWriter("c", "", by.writable()));
        store(now);
        owned("c* {\"f:name\":{}}");
    }

    @Test
    void managersOfVersionsThatAreNotServedAreForgotten() {
        apply("a", "name: x\nvalue: 1");
        live = (ObjectNode) JsonMapper.shared()
                .readTree(live.toString()
                        .replace("\"apiVersion\":\"t/v1\",\"time\"", "\"apiVersion\":\"t/v0\",\"time\""));
        apply("b", "value: 2");
        owned("b {\"f:value\":{}}");
    }
}
