package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * The managers of an object's fields, as {@code metadata.managedFields} lists them (source: apimachinery
 * pkg/util/managedfields/internal/managedfields.go). For one write.
 */
final class Managed {
    private static final String FIELDS_TYPE = "FieldsV1";

    private static final Comparator<Entry> ORDER = Comparator.comparing((Entry e) -> e.id.operation())
            .thenComparing(Entry::time)
            .thenComparing(e -> e.id.manager())
            .thenComparing(Entry::apiVersion)
            .thenComparing(e -> e.id.subresource());

    private final Map<ManagerId, Entry> entries = new LinkedHashMap<>();

    /**
     * @param apiVersion in which the fields are to be read
     * @param time of the last change in RFC 3339; empty for unknown
     */
    record Entry(ManagerId id, String apiVersion, Fields fields, String time) {
        Entry with(Fields other) {
            return other == fields ? this : new Entry(id, apiVersion, other, time);
        }

        Entry at(String now) {
            return new Entry(id, apiVersion, fields, now);
        }
    }

    /**
     * Reads a list of entries. The sets themselves are not read.
     *
     * @throws FieldsException if it is not what a server could have written
     */
    static Managed read(JsonNode list, FieldsTexts texts) {
        var managed = new Managed();
        for (var written : list) {
            managed.put(entry(written, texts));
        }
        return managed;
    }

    private static Entry entry(JsonNode written, FieldsTexts texts) {
        var operation = Tree.text(written, "operation");
        if (!operation.equals(ManagerId.APPLY) && !operation.equals(ManagerId.UPDATE)) {
            throw new FieldsException("operation must be `Apply` or `Update`");
        }
        var apiVersion = Tree.text(written, "apiVersion");
        if (apiVersion.isEmpty()) {
            throw new FieldsException("apiVersion must not be empty");
        }
        if (!Tree.text(written, "fieldsType").equals(FIELDS_TYPE)) {
            throw new FieldsException("invalid fieldsType");
        }
        var id = new ManagerId(
                Tree.text(written, "manager"),
                operation,
                operation.equals(ManagerId.APPLY) ? "" : apiVersion,
                Tree.text(written, "subresource"));
        return new Entry(id, apiVersion, texts.of(written.path("fieldsV1")), Tree.text(written, "time"));
    }

    /** Reads the sets too. */
    void readSets() {
        entries.values().forEach(e -> e.fields.set());
    }

    /** An entry without fields is not kept. */
    void put(Entry entry) {
        entries.put(entry.id, entry);
    }

    void remove(ManagerId id) {
        entries.remove(id);
    }

    @Nullable
    Entry get(ManagerId id) {
        return entries.get(id);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    List<Entry> all() {
        return new ArrayList<>(entries.values());
    }

    Managed copy() {
        var copy = new Managed();
        copy.entries.putAll(entries);
        return copy;
    }

    private List<Entry> sorted() {
        var sorted = all();
        sorted.sort(ORDER);
        return sorted;
    }

    /** Whether this is the list, whatever the times. */
    boolean sameButTimes(JsonNode list, FieldsTexts texts) {
        var mine = sorted();
        if (mine.size() != list.size()) {
            return false;
        }
        for (int i = 0; i < mine.size(); i++) {
            var other = entry(list.get(i), texts);
            var one = mine.get(i);
            if (!one.id.equals(other.id)
                    || !one.apiVersion.equals(other.apiVersion)
                    || !one.fields.text().equals(other.fields.text())) {
                return false;
            }
        }
        return true;
    }

    /** As {@code metadata.managedFields}. */
    ArrayNode write(FieldsTexts texts) {
        var list = Tree.array();
        for (var entry : sorted()) {
            var written = list.addObject();
            written.put("manager", entry.id.manager());
            written.put("operation", entry.id.operation());
            written.put("apiVersion", entry.apiVersion);
            if (!entry.time.isEmpty()) {
                written.put("time", entry.time);
            }
            written.put("fieldsType", FIELDS_TYPE);
            texts.remember(entry.fields);
            written.set("fieldsV1", entry.fields.text().node());
            if (!entry.id.subresource().isEmpty()) {
                written.put("subresource", entry.id.subresource());
            }
        }
        return list;
    }
}
