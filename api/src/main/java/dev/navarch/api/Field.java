package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A field of an object.
 *
 * @param name in JSON
 * @param schema of its value
 * @param required whether the published schema demands it
 * @param pointer whether Go tells an absent value from a zero one
 * @param omittedWhenEmpty whether Go leaves it out when it is empty; else an absent one is written as its zero value
 * @param numbers the field's number in the protobuf form, after those of the messages around it if Go embeds the struct
 *     that it is in; empty if that form does not have it
 * @param topology how writers share a map or an object under server-side apply ({@code x-kubernetes-map-type}):
 *     {@code atomic}, {@code granular}, or nothing, which leaves it to the type
 * @param patchStrategies of strategic merge patch: any of {@code merge}, {@code replace}, {@code retainKeys}
 * @param patchMergeKey of strategic merge patch, for lists of objects with the strategy {@code merge}; else empty
 * @param defaultJson the default as JSON text
 */
public record Field(
        String name,
        Schema schema,
        boolean required,
        boolean pointer,
        boolean omittedWhenEmpty,
        List<Integer> numbers,
        String topology,
        Set<String> patchStrategies,
        String patchMergeKey,
        Optional<String> defaultJson) {

    public Field {
        requireNonNull(name, "name");
        requireNonNull(schema, "schema");
        requireNonNull(topology, "topology");
        requireNonNull(patchMergeKey, "patchMergeKey");
        requireNonNull(defaultJson, "defaultJson");
        numbers = List.copyOf(numbers);
        patchStrategies = Set.copyOf(patchStrategies);
    }

    /** Whether one writer owns a map or an object in this field as a whole. */
    public boolean atomic() {
        return topology.equals("atomic")
                || topology.isEmpty() && schema instanceof ObjectSchema object && object.atomic();
    }

    /** The field's number in the message that it is in, in the protobuf form; 0 for none. */
    public int number() {
        return numbers.isEmpty() ? 0 : numbers.getLast();
    }
}
