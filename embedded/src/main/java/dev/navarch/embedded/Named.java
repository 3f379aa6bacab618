package dev.navarch.embedded;

import org.jspecify.annotations.Nullable;

/**
 * An object's kind and name, as its class of whatever client library tells: by {@code getApiVersion}, {@code getKind} and
 * {@code getMetadata}. None of these libraries is needed here.
 */
record Named(String apiVersion, String kind, String namespace, String name) {

    /** @throws IllegalArgumentException if it is no object of Kubernetes, or does not know its kind or name */
    static Named of(Object object) {
        try {
            var metadata = call(object, "getMetadata");
            var named = new Named(
                    text(call(object, "getApiVersion")),
                    text(call(object, "getKind")),
                    metadata == null ? "" : text(call(metadata, "getNamespace")),
                    metadata == null ? "" : text(call(metadata, "getName")));
            if (named.apiVersion.isEmpty() || named.kind.isEmpty() || named.name.isEmpty()) {
                throw new IllegalArgumentException("lacks apiVersion, kind or metadata.name: " + object);
            }
            return named;
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "not an object of Kubernetes: " + object.getClass().getName(), e);
        }
    }

    private static @Nullable Object call(Object on, String getter) throws ReflectiveOperationException {
        return on.getClass().getMethod(getter).invoke(on);
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
