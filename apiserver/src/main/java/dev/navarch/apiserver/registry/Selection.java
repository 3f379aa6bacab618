package dev.navarch.apiserver.registry;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Entry;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.node.ObjectNode;

/** Which objects a list or watch is about. An entry that cannot be read matches only if nothing is asked of it. */
final class Selection implements Predicate<Entry> {
    private static final Map<String, Function<ObjectNode, String>> METADATA =
            Map.of("metadata.name", Meta::name, "metadata.namespace", Meta::namespace);

    private final LabelSelector labels;
    private final FieldSelector fields;
    private final Map<String, Function<ObjectNode, String>> selectable;
    private final TreeCache trees;
    private final boolean everything;

    private Selection(
            LabelSelector labels,
            FieldSelector fields,
            Map<String, Function<ObjectNode, String>> selectable,
            TreeCache trees) {
        this.labels = labels;
        this.fields = fields;
        this.selectable = selectable;
        this.trees = trees;
        this.everything = labels.matchesEverything() && fields.matchesEverything();
    }

    /**
     * @param name the one object that is asked for, or empty
     * @throws ApiFailure 400 if a selector cannot be read or names a field that cannot be selected by
     */
    static Selection of(ServedResource resource, String labelText, String fieldText, String name, TreeCache trees) {
        LabelSelector labels;
        FieldSelector fields;
        try {
            labels = LabelSelector.parse(labelText);
        } catch (SelectorException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
        try {
            fields = FieldSelector.parse(fieldText.isEmpty() && !name.isEmpty() ? "metadata.name=" + name : fieldText);
        } catch (SelectorException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
        if (fields.matchesEverything()) {
            return new Selection(labels, fields, Map.of(), trees);
        }
        Map<String, Function<ObjectNode, String>> selectable = new HashMap<>(METADATA);
        if (!resource.type().namespaced()) {
            selectable.remove("metadata.namespace");
        }
        selectable.putAll(resource.rules().selectableFields());
        for (var term : fields.terms()) {
            if (!selectable.containsKey(term.field())) {
                throw ApiFailure.badRequest("field label not supported: " + term.field());
            }
        }
        return new Selection(labels, fields, selectable, trees);
    }

    boolean everything() {
        return everything;
    }

    @Override
    public boolean test(Entry entry) {
        return everything || trees.tree(entry).filter(this::matches).isPresent();
    }

    private boolean matches(ObjectNode object) {
        return fields.matches(f -> selectable.get(f).apply(object)) && labels.matchesObject(object);
    }

    @Override
    public String toString() {
        return "labels " + labels + ", fields " + fields;
    }
}
