package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * A subresource of a resource, such as {@code status} or {@code scale}.
 *
 * @param name the last segment of its URL
 * @param groupVersion of the objects it takes and gives; not always that of the resource
 * @param kind of the objects it takes and gives, such as {@code Scale} or {@code Eviction}
 * @param verbs in words of discovery: {@code create}, {@code get}, {@code update}, …
 * @param schema of those objects
 * @param olderVersions API versions in which objects are taken too, though not given, such as the evictions of {@code
 *     policy/v1beta1} that kubectl before 1.22 sends (source: kubernetes pkg/registry/core/pod/storage/eviction.go)
 */
public record SubresourceType(
        String name,
        GroupVersion groupVersion,
        String kind,
        Set<String> verbs,
        ObjectSchema schema,
        Set<String> olderVersions) {

    public SubresourceType {
        requireNonNull(name, "name");
        requireNonNull(groupVersion, "groupVersion");
        requireNonNull(kind, "kind");
        requireNonNull(schema, "schema");
        verbs = Set.copyOf(verbs);
        olderVersions = Set.copyOf(olderVersions);
    }
}
