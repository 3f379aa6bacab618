package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * An object's name within its type.
 *
 * @param namespace empty for cluster scoped
 */
public record Key(String namespace, String name) {

    public static Key of(HasMetadata object) {
        var meta = object.getMetadata();
        return new Key(meta.getNamespace() == null ? "" : meta.getNamespace(), meta.getName());
    }

    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
