package dev.navarch.api.kinds;

import dev.navarch.api.ResourceType;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the author of an object should know although it is accepted: fields that do nothing any more, values that will
 * surprise. The trees are in the stored form and valid, and are not changed.
 *
 * <p>Source: apiserver pkg/registry/rest (WarningsOnCreate, WarningsOnUpdate of the strategies).
 */
public interface KindWarnings {
    /** In the order in which they are to be told; empty for most objects. */
    List<String> onCreate(ObjectNode now);

    List<String> onUpdate(ObjectNode now, ObjectNode old);

    /** The warnings of all versions of a kind; none of kinds that are not built in. */
    static KindWarnings of(ResourceType stored) {
        return Warnings.of(stored.group() + "/" + stored.kind());
    }
}
