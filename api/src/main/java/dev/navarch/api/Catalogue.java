package dev.navarch.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Every kind a server knows, each at the versions it is served at. Immutable: more kinds, such as custom resources,
 * make another catalogue ({@link #with}).
 */
public final class Catalogue {

    private final SchemaTable schemas;
    private final List<ResourceType> known;
    private final List<ResourceType> types;
    private final Map<Plural, ResourceType> byPlural;
    private final Map<Kind, ResourceType> byKind;
    private final Map<GroupVersion, List<ResourceType>> byVersion;
    private final List<GroupVersion> groupVersions;
    private final List<ApiGroup> groups;

    private record Plural(String group, String version, String plural) {}

    private record Kind(String apiVersion, String kind) {}

    /** Loaded when first used, and then never changed. */
    private static final class BuiltIn {
        static final SchemaTable SCHEMAS = SchemaTable.load();
        static final List<ResourceType> KNOWN = ResourceTable.load(SCHEMAS);
        static final Catalogue STABLE = new Catalogue(SCHEMAS, KNOWN, t -> t.level() == Level.STABLE);
    }

    private Catalogue(SchemaTable schemas, List<ResourceType> known, Predicate<ResourceType> served) {
        this.schemas = schemas;
        this.known = List.copyOf(known);
        types = this.known.stream().filter(served).toList();
        var plurals = new LinkedHashMap<Plural, ResourceType>();
        var kinds = new LinkedHashMap<Kind, ResourceType>();
        byVersion = new LinkedHashMap<>();
        for (var type : types) {
            if (plurals.put(new Plural(type.group(), type.version(), type.plural()), type) != null) {
                throw new IllegalArgumentException("resource " + type.qualifiedName() + " twice");
            }
            kinds.putIfAbsent(new Kind(type.groupVersion().apiVersion(), type.kind()), type);
            byVersion
                    .computeIfAbsent(type.groupVersion(), _ -> new ArrayList<>())
                    .add(type);
        }
        byPlural = Map.copyOf(plurals);
        byKind = Map.copyOf(kinds);
        groupVersions = List.copyOf(byVersion.keySet());
        groups = GroupOrder.sorted(groupVersions);
    }

    /** The stable kinds of Kubernetes 1.36: what its server serves when nothing else is enabled. */
    public static Catalogue builtIn() {
        return BuiltIn.STABLE;
    }

    /** The kinds of Kubernetes 1.36 at the given levels of maturity. */
    public static Catalogue builtIn(Set<Level> levels) {
        return builtIn(t -> levels.contains(t.level()));
    }

    /** The kinds of Kubernetes 1.36 that are to be served. */
    public static Catalogue builtIn(Predicate<ResourceType> served) {
        return new Catalogue(BuiltIn.SCHEMAS, BuiltIn.KNOWN, served);
    }

    /** This catalogue with more entries; one that is there already under the same names is replaced. */
    public Catalogue with(Collection<ResourceType> more) {
        var merged = new LinkedHashMap<Plural, ResourceType>();
        known.forEach(t -> merged.put(new Plural(t.group(), t.version(), t.plural()), t));
        more.forEach(t -> merged.put(new Plural(t.group(), t.version(), t.plural()), t));
        var served = new HashSet<>(types);
        served.addAll(more);
        return new Catalogue(schemas, new ArrayList<>(merged.values()), served::contains);
    }

    /** The versions of a resource that are known, whether or not they are served, the most mature first. */
    public List<ResourceType> versions(String group, String plural) {
        return known.stream()
                .filter(t -> t.group().equals(group) && t.plural().equals(plural))
                .sorted(Comparator.comparing(ResourceType::version, GroupOrder::compareVersions))
                .toList();
    }

    /** All entries, those of a group and version together. */
    public List<ResourceType> types() {
        return types;
    }

    public List<ResourceType> types(GroupVersion groupVersion) {
        return Collections.unmodifiableList(byVersion.getOrDefault(groupVersion, List.of()));
    }

    public Optional<ResourceType> find(String group, String version, String plural) {
        return Optional.ofNullable(byPlural.get(new Plural(group, version, plural)));
    }

    public Optional<ResourceType> byKind(String apiVersion, String kind) {
        return Optional.ofNullable(byKind.get(new Kind(apiVersion, kind)));
    }

    /** The groups and versions that have entries, in the order of {@link #types()}. */
    public List<GroupVersion> groupVersions() {
        return groupVersions;
    }

    /** The groups in discovery's order, each with its versions; the core group, if any, is the first. */
    public List<ApiGroup> groups() {
        return groups;
    }

    /**
     * A built-in type by its name in OpenAPI documents, such as {@code io.k8s.api.core.v1.PodSpec}, whether or not it
     * is served as a resource.
     */
    public Optional<ObjectSchema> schema(String name) {
        return schemas.named(name);
    }

    /** A type of {@code meta.k8s.io/v1}, such as {@code DeleteOptions} or {@code Status}. */
    public ObjectSchema metaSchema(String kind) {
        return schema("io.k8s.apimachinery.pkg.apis.meta.v1." + kind)
                .orElseThrow(() -> new IllegalArgumentException("no meta type " + kind));
    }
}
