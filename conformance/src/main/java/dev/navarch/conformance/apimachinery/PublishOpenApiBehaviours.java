package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.CustomKind.version;
import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.CustomKind;
import dev.navarch.conformance.Scenario;
import dev.navarch.conformance.cli.Kubectl;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Upstream {@code test/e2e/apimachinery/crd_publish_openapi.go}. */
class PublishOpenApiBehaviours {
    private static final String FOO = """
        {description: Foo CRD for Testing, type: object, properties: {
          spec: {type: object, description: Specification of Foo, properties: {
            bars: {description: List of Bars and their specs., type: array, items: {
              type: object, required: [name], properties: {
                name: {description: Name of Bar., type: string},
                age: {description: Age of Bar., type: string},
                feeling: {description: Whether Bar is feeling great., type: string, enum: [Great, Down]},
                bazs: {description: List of Bazs., items: {type: string}, type: array}}}}}},
          status: {description: Status of Foo, type: object, properties: {
            bars: {description: List of Bars and their statuses., type: array, items: {
              type: object, properties: {
                name: {description: Name of Bar., type: string},
                available: {description: Whether the Bar is installed., type: boolean},
                quxType: {description: Indicates to external qux type., pattern: in-tree|out-of-tree, type: string}}}}}}}}
        """;

    /** A schema; %1$s describes it, %2$s are further fields of its, %3$s of its spec. */
    private static final String WALDO_FORM = """
        {description: %1$s, type: object%2$s, properties: {
          spec: {description: Specification of Waldo, type: object%3$s, properties: {
            dummy: {description: Dummy property., type: object}}},
          status: {description: Status of Waldo, type: object, properties: {
            bars: {description: List of Bars and their statuses., type: array, items: {type: object}}}}}}
        """;

    private static final String WALDO = WALDO_FORM.formatted("Waldo CRD for Testing", "", "");
    private static final String KEEPS_UNKNOWN = ", x-kubernetes-preserve-unknown-fields: true";
    private static final List<String> ADDED = List.of("metadata", "apiVersion", "kind");

    private static JsonNode swagger(Scenario scenario) {
        return scenario.http().get("/openapi/v2").ok().json();
    }

    /** The definition of a version's objects; null if there is none. */
    private static @Nullable JsonNode definition(JsonNode swagger, CustomKind kind, String version) {
        for (var definition : swagger.path("definitions")) {
            for (var named : definition.path("x-kubernetes-group-version-kind")) {
                if (named.path("group").asString().equals(kind.group())
                        && named.path("version").asString().equals(version)
                        && named.path("kind").asString().equals(kind.kind())) {
                    return definition;
                }
            }
        }
        return null;
    }

    /** Waits until these versions are published with a schema, to which the server has added what all objects have. */
    private static void awaitPublished(Scenario scenario, CustomKind kind, String schema, String... versions) {
        var wanted = scenario.parse(JsonNode.class, "---\n" + schema);
        scenario.eventually(kind.name() + " is published", () -> {
            var swagger = swagger(scenario);
            return Arrays.stream(versions)
                    .map(version -> definition(swagger, kind, version))
                    .allMatch(found -> found != null && declared(found).equals(wanted));
        });
    }

    private static JsonNode declared(JsonNode definition) {
        var own = (ObjectNode) definition.deepCopy();
        own.remove("x-kubernetes-group-version-kind");
        if (own.get("properties") instanceof ObjectNode properties) {
            properties.remove(ADDED);
            if (properties.isEmpty()) {
                own.remove("properties");
            }
        }
        return own;
    }

    private static void awaitUnpublished(Scenario scenario, CustomKind kind, String... versions) {
        scenario.eventually(kind.name() + " is not published", () -> {
            var swagger = swagger(scenario);
            return Arrays.stream(versions).allMatch(version -> definition(swagger, kind, version) == null);
        });
    }

    private static CustomKind publish(Scenario scenario, CustomKind kind, String schema, String... versions) {
        kind.define(Arrays.stream(versions).map(name -> version(name, schema)).toArray(String[]::new));
        awaitPublished(scenario, kind, schema, versions);
        return kind;
    }

