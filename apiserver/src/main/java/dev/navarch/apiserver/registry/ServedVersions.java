package dev.navarch.apiserver.registry;

import dev.navarch.api.ObjectSchema;
import dev.navarch.apiserver.fields.Versions;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The versions of one stored kind, as managed fields see them. Complete before it is used. */
final class ServedVersions implements Versions {
    private final String stored;
    private final Map<String, StoredForm> forms = new HashMap<>();
    private final Map<String, Supplier<ObjectSchema>> schemas = new HashMap<>();

    ServedVersions(String stored) {
        this.stored = stored;
    }

    void add(String apiVersion, StoredForm form, ObjectSchema schema) {
        forms.put(apiVersion, form);
        schemas.put(apiVersion, () -> schema);
    }

    /** A version whose schema is made when first needed, and again when it was forgotten. */
    void addMade(String apiVersion, StoredForm form, Supplier<ObjectSchema> maker) {
        forms.put(apiVersion, form);
        schemas.put(apiVersion, new Made(maker));
    }

    private static final class Made implements Supplier<ObjectSchema> {
        private final Supplier<ObjectSchema> maker;
        private volatile @Nullable SoftReference<ObjectSchema> made;

        Made(Supplier<ObjectSchema> maker) {
            this.maker = maker;
        }

        @Override
        public ObjectSchema get() {
            var reference = made;
            var known = reference == null ? null : reference.get();
            if (known == null) {
                known = maker.get();
                made = new SoftReference<>(known);
            }
            return known;
        }
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
        return Optional.ofNullable(schemas.get(apiVersion)).map(Supplier::get);
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
