package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How to delete.
 *
 * @param grace empty for the object's own; zero removes at once
 * @param uid precondition; empty for any
 * @param resourceVersion precondition; empty for any
 */
public record DeleteOptions(
        Optional<Duration> grace,
        Optional<String> uid,
        Optional<String> resourceVersion,
        Optional<Propagation> propagation) {

    /** What happens to the objects that the deleted one owns. */
    public enum Propagation {
        BACKGROUND("Background"),
        FOREGROUND("Foreground"),
        ORPHAN("Orphan");

        private final String text;

        Propagation(String text) {
            this.text = text;
        }
    }

    private static final DeleteOptions NONE =
            new DeleteOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public static DeleteOptions none() {
        return NONE;
    }

    /** Deletes this very object and no later one of its name. */
    public static DeleteOptions exactly(HasMetadata object) {
        return NONE.uid(object.getMetadata().getUid());
    }

    public DeleteOptions grace(Duration grace) {
        return new DeleteOptions(Optional.of(grace), uid, resourceVersion, propagation);
    }

    public DeleteOptions uid(String uid) {
        return new DeleteOptions(grace, Optional.of(uid), resourceVersion, propagation);
    }

    public DeleteOptions resourceVersion(String resourceVersion) {
        return new DeleteOptions(grace, uid, Optional.of(resourceVersion), propagation);
    }

    public DeleteOptions propagation(Propagation propagation) {
        return new DeleteOptions(grace, uid, resourceVersion, Optional.of(propagation));
    }

    ObjectNode toTree() {
        var tree = JsonNodeFactory.instance.objectNode();
        tree.put("kind", "DeleteOptions").put("apiVersion", "v1");
        grace.ifPresent(g -> tree.put("gracePeriodSeconds", g.toSeconds()));
        if (uid.isPresent() || resourceVersion.isPresent()) {
            var preconditions = tree.putObject("preconditions");
            uid.ifPresent(u -> preconditions.put("uid", u));
            resourceVersion.ifPresent(v -> preconditions.put("resourceVersion", v));
        }
        propagation.ifPresent(p -> tree.put("propagationPolicy", p.text));
        return tree;
    }
}
