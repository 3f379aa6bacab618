package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An entry of the catalogue: a kind at one version and how it is served. A custom resource is one too.
 *
 * @param groupVersion the group and version it is served at
 * @param plural the resource's name in URLs
 * @param singular the name that clients may use for one object
 * @param kind the name in an object's {@code kind}
 * @param listKind the name in the {@code kind} of a list of them
 * @param scope whether its objects live in namespaces
 * @param verbs {@code create}, {@code delete}, {@code deletecollection}, {@code get}, {@code list}, {@code patch},
 *     {@code update}, {@code watch}, or fewer of them
 * @param subresources by name
 * @param shortNames such as {@code po}
 * @param categories such as {@code all}
 * @param level how mature this version is
 * @param schema of its objects
 * @param deprecation what every client of this version is warned of; empty if it is not on its way out
 */
public record ResourceType(
        GroupVersion groupVersion,
        String plural,
        String singular,
        String kind,
        String listKind,
        Scope scope,
        Set<String> verbs,
        Map<String, SubresourceType> subresources,
        List<String> shortNames,
        List<String> categories,
        Level level,
        ObjectSchema schema,
        String deprecation) {

    public ResourceType {
        requireNonNull(groupVersion, "groupVersion");
        requireNonNull(plural, "plural");
        requireNonNull(singular, "singular");
        requireNonNull(kind, "kind");
        requireNonNull(listKind, "listKind");
        requireNonNull(scope, "scope");
        requireNonNull(level, "level");
        requireNonNull(schema, "schema");
        requireNonNull(deprecation, "deprecation");
        verbs = Set.copyOf(verbs);
        subresources = Map.copyOf(subresources);
        shortNames = List.copyOf(shortNames);
        categories = List.copyOf(categories);
    }

    /** A kind whose lists are named after it. */
    public ResourceType(
            GroupVersion groupVersion,
            String plural,
            String singular,
            String kind,
            Scope scope,
            Set<String> verbs,
            Map<String, SubresourceType> subresources,
            List<String> shortNames,
            List<String> categories,
            Level level,
            ObjectSchema schema,
            String deprecation) {
        this(
                groupVersion,
                plural,
                singular,
                kind,
                kind + "List",
                scope,
                verbs,
                subresources,
                shortNames,
                categories,
                level,
                schema,
                deprecation);
    }

    /** By what tells types apart: the rest is large. */
    @Override
    public int hashCode() {
        return 31 * groupVersion.hashCode() + plural.hashCode();
    }

    public String group() {
        return groupVersion.group();
    }

    public String version() {
        return groupVersion.version();
    }

    public boolean namespaced() {
        return scope == Scope.NAMESPACED;
    }

    /** Whether objects are kept; reviews, bindings and the like are only answered. */
    public boolean stored() {
        return verbs.contains("get") && !kind.equals("ComponentStatus");
    }

    /** The name in errors and in RBAC's rules: {@code pods}, {@code deployments.apps}. */
    public String qualifiedName() {
        return group().isEmpty() ? plural : plural + "." + group();
    }

    /** Below this prefix of the store the objects lie: {@code /registry/core/pods/}. */
    public String storagePrefix() {
        return "/registry/" + (group().isEmpty() ? "core" : group()) + "/" + plural + "/";
    }
}
