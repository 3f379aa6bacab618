package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;

/**
 * An ingress that says nothing about its class gets the default one (source: kubernetes
 * plugin/pkg/admission/network/defaultingressclass/admission.go).
 */
final class DefaultIngressClass implements AdmissionPlugin {
    private static final String DEFAULT = "ingressclass.kubernetes.io/is-default-class";
    private static final String OLD_CLASS = "kubernetes.io/ingress.class";

    private final StoredObjects objects;

    DefaultIngressClass(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "DefaultIngressClass";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var created = request.created("networking.k8s.io", "ingresses");
        if (created.isEmpty()) {
            return;
        }
        var ingress = created.get();
        if (Tree.has(ingress, "spec", "ingressClassName")
                || Meta.annotations(ingress).containsKey(OLD_CLASS)) {
            return;
        }
        var defaults = objects.list("networking.k8s.io", "ingressclasses", "").stream()
                .filter(c -> "true".equals(Meta.annotations(c).get(DEFAULT)))
                .toList();
        if (defaults.size() > 1) {
            throw request.forbidden(
                    ApiFailure.internalError(defaults.size() + " default IngressClasses were found, only 1 allowed")
                            .status()
                            .message());
        }
        defaults.forEach(c -> Tree.childObject(ingress, "spec").put("ingressClassName", Meta.name(c)));
    }
}
