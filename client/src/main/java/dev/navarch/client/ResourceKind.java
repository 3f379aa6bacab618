package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;

/**
 * Where a type lives in the API and what it is decoded into.
 *
 * @param group empty for core
 * @param metadataOnly ask the server for {@code PartialObjectMetadata} instead of whole objects
 */
public record ResourceKind<T extends HasMetadata>(
        String group,
        String version,
        String plural,
        String kind,
        boolean namespaced,
        Class<T> type,
        boolean metadataOnly) {

    /** Annotations are read once a class. */
    private static final ClassValue<ResourceKind<?>> ANNOTATED = new ClassValue<>() {
        @Override
        protected ResourceKind<?> computeValue(Class<?> type) {
            return annotated(type.asSubclass(HasMetadata.class));
        }
    };

    private static <T extends HasMetadata> ResourceKind<T> annotated(Class<T> type) {
        return new ResourceKind<>(
                HasMetadata.getGroup(type),
                HasMetadata.getVersion(type),
                HasMetadata.getPlural(type),
                HasMetadata.getKind(type),
                Namespaced.class.isAssignableFrom(type),
                type,
                false);
    }

    /** The resource of a model class, from its annotations. */
    @SuppressWarnings("unchecked") // a class's value is of that class
    public static <T extends HasMetadata> ResourceKind<T> of(Class<T> type) {
        return (ResourceKind<T>) ANNOTATED.get(type);
    }

    /** Only the metadata of any resource, such as one found by discovery. */
    public static ResourceKind<PartialObjectMetadata> metadataOf(
            String group, String version, String plural, String kind, boolean namespaced) {
        return new ResourceKind<>(group, version, plural, kind, namespaced, PartialObjectMetadata.class, true);
    }

    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The path of the collection; an empty namespace means all of them. */
    String path(String namespace) {
        var root = (group.isEmpty() ? "/api/" : "/apis/" + group + "/") + version;
        return namespaced && !namespace.isEmpty()
                ? root + "/namespaces/" + namespace + "/" + plural
                : root + "/" + plural;
    }

    String path(String namespace, String name, String subresource) {
        var path = path(namespace) + "/" + Query.escape(name);
        return subresource.isEmpty() ? path : path + "/" + subresource;
    }
}
