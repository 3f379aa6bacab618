package dev.navarch.embedded;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.client.Json;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;

/**
 * What the first cluster of a process has to load, on a thread of its own: until the API server is there, a start is one
 * thread's work, and most of a machine would wait for it. Later starts find all of it done.
 */
final class Preloading {
    static {
        Thread.ofPlatform().name("navarch-preloading").daemon().start(Preloading::load);
    }

    private Preloading() {}

    /** Does nothing but for the first time. */
    static void begin() {
        // the class's initialization does
    }

    /** Once the first cluster is ready: its clients are about to connect. */
    static void goOn() {
        Clients.begin();
    }

    private static final class Clients {
        static {
            Thread.ofPlatform().name("navarch-preloading-tls").daemon().start(Clients::load);
        }

        static void begin() {
            // the class's initialization does
        }

        private static void load() {
            ApiServer.preloadTls();
            EmbeddedCertificates.preload();
        }
    }

    /** In the order in which they are wanted; the models are those of objects that every cluster has. */
    @SuppressWarnings("unchecked") // of the array of models
    private static void load() {
        Beginning.preload();
        ApiServer.preload();
        Json.preload(
                Namespace.class,
                Service.class,
                ClusterRole.class,
                ClusterRoleBinding.class,
                Node.class,
                Lease.class,
                ServiceAccount.class,
                ConfigMap.class);
    }
}
