package dev.navarch.api;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Takes out of an object what is not known, where more than its schema's own fields says what that is. */
@FunctionalInterface
public interface Pruner {
    /**
     * @param object is changed
     * @return the paths of what was taken out, such as {@code spec.list[0].other}
     */
    List<String> prune(ObjectNode object);
}
