package dev.navarch.apiserver.patch;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A patch whose body has more than it should; whoever validates strictly complains of it. */
record StrictPatch(Patch patch, List<String> problems) implements Patch {
    static Patch of(Patch patch, List<String> problems) {
        return problems.isEmpty() ? patch : new StrictPatch(patch, List.copyOf(problems));
    }

    @Override
    public ObjectNode apply(ObjectNode object) {
        return patch.apply(object);
    }
}
