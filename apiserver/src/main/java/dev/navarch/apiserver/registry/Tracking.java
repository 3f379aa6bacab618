package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.fields.FieldWriter;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.node.ObjectNode;

/** What a write does to {@code metadata.managedFields}. */
@FunctionalInterface
interface Tracking {
    /** Managed fields are what the write itself made them. */
    Tracking DONE = (live, now) -> {};

    /** The write has no manager: managed fields stay as they were. */
    Tracking NONE = (live, now) -> {
        var were = Tree.at(live, "metadata", "managedFields");
        if (were.isMissingNode()) {
            Meta.of(now).remove("managedFields");
        } else {
            Meta.of(now).set("managedFields", were);
        }
    };

    /** The name under which the server itself writes. */
    String SERVER = "kube-apiserver";

    /** The fields that change are the writer's. */
    static Tracking of(FieldManager fields, FieldWriter by) {
        return (live, now) -> fields.update(live, now, by);
    }

    /**
     * Sets the managed fields of an object's next state.
     *
     * @param live in the stored form; empty if there was none; not changed
     * @param now in the stored form, with defaults
     */
    void track(ObjectNode live, ObjectNode now);
}
