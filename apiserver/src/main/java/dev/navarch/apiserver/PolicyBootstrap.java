package dev.navarch.apiserver;

import dev.navarch.apiserver.authz.BootstrapPolicy;
import dev.navarch.storage.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import tools.jackson.databind.node.ObjectNode;

/** Creates, at start, the roles and bindings that are missing. Those that are there are left as they are. */
final class PolicyBootstrap {
    private static final String GROUP = "rbac.authorization.k8s.io";

    private final BootstrapPolicy policy;
    private final Store store;
    private final OwnRequests requests;

    PolicyBootstrap(BootstrapPolicy policy, Store store, OwnRequests requests) {
        this.policy = policy;
        this.store = store;
        this.requests = requests;
    }

    /** All at once, so that they share the store's commits. */
    void run() throws InterruptedException {
        List<Callable<Void>> missing = new ArrayList<>();
        policy.clusterRoles().forEach(role -> add(missing, "clusterroles", role));
        policy.clusterRoleBindings().forEach(binding -> add(missing, "clusterrolebindings", binding));
        policy.roles().forEach(role -> add(missing, "roles", role));
        policy.roleBindings().forEach(binding -> add(missing, "rolebindings", binding));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var created : threads.invokeAll(missing)) {
                created.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("The default roles could not be created", e.getCause());
        }
    }

    private void add(List<Callable<Void>> tasks, String resource, ObjectNode object) {
        var name = object.path("metadata").path("name").asString();
        var namespace = object.path("metadata").path("namespace").asString("");
        var within = namespace.isEmpty() ? "" : namespace + "/";
        if (store.get("/registry/" + GROUP + "/" + resource + "/" + within + name)
                .isPresent()) {
            return;
        }
        tasks.add(() -> {
            requests.create(
                    "/apis/" + GROUP + "/v1/" + (namespace.isEmpty() ? "" : "namespaces/" + within) + resource, object);
            return null;
        });
    }
}
