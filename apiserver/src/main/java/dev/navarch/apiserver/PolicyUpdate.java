package dev.navarch.apiserver;

import dev.navarch.apiserver.authz.PolicyReconciliation;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Store;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Adds, at start, to the default roles and bindings that are there what they lack. One that is annotated {@code
 * rbac.authorization.kubernetes.io/autoupdate: "false"} is left as it is.
 */
final class PolicyUpdate {
    private static final String GROUP = "rbac.authorization.k8s.io";

    private final JsonMapper json = JsonMapper.shared();
    private final Store store;
    private final OwnRequests requests;

    PolicyUpdate(Store store, OwnRequests requests) {
        this.store = store;
        this.requests = requests;
    }

    /** Those that are missing are not created. */
    void of(List<ObjectNode> policy) throws InterruptedException {
        for (var object : policy) {
            var resource = object.path("kind").asString().toLowerCase(Locale.ROOT) + "s";
            var namespace = Meta.namespace(object);
            var within = namespace.isEmpty() ? "" : namespace + "/";
            var name = Meta.name(object);
            var stored = store.get("/registry/" + GROUP + "/" + resource + "/" + within + name);
            if (stored.isPresent()) {
                var collection =
                        "/apis/" + GROUP + "/v1/" + (namespace.isEmpty() ? "" : "namespaces/" + within) + resource;
                update(collection, name, (ObjectNode) json.readTree(stored.get().value()), object);
            }
        }
    }

    private void update(String collection, String name, ObjectNode stored, ObjectNode expected)
            throws InterruptedException {
        if (collection.endsWith("bindings") && PolicyReconciliation.bindsAnother(stored, expected)) {
            requests.delete(collection + "/" + name);
            requests.create(collection, expected);
            return;
        }
        var changed = PolicyReconciliation.change(stored, expected);
        if (changed.isPresent()) {
            requests.update(collection + "/" + name, changed.get());
        }
    }
}
