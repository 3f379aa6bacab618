package dev.navarch.conformance;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A kind that a behaviour defines. Its objects are in the scenario's namespace, where it has such. */
public final class CustomKind {
    /** A schema that says nothing and keeps everything. */
    public static final String ANYTHING = "{type: object, x-kubernetes-preserve-unknown-fields: true}";

    private final Scenario scenario;
    private final String group;
    private final String plural;
    private final String kind;
    private final boolean namespaced;

    private CustomKind(Scenario scenario, String group, String kind, boolean namespaced) {
        this.scenario = scenario;
        this.group = group;
        this.kind = kind;
        plural = kind.toLowerCase(Locale.ROOT) + "s";
        this.namespaced = namespaced;
    }

    /** A kind of a name and a group that nobody else uses; it isn't defined yet. */
    public static CustomKind cluster(Scenario scenario) {
        return new CustomKind(scenario, scenario.unique("group") + ".example.com", unique(scenario), false);
    }

    public static CustomKind namespaced(Scenario scenario) {
        return in(scenario, scenario.unique("group") + ".example.com");
    }

    /** With a namespace, in a group that has others too. */
    public static CustomKind in(Scenario scenario, String group) {
        return new CustomKind(scenario, group, unique(scenario), true);
    }

    private static String unique(Scenario scenario) {
        return scenario.unique("E2e").replace("-", "") + "x";
    }

    /** A version for {@link #manifest}: {@code extra} are further fields of it, as YAML in a flow mapping. */
    public static String version(String name, String schema, String extra) {
        return "{name: %s, served: true, storage: false, schema: {openAPIV3Schema: %s}%s}"
                .formatted(name, schema, extra.isEmpty() ? "" : ", " + extra);
    }

    public static String version(String name, String schema) {
        return version(name, schema, "");
    }

    /**
     * The definition.
     *
     * @param extra further fields of its spec, as YAML in a flow mapping; may be empty
     * @param versions as {@link #version} makes them; the first one is stored
     */
    public CustomResourceDefinition manifest(String extra, String... versions) {
        var text = Arrays.stream(versions).collect(Collectors.joining(", "));
        var definition = scenario.parse(CustomResourceDefinition.class, """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %s}
                spec: {group: %s, scope: %s,
                  names: {plural: %s, singular: %s, kind: %s, listKind: %sList},
                  versions: [%s]%s}
                """.formatted(
                        name(),
                        group,
                        namespaced ? "Namespaced" : "Cluster",
                        plural,
                        kind.toLowerCase(Locale.ROOT),
                        kind,
                        kind,
                        text,
                        extra.isEmpty() ? "" : ", " + extra));
        definition.getSpec().getVersions().getFirst().setStorage(true);
        return definition;
    }

    /** Defines it with versions as {@link #version} makes them, and waits until it is served. */
    public CustomKind define(String... versions) {
        return define(manifest("", versions));
    }

    public CustomKind define(CustomResourceDefinition definition) {
        scenario.create(definition);
        scenario.awaitOne(
                name() + " is served",
                scenario.client()
                        .apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName(name()),
                now -> now.getStatus() != null
                        && now.getStatus().getConditions() != null
                        && now.getStatus().getConditions().stream()
                                .anyMatch(c -> c.getType().equals("Established")
                                        && c.getStatus().equals("True")));
        var version = definition.getSpec().getVersions().getFirst().getName();
        scenario.eventually(
                name() + " answers", () -> scenario.http().get(path(version)).status() == 200);
        return this;
    }

    public Resource<CustomResourceDefinition> definition() {
        return scenario.client()
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(name());
    }

    public String group() {
        return group;
    }

    public String plural() {
        return plural;
    }

    public String kind() {
        return kind;
    }

    /** Of the definition. */
    public String name() {
        return plural + "." + group;
    }

    public String apiVersion(String version) {
        return group + "/" + version;
    }

    /** The path of the collection. */
    public String path(String version) {
        return "/apis/" + apiVersion(version) + (namespaced ? "/namespaces/" + scenario.namespace() : "") + "/"
                + plural;
    }

    /** Its objects. */
    public NonNamespaceOperation<
                    GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            resources(String version) {
        var all = scenario.client()
                .genericKubernetesResources(new ResourceDefinitionContext.Builder()
                        .withGroup(group)
                        .withVersion(version)
                        .withKind(kind)
                        .withPlural(plural)
                        .withNamespaced(namespaced)
                        .build());
        return namespaced ? all.inNamespace(scenario.namespace()) : all;
    }

    /**
     * An object that is not created yet.
     *
     * @param fields its own, as YAML in a flow mapping; may be empty
     */
    public GenericKubernetesResource object(String version, String name, String fields) {
        return scenario.parse(
                GenericKubernetesResource.class,
                "---\n{apiVersion: %s, kind: %s, metadata: {name: %s}%s}"
                        .formatted(apiVersion(version), kind, name, fields.isEmpty() ? "" : ", " + fields));
    }

    public GenericKubernetesResource create(String version, String name, String fields) {
        return resources(version).resource(object(version, name, fields)).create();
    }
}
