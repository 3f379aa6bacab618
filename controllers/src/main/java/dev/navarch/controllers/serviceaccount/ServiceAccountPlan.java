package dev.navarch.controllers.serviceaccount;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.List;

/** Which accounts every namespace has. */
final class ServiceAccountPlan {
    static final List<String> NAMES = List.of("default");

    private ServiceAccountPlan() {}

    static boolean wants(Namespace namespace) {
        return !Pods.isDeleting(namespace)
                && (namespace.getStatus() == null
                        || !"Terminating".equals(namespace.getStatus().getPhase()));
    }

    static ServiceAccount account(String namespace, String name) {
        return new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .build();
    }
}
