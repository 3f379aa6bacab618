package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.TimeSource;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stores objects as another server had them, with their uids, times, states and managers of fields, past admission and
 * validation: what was accepted there is not judged again. Fields that the kind does not have are dropped, and missing ones
 * get their defaults.
 */
final class Loading {
    private final Resources resources;
    private final Objects objects;
    private final Bodies bodies;
    private final TimeSource time;
    private final RandomGenerator random;

    Loading(Resources resources, Objects objects, Bodies bodies, TimeSource time, RandomGenerator random) {
        this.resources = resources;
        this.objects = objects;
        this.bodies = bodies;
        this.time = time;
        this.random = random;
    }

    /**
     * Puts an object into the place of what is there under its name, if anything is.
     *
     * @return false if its kind is not known here
     * @throws ApiFailure if it can't be read
     */
    boolean load(ObjectNode object) {
        var found = resources.ofKind(Tree.text(object, "apiVersion"), Tree.text(object, "kind"));
        if (found.isEmpty()) {
            return false;
        }
        var served = found.get();
        var stored = served.form().stored(conformed(object, served));
        var resource = served.stored();
        resource.rules().defaults(stored);
        complete(stored, resource);
        put(resource.key(Meta.namespace(stored), Meta.name(stored)), resource, stored);
        return true;
    }

    private ObjectNode conformed(ObjectNode object, ServedResource served) {
        try {
            return bodies.conform(object, served.type().schema()).tree();
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }

    private void complete(ObjectNode object, ServedResource resource) {
        var meta = Meta.of(object);
        meta.remove("resourceVersion");
        if (!resource.type().namespaced()) {
            meta.remove("namespace");
        } else if (Meta.namespace(object).isEmpty()) {
            meta.put("namespace", "default");
        }
        if (Meta.uid(object).isEmpty()) {
            meta.put("uid", WriteVerbs.uid(random));
        }
        if (!meta.hasNonNull("creationTimestamp")) {
            meta.put("creationTimestamp", Meta.time(time.now()));
        }
    }

    private void put(String key, ServedResource resource, ObjectNode object) {
        while (true) {
            var draft = objects.draft(resource, object);
            var there = objects.store().get(key);
            var write = there.<Write>map(old -> new Write.Update(key, old.revision(), draft))
                    .orElseGet(() -> new Write.Create(key, draft));
            if (objects.store().write(write) instanceof WriteResult.Committed) {
                return;
            }
        }
    }
}
