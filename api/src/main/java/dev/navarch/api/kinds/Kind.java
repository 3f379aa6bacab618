package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@link KindRules} put together from functions, so that a kind reads as a table of its rules. What every kind has,
 * above all the rules of metadata, is here.
 */
final class Kind implements KindRules {
    /** A check of an update. */
    interface UpdateCheck {
        void check(At now, At old, Problems problems);
    }

    private final ObjectMetaRules metadata;
    private final boolean named;
    private final List<Consumer<ObjectNode>> defaults;
    private final List<BiConsumer<At, Problems>> checks;
    private final List<BiConsumer<At, Problems>> createChecks;
    private final List<UpdateCheck> updateChecks;
    private final List<UpdateCheck> statusChecks;
    private final List<Consumer<ObjectNode>> beforeCreate;
    private final List<BiConsumer<ObjectNode, ObjectNode>> beforeUpdate;
    private final List<BiConsumer<ObjectNode, ObjectNode>> beforeStatusUpdate;
    private final Map<String, Function<ObjectNode, String>> selectable;
    private final boolean status;
    private final List<String> counted;
    private final boolean countsFromCreate;
    private final boolean createsOnUpdate;
    private final boolean unconditionalUpdate;
    private final Optional<BiFunction<ObjectNode, OptionalLong, Long>> grace;

    private Kind(Builder builder) {
        metadata = builder.metadata;
        named = builder.named;
        defaults = List.copyOf(builder.defaults);
        checks = List.copyOf(builder.checks);
        createChecks = List.copyOf(builder.createChecks);
        updateChecks = List.copyOf(builder.updateChecks);
        statusChecks = List.copyOf(builder.statusChecks);
        beforeCreate = List.copyOf(builder.beforeCreate);
        beforeUpdate = List.copyOf(builder.beforeUpdate);
        beforeStatusUpdate = List.copyOf(builder.beforeStatusUpdate);
        selectable = Map.copyOf(builder.selectable);
        status = builder.status;
        counted = List.copyOf(builder.counted);
        countsFromCreate = builder.countsFromCreate;
        createsOnUpdate = builder.createsOnUpdate;
        unconditionalUpdate = builder.unconditionalUpdate;
        grace = builder.grace;
    }

    /** A kind whose objects live in namespaces. */
    static Builder namespaced(Function<String, List<String>> name) {
        return new Builder(new ObjectMetaRules(true, name));
    }

    /** A kind whose objects live in the cluster. */
    static Builder clustered(Function<String, List<String>> name) {
        return new Builder(new ObjectMetaRules(false, name));
    }

    /** A kind whose objects are not stored, and need no metadata. */
    static Builder unnamed() {
        Builder builder = new Builder(new ObjectMetaRules(true, _ -> List.of()));
        builder.named = false;
        return builder;
    }

    @Override
    public void defaults(ObjectNode object) {
        defaults.forEach(rule -> rule.accept(object));
    }

    @Override
    public List<FieldError> validate(ObjectNode object) {
        Problems problems = new Problems();
        At root = At.root(object);
        if (named) {
            metadata.validate(root.at("metadata"), problems);
        }
        checks.forEach(check -> check.accept(root, problems));
        createChecks.forEach(check -> check.accept(root, problems));
        return problems.list();
    }

    @Override
    public List<FieldError> validateUpdate(ObjectNode now, ObjectNode old) {
        Problems problems = new Problems();
        At root = At.root(now);
        metadata.validate(root.at("metadata"), problems);
        metadata.validateUpdate(root.at("metadata"), At.root(old).at("metadata"), problems);
        checks.forEach(check -> check.accept(root, problems));
        updateChecks.forEach(check -> check.check(root, At.root(old), problems));
        return problems.list();
    }

    @Override
    public List<FieldError> validateStatusUpdate(ObjectNode now, ObjectNode old) {
        Problems problems = new Problems();
        At meta = At.root(now).at("metadata");
        metadata.validateUpdate(meta, At.root(old).at("metadata"), problems);
        ObjectMetaRules.labels(meta.at("labels"), problems);
        ObjectMetaRules.annotations(meta.at("annotations"), problems);
        statusChecks.forEach(check -> check.check(At.root(now), At.root(old), problems));
        return problems.list();
    }

    @Override
    public void prepareForCreate(ObjectNode object) {
        if (status) {
            object.remove("status");
        }
        if (countsFromCreate) {
            At.object(object, "metadata").put("generation", 1L);
        }
        beforeCreate.forEach(step -> step.accept(object));
    }

    @Override
    public void prepareForUpdate(ObjectNode now, ObjectNode old) {
        if (status) {
            keep("status", now, old);
        }
        beforeUpdate.forEach(step -> step.accept(now, old));
        keepGeneration(now, old);
        boolean changed = counted.stream().anyMatch(part -> !Trees.same(value(now, part), value(old, part)));
        if (changed) {
            long before = old.path("metadata").path("generation").asLong(0);
            At.object(now, "metadata").put("generation", before + 1);
        }
    }

    @Override
    public void prepareForStatusUpdate(ObjectNode now, ObjectNode old) {
        List<String> names = new ArrayList<>(now.propertyNames());
        names.addAll(old.propertyNames());
        for (String name : names) {
            if (!name.equals("status") && !name.equals("metadata")) {
                keep(name, now, old);
            }
        }
        keepGeneration(now, old);
        beforeStatusUpdate.forEach(step -> step.accept(now, old));
    }

