package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes of the server in its own name. */
final class OwnObjects {
    private static final User SELF = new User("system:apiserver", List.of(User.MASTERS));

    private final Resources resources;
    private final Objects objects;
    private final WriteVerbs writes;
    private final DeleteVerbs deletes;

    OwnObjects(Resources resources, Objects objects, WriteVerbs writes, DeleteVerbs deletes) {
        this.resources = resources;
        this.objects = objects;
        this.writes = writes;
        this.deletes = deletes;
    }

    /** Whether the resource is switched on. */
    boolean served(String group, String plural) {
        return resources.find(group, "v1", plural).isPresent();
    }

    /** The tree is shared: not to be changed. */
    Optional<ObjectNode> read(String group, String plural, String namespace, String name) {
        return objects.read(group, plural, namespace, name);
    }

    /** The trees are shared: not to be changed. */
    List<ObjectNode> list(String group, String plural, String namespace) {
        return objects.list(group, plural, namespace);
    }

    private Target target(String group, String plural, String namespace, String name, Part part) {
        var resource = resources.of(group, plural);
        var tracking = resource.ownTracking(part.subresource());
        return new Target(resource, namespace, name, part, part.subresource(), SELF, false, tracking);
    }

    /** Does nothing if there is one. */
    void create(String group, String plural, String namespace, ObjectNode object) throws InterruptedException {
        try {
            writes.create(target(group, plural, namespace, Meta.name(object), Part.WHOLE), object);
        } catch (ApiFailure e) {
            if (e.code() != 409) {
                throw e;
            }
        }
    }

    /**
     * Creates those that are missing of objects that are known to be valid: admission and validation
     * are not asked. All at once, so that they share the store's commits.
     */
    void provide(String manager, List<ObjectNode> wanted) throws InterruptedException {
        List<Callable<Boolean>> missing = new ArrayList<>();
        for (var object : wanted) {
            var resource = resources
                    .ofKind(Tree.text(object, "apiVersion"), Tree.text(object, "kind"))
                    .filter(served -> objects.find(served, Meta.namespace(object), Meta.name(object))
                            .isEmpty());
            if (resource.isPresent()) {
                missing.add(writes.provided(resource.get(), manager, object));
            }
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var created : threads.invokeAll(missing)) {
                created.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("The server's own objects could not be created", e.getCause());
        }
    }

    /** @param edit is given a copy of its own */
    void change(String group, String plural, String namespace, String name, Part part, UnaryOperator<ObjectNode> edit)
            throws InterruptedException {
        writes.change(target(group, plural, namespace, name, part), false, old -> edit.apply(old.deepCopy()));
    }

    /** Does nothing if there is none. */
    void delete(String group, String plural, String namespace, String name) throws InterruptedException {
        try {
            deletes.delete(SELF, resources.of(group, plural), namespace, name, DeleteOptions.NONE);
        } catch (ApiFailure e) {
            if (e.code() != 404) {
                throw e;
            }
        }
    }
}
