package dev.navarch.apiserver.registry;

import dev.navarch.api.ObjectSchema;
import dev.navarch.apiserver.fields.Versions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The versions of one stored kind, as managed fields see them. Complete before it is used. */
final class ServedVersions implements Versions {
    private final String stored;
    private final Map<String, StoredForm> forms = new HashMap<>();
    private final Map<String, ObjectSchema> schemas = new HashMap<>();

    ServedVersions(String stored) {
        this.stored = stored;
    }

    void add(String apiVersion, StoredForm form, ObjectSchema schema) {
        forms.put(apiVersion, form);
        schemas.put(apiVersion, schema);
    }

    @Override
    public String stored() {
        return stored;
    }

    @Override
    public Set<String> all() {
        return Set.copyOf(schemas.keySet());
    }

    @Override
    public Optional<ObjectSchema> schema(String apiVersion) {
        return Optional.ofNullable(schemas.get(apiVersion));
    }

    @Override
    public ObjectNode convert(ObjectNode object, String from, String to) {
        if (from.equals(to)) {
            return object;
        }
        var there = from.equals(stored) ? object : forms.get(from).stored(object);
        return to.equals(stored) ? there : forms.get(to).served(there);
    }
}