    private static JsonNode value(JsonNode object, String path) {
        JsonNode node = object;
        for (String name : path.split("\\.")) {
            node = node.path(name);
        }
        return node;
    }

    private static void keepGeneration(ObjectNode now, ObjectNode old) {
        keep("generation", At.object(now, "metadata"), old.path("metadata"));
    }

    /** Gives a field the value that it had. */
    static void keep(String name, ObjectNode now, JsonNode old) {
        if (old.has(name)) {
            now.set(name, old.get(name).deepCopy());
        } else {
            now.remove(name);
        }
    }

    @Override
    public Map<String, Function<ObjectNode, String>> selectableFields() {
        return selectable;
    }

    @Override
    public OptionalLong gracePeriodSeconds(ObjectNode object, OptionalLong requested) {
        return grace.map(rule -> OptionalLong.of(rule.apply(object, requested))).orElseGet(OptionalLong::empty);
    }

    @Override
    public boolean createsOnUpdate() {
        return createsOnUpdate;
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return unconditionalUpdate;
    }

    /** Collects the rules of a kind. */
    static final class Builder {
        private ObjectMetaRules metadata;
        private final List<Consumer<ObjectNode>> defaults = new ArrayList<>();
        private final List<BiConsumer<At, Problems>> checks = new ArrayList<>();
        private final List<BiConsumer<At, Problems>> createChecks = new ArrayList<>();
        private final List<UpdateCheck> updateChecks = new ArrayList<>();
        private final List<UpdateCheck> statusChecks = new ArrayList<>();
        private final List<Consumer<ObjectNode>> beforeCreate = new ArrayList<>();
        private final List<BiConsumer<ObjectNode, ObjectNode>> beforeUpdate = new ArrayList<>();
        private final List<BiConsumer<ObjectNode, ObjectNode>> beforeStatusUpdate = new ArrayList<>();
        private final Map<String, Function<ObjectNode, String>> selectable = new LinkedHashMap<>();
        private final List<String> counted = new ArrayList<>();
        private boolean named = true;
        private boolean countsFromCreate;
        private boolean status;
        private boolean createsOnUpdate;
        private boolean unconditionalUpdate = true;
        private Optional<BiFunction<ObjectNode, OptionalLong, Long>> grace = Optional.empty();

        private Builder(ObjectMetaRules metadata) {
            this.metadata = metadata;
            selectable("metadata.name");
            if (metadata.namespaced()) {
                selectable("metadata.namespace");
            }
        }

        /** Finalizers may be without a domain. */
        Builder plainFinalizers() {
            metadata = new ObjectMetaRules(metadata.namespaced(), metadata.name(), true);
            return this;
        }

        Builder defaults(Consumer<ObjectNode> rule) {
            defaults.add(rule);
            return this;
        }

        Builder check(BiConsumer<At, Problems> check) {
            checks.add(check);
            return this;
        }

        /** A check of new objects only. */
        Builder checkCreate(BiConsumer<At, Problems> check) {
            createChecks.add(check);
            return this;
        }

        Builder checkUpdate(UpdateCheck check) {
            updateChecks.add(check);
            return this;
        }

        /** Fields that an update may not change. */
        Builder immutable(String... path) {
            return checkUpdate((now, old, problems) -> problems.immutable(now.at(path), old.at(path)));
        }

        Builder checkStatus(UpdateCheck check) {
            statusChecks.add(check);
            return this;
        }

        Builder beforeCreate(Consumer<ObjectNode> step) {
            beforeCreate.add(step);
            return this;
        }

        Builder beforeUpdate(BiConsumer<ObjectNode, ObjectNode> step) {
            beforeUpdate.add(step);
            return this;
        }

        Builder beforeStatusUpdate(BiConsumer<ObjectNode, ObjectNode> step) {
            beforeStatusUpdate.add(step);
            return this;
        }

        /** The status is dropped on create and kept on update. */
        Builder status() {
            status = true;
            return this;
        }

        /** The generation counts the changes of these parts; the first is 1, also if it counts none. */
        Builder counts(String... parts) {
            countsFromCreate = true;
            return countsUpdates(parts);
        }

        /** As {@link #counts}, but a new object has no generation yet. */
        Builder countsUpdates(String... parts) {
            counted.addAll(List.of(parts));
            return this;
        }

        Builder createsOnUpdate() {
            createsOnUpdate = true;
            return this;
        }

        Builder conditionalUpdateOnly() {
            unconditionalUpdate = false;
            return this;
        }

        Builder grace(BiFunction<ObjectNode, OptionalLong, Long> rule) {
            grace = Optional.of(rule);
            return this;
        }

        /** Fields that selectors may name and that read as their path says. */
        Builder selectable(String... fields) {
            for (String field : fields) {
                selectable.put(field, reader(field));
            }
            return this;
        }

        Builder selectable(String field, Function<ObjectNode, String> read) {
            selectable.put(field, read);
            return this;
        }

        private static Function<ObjectNode, String> reader(String field) {
            return object -> value(object, field).asString("");
        }

        Kind build() {
            return new Kind(this);
        }
    }
}
