package dev.navarch.controllers.rootca;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.Map;

/** What the published map looks like. source: kubernetes pkg/controller/certificates/rootcacertpublisher/publisher.go. */
final class RootCaPlan {
    static final String NAME = "kube-root-ca.crt";
    private static final String DESCRIPTION = "kubernetes.io/description";
    private static final String TEXT = "Contains a CA bundle that can be used to verify the kube-apiserver when using"
            + " internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is"
            + " guaranteed across distributions of Kubernetes clusters.";

    private RootCaPlan() {}

    static ConfigMap map(String namespace, String authority) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(NAME)
                .addToAnnotations(DESCRIPTION, TEXT)
                .endMetadata()
                .addToData("ca.crt", authority)
                .build();
    }

    static boolean isRight(ConfigMap map, String authority) {
        var annotations = map.getMetadata().getAnnotations();
        return Map.of("ca.crt", authority).equals(map.getData())
                && annotations != null
                && TEXT.equals(annotations.get(DESCRIPTION));
    }

    static ConfigMap repaired(ConfigMap map, String authority) {
        return new ConfigMapBuilder(map)
                .editMetadata()
                .addToAnnotations(DESCRIPTION, TEXT)
                .endMetadata()
                .withData(Map.of("ca.crt", authority))
                .build();
    }
}
