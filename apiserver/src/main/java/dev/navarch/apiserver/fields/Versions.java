package dev.navarch.apiserver.fields;

import dev.navarch.api.ObjectSchema;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The versions at which a kind is served, as {@code apiVersion}. */
public interface Versions {
    /** The version in which the objects are that are worked on. */
    String stored();

    /** Those that are served. */
    Set<String> all();

    /** What objects look like at a version; empty if it is not served. */
    Optional<ObjectSchema> schema(String apiVersion);

    /** The object at another version that is served. Gets one that is shared; gives one that may be. */
    ObjectNode convert(ObjectNode object, String from, String to);

    /** Of a kind with one version. */
    static Versions only(String apiVersion, ObjectSchema schema) {
        return new Versions() {
            @Override
            public String stored() {
                return apiVersion;
            }

            @Override
            public Set<String> all() {
                return Set.of(apiVersion);
            }

            @Override
            public Optional<ObjectSchema> schema(String version) {
                return version.equals(apiVersion) ? Optional.of(schema) : Optional.empty();
            }

            @Override
            public ObjectNode convert(ObjectNode object, String from, String to) {
                return object;
            }
        };
    }
}
