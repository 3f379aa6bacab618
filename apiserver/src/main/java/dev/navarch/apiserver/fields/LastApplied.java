package dev.navarch.apiserver.fields;

import dev.navarch.api.ObjectEncoder;
import dev.navarch.apiserver.fields.Applier.Applied;
import dev.navarch.apiserver.fields.Ownership.Conflict;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The way from kubectl's client-side apply to server-side apply: kubectl may take the fields that it applied itself, as
 * the annotation says in which it keeps what it applied; and the annotation stays up to date (source: apimachinery
 * pkg/util/managedfields/internal/lastappliedmanager.go and lastappliedupdater.go).
 */
final class LastApplied {
    private static final String KUBECTL = "kubectl";
    private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
    private static final int MOST_BYTES_OF_ANNOTATIONS = 256 * 1024;

    private final FieldManager fields;
    private final ObjectNode live;
    private final boolean concerned;

    LastApplied(FieldManager fields, ObjectNode live, FieldWriter by) {
        this.fields = fields;
        this.live = live;
        this.concerned = by.manager().equals(KUBECTL);
    }

    /** The conflicts that remain. */
    List<Conflict> refused(List<Conflict> conflicts) {
        if (!concerned || conflicts.isEmpty()) {
            return conflicts;
        }
        var allowed = allowed();
        return conflicts.stream().filter(c -> !allowed.has(c.path())).toList();
    }

    /** The fields that the annotation holds and that are still as they were applied. */
    private FieldSet allowed() {
        try {
            var text = annotation(live);
            if (text.isEmpty()
                    || !(JsonMapper.shared().readTree(text) instanceof ObjectNode last)
                    || !Tree.text(last, "apiVersion").equals(fields.apiVersion())
                    || !ConfigCheck.mistakes(last, fields.shape()).isEmpty()) {
                return FieldSet.EMPTY;
            }
            var since = Comparison.of(last, live, fields.shape(), false);
            return Declared.by(last, fields.shape())
                    .difference(since.modified())
                    .difference(since.added())
                    .difference(since.removed());
        } catch (JacksonException | FieldsException _) {
            return FieldSet.EMPTY;
        }
    }

    private static String annotation(ObjectNode object) {
        return Tree.text(object, "metadata", "annotations", ANNOTATION);
    }

    /** Writes the annotation if there is one. */
    Applied keep(Applied applied, ObjectNode config) {
        if (!concerned || annotation(applied.object()).isEmpty()) {
            return applied;
        }
        var copy = applied.object().deepCopy();
        var annotations = Tree.childObject(Meta.of(copy), "annotations");
        annotations.put(ANNOTATION, text(config));
        long size = annotations.properties().stream()
                .mapToLong(a -> bytes(a.getKey()) + bytes(a.getValue().asString("")))
                .sum();
        if (size > MOST_BYTES_OF_ANNOTATIONS) {
            annotations.remove(ANNOTATION);
        }
        return new Applied(copy, applied.managed());
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String text(ObjectNode config) {
        var copy = config.deepCopy();
        if (Tree.at(copy, "metadata", "annotations") instanceof ObjectNode annotations) {
            annotations.remove(ANNOTATION);
            if (annotations.isEmpty()) {
                Meta.of(copy).remove("annotations");
            }
        }
        return new String(new ObjectEncoder().encodeUntyped(sorted(copy)), StandardCharsets.UTF_8) + "\n";
    }

    private static JsonNode sorted(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                var result = Tree.object();
                new TreeSet<>(object.propertyNames()).forEach(name -> result.set(name, sorted(object.get(name))));
                yield result;
            }
            case ArrayNode list -> {
                var result = Tree.array();
                list.forEach(e -> result.add(sorted(e)));
                yield result;
            }
            default -> node;
        };
    }
}
