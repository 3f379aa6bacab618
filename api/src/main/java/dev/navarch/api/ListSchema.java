package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A list.
 *
 * @param element what each element looks like
 * @param declared how writers share the list; empty where upstream declares nothing, which means {@link ListType#ATOMIC}
 * @param keys names of the fields that tell elements apart; empty unless {@link ListType#MAP}
 * @param goType see {@link Schema#goType()}
 */
public record ListSchema(Schema element, Optional<ListType> declared, List<String> keys, String goType)
        implements Schema {

    public ListSchema {
        requireNonNull(element, "element");
        requireNonNull(declared, "declared");
        requireNonNull(goType, "goType");
        keys = List.copyOf(keys);
    }

    public ListType type() {
        return declared.orElse(ListType.ATOMIC);
    }
}
