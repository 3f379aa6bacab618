package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a write to {@code /ephemeralcontainers} may change in a pod: containers are added, never changed or taken away.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodEphemeralContainersUpdate).
 */
public final class PodEphemeralContainers {
    private PodEphemeralContainers() {}

    /** Everything that is wrong with such a write. */
    public static List<FieldError> validate(ObjectNode now, ObjectNode old) {
        if (At.root(old).at("metadata", "annotations").key(PodRules.MIRROR).isSet()) {
            return List.of(FieldError.forbidden("", "static pods do not support ephemeral containers"));
        }
        Problems problems = new Problems();
        PodRules.check(At.root(now), problems);
        At list = At.root(now).at("spec", "ephemeralContainers");
        for (At before : At.root(old).at("spec", "ephemeralContainers").items()) {
            String name = before.at("name").text();
            At after = named(list, name);
            if (!after.isSet()) {
                problems.forbidden(list, "existing ephemeral containers \"" + name + "\" may not be removed\n");
            } else if (!Trees.same(after.node(), before.node())) {
                problems.forbidden(list, "existing ephemeral containers \"" + name + "\" may not be changed\n");
            }
        }
        return problems.list();
    }

    private static At named(At list, String name) {
        for (At item : list.items()) {
            if (item.at("name").is(name)) {
                return item;
            }
        }
        return list.item(list.size());
    }
}