    private static void remove(Scenario scenario, CustomKind kind, String... versions) {
        kind.definition().delete();
        awaitUnpublished(scenario, kind, versions);
    }

    private static String resource(CustomKind kind, String name, String fields) {
        return "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"name\":\"%s\"},%s}"
                .formatted(kind.kind(), kind.apiVersion("v1"), name, fields);
    }

    /** That kubectl, which validates by what is published, takes an object both ways. */
    private static void accepted(Kubectl kubectl, CustomKind kind, String object) {
        kubectl.okWith(object, "create", "-f", "-");
        kubectl.ok("delete", kind.plural(), "test-cr");
        kubectl.okWith(object, "apply", "-f", "-");
        kubectl.ok("delete", kind.plural(), "test-cr");
    }

    private static void refused(Kubectl kubectl, String object, String... words) {
        for (var verb : List.of("create", "apply")) {
            var result = kubectl.run(object, verb, "-f", "-");
            assertThat(result.code()).as(result.out()).isNotZero();
            assertThat(result.out()).containsAnyOf(words);
        }
    }

    private static void explained(Kubectl kubectl, String what, String pattern) {
        assertThat(kubectl.ok("explain", what)).containsPattern(Pattern.compile(pattern, Pattern.DOTALL));
    }

    @Behaviour(
            "[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation"
                    + " schema [Conformance]")
    void schema(Scenario scenario) {
        var kind = publish(scenario, CustomKind.namespaced(scenario), FOO, "v1");
        var kubectl = new Kubectl(scenario);
        accepted(kubectl, kind, resource(kind, "test-cr", "\"spec\":{\"bars\":[{\"name\":\"test-bar\"}]}"));
        refused(
                kubectl,
                resource(
                        kind,
                        "test-cr",
                        "\"spec\":{\"bars\":[{\"name\":\"test-bar\",\"feeling\":\"NonExistentValue\"}]}"),
                "Unsupported value: \"NonExistentValue\"");
        refused(
                kubectl,
                resource(kind, "test-cr", "\"spec\":{\"foo\":true}"),
                "unknown field \"foo\"",
                "unknown field \"spec.foo\"");
        refused(
                kubectl,
                resource(kind, "test-cr", "\"spec\":{\"bars\":[{\"age\":\"10\"}]}"),
                "missing required field \"name\"",
                "spec.bars[0].name: Required value");
        var name = kind.plural();
        explained(
                kubectl,
                name,
                "DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines"
                        + ".*spec.*<Object>.*Specification of Foo");
        explained(
                kubectl,
                name + ".metadata",
                "DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>"
                        + ".*CreationTimestamp is a timestamp");
        explained(
                kubectl,
                name + ".spec",
                "DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\\[\\]Object>.*List of Bars and their specs");
        explained(
                kubectl,
                name + ".spec.bars",
                "bars.*<\\[\\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\\[\\]string>"
                        + ".*List of Bazs.*name.*<string>.*Name of Bar");
        var missing = kubectl.run("", "explain", name + ".spec.bars2");
        assertThat(missing.code()).isNotZero();
        assertThat(missing.out()).contains("field \"bars2\" does not exist");
        remove(scenario, kind, "v1");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without"
            + " validation schema [Conformance]")
    void noSchema(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario).define(version("v1", CustomKind.ANYTHING));
        scenario.eventually(kind.name() + " is published", () -> {
            var found = definition(swagger(scenario), kind, "v1");
            return found != null && found.path("type").asString().equals("object");
        });
        var kubectl = new Kubectl(scenario);
        accepted(kubectl, kind, resource(kind, "test-cr", "\"a\":{\"b\":[{\"c\":\"d\"}]}"));
        explained(kubectl, kind.plural(), "DESCRIPTION:.*<empty>");
        remove(scenario, kind, "v1");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving"
            + " unknown fields at the schema root [Conformance]")
    void unknownAtTheRoot(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario)
                .define(version(
                        "v1",
                        WALDO_FORM.formatted("preserve-unknown-properties at root for Testing", KEEPS_UNKNOWN, "")));
        scenario.eventually(kind.name() + " is published", () -> definition(swagger(scenario), kind, "v1") != null);
        var kubectl = new Kubectl(scenario);
        accepted(kubectl, kind, resource(kind, "test-cr", "\"a\":{\"b\":[{\"c\":\"d\"}]}"));
        explained(kubectl, kind.plural(), "KIND:.*" + kind.kind());
        remove(scenario, kind, "v1");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving"
            + " unknown fields in an embedded object [Conformance]")
    void unknownInAnObject(Scenario scenario) {
        var description = "preserve-unknown-properties in nested field for Testing";
        var kind = CustomKind.namespaced(scenario)
                .define(version("v1", WALDO_FORM.formatted(description, "", KEEPS_UNKNOWN)));
        scenario.eventually(kind.name() + " is published", () -> definition(swagger(scenario), kind, "v1") != null);
        var kubectl = new Kubectl(scenario);
        accepted(kubectl, kind, resource(kind, "test-cr", "\"spec\":{\"a\":null,\"b\":[{\"c\":\"d\"}]}"));
        explained(kubectl, kind.plural(), "DESCRIPTION:.*" + description);
        remove(scenario, kind, "v1");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of"
            + " different groups [Conformance]")
    void groups(Scenario scenario) {
        var foo = publish(scenario, CustomKind.namespaced(scenario), FOO, "v1");
        var waldo = publish(scenario, CustomKind.namespaced(scenario), WALDO, "v1beta1");
        assertThat(foo.group()).isNotEqualTo(waldo.group());
        awaitPublished(scenario, foo, FOO, "v1");
        remove(scenario, foo, "v1");
        remove(scenario, waldo, "v1beta1");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of"
            + " same group but different versions [Conformance]")
    void versions(Scenario scenario) {
        var both = publish(scenario, CustomKind.namespaced(scenario), FOO, "v2", "v3");
        remove(scenario, both, "v2", "v3");
        var foo = publish(scenario, CustomKind.namespaced(scenario), FOO, "v4");
        var waldo = publish(scenario, CustomKind.in(scenario, foo.group()), WALDO, "v5");
        awaitPublished(scenario, foo, FOO, "v4");
        remove(scenario, foo, "v4");
        remove(scenario, waldo, "v5");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of"
            + " same group and version but different kinds [Conformance]")
    void kinds(Scenario scenario) {
        var foo = publish(scenario, CustomKind.namespaced(scenario), FOO, "v6");
        var waldo = publish(scenario, CustomKind.in(scenario, foo.group()), WALDO, "v6");
        awaitPublished(scenario, foo, FOO, "v6");
        remove(scenario, foo, "v6");
        remove(scenario, waldo, "v6");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec"
            + " when one version gets renamed [Conformance]")
    void renamed(Scenario scenario) {
        var kind = publish(scenario, CustomKind.namespaced(scenario), FOO, "v2", "v3");
        kind.definition().patch(Scenario.JSON, """
            [{"op": "test", "path": "/spec/versions/1/name", "value": "v3"},
             {"op": "replace", "path": "/spec/versions/1/name", "value": "v4"}]
            """);
        awaitPublished(scenario, kind, FOO, "v4");
        awaitUnpublished(scenario, kind, "v3");
        awaitPublished(scenario, kind, FOO, "v2");
        remove(scenario, kind, "v2", "v4");
    }

    @Behaviour("[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec"
            + " when one version gets changed to not be served [Conformance]")
    void notServed(Scenario scenario) {
        var kind = publish(scenario, CustomKind.namespaced(scenario), FOO, "v5", "v6alpha1");
        untilNoConflict(() -> {
            var definition = kind.definition().get();
            definition.getSpec().getVersions().get(1).setServed(false);
            return scenario.client().resource(definition).update();
        });
        awaitUnpublished(scenario, kind, "v6alpha1");
        awaitPublished(scenario, kind, FOO, "v5");
        remove(scenario, kind, "v5");
    }
}
