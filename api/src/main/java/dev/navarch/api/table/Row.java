package dev.navarch.api.table;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.api.values.Timestamps;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * An object as the functions of columns read it. Paths are names joined by dots.
 *
 * @param now as of when ages are told
 */
record Row(JsonNode object, Instant now) {
    static final String NONE = "<none>";
    static final String UNSET = "<unset>";
    static final String UNKNOWN = "<unknown>";

    JsonNode at(String path) {
        JsonNode node = object;
        for (String name : path.split("\\.")) {
            node = node.path(name);
        }
        return node;
    }

    String text(String path) {
        return at(path).asString("");
    }

    /** The text, or another where it is absent or empty. */
    String text(String path, String otherwise) {
        String text = text(path);
        return text.isEmpty() ? otherwise : text;
    }

    long number(String path) {
        return at(path).asLong(0);
    }

    boolean isTrue(String path) {
        return at(path).asBoolean(false);
    }

    boolean has(String path) {
        JsonNode node = at(path);
        return !node.isMissingNode() && !node.isNull();
    }

    int size(String path) {
        return at(path).isContainer() ? at(path).size() : 0;
    }

    /** Part of the object as a row of its own. */
    Row below(JsonNode part) {
        return new Row(part, now);
    }

    /** The items of a list. */
    List<Row> items(String path) {
        List<Row> items = new ArrayList<>();
        if (at(path).isArray()) {
            at(path).forEach(item -> items.add(below(item)));
        }
        return items;
    }

    String age() {
        return since("metadata.creationTimestamp");
    }

    /** How long ago a time was. */
    String since(String path) {
        return time(path)
                .map(time -> HumanDuration.of(Duration.between(time, now)))
                .orElse(UNKNOWN);
    }

    Optional<Instant> time(String path) {
        return Timestamps.parse(text(path));
    }

    boolean isBeingDeleted() {
        return has("metadata.deletionTimestamp");
    }

    /** Whether a condition of the status is true. */
    boolean condition(String type) {
        return items("status.conditions").stream()
                .anyMatch(condition -> condition.text("type").equals(type)
                        && condition.text("status").equals("True"));
    }

    /** A map of labels, {@code a=b,c=d}. */
    String labels(String path) {
        TreeMap<String, String> labels = new TreeMap<>();
        at(path).properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        return labels.isEmpty()
                ? NONE
                : labels.entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(","));
    }

    /** A label selector in its object form. */
    String selector(String path) {
        try {
            String text = LabelSelector.ofObject(at(path)).toString();
            return text.isEmpty() ? NONE : text;
        } catch (SelectorException _) {
            return "<error>";
        }
    }

    /** The same field of each item of a list, joined by commas. */
    String each(String path, String field) {
        return items(path).stream().map(item -> item.text(field)).collect(Collectors.joining(","));
    }

    /** The texts of a list. */
    List<String> texts(String path) {
        return StreamSupport.stream(at(path).spliterator(), false)
                .map(item -> item.asString(""))
                .toList();
    }

    /** A few of many, {@code a,b,c + 4 more...}. */
    static String few(List<String> all, int most, String otherwise) {
        if (all.isEmpty()) {
            return otherwise;
        }
        String shown = all.stream().limit(most).collect(Collectors.joining(","));
        return all.size() > most ? shown + " + " + (all.size() - most) + " more..." : shown;
    }
}
