package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pods that say nothing about it tolerate a node that is not ready or not reachable for five minutes (source:
 * kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go).
 */
final class DefaultTolerationSeconds implements AdmissionPlugin {
    private static final int SECONDS = 300;

    @Override
    public String name() {
        return "DefaultTolerationSeconds";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                || !request.isFor("", "pods")
                || request.object().isEmpty()) {
            return;
        }
        var spec = Tree.childObject(request.object().get(), "spec");
        tolerate(spec, "node.kubernetes.io/not-ready");
        tolerate(spec, "node.kubernetes.io/unreachable");
    }

    private static void tolerate(ObjectNode spec, String taint) {
        for (var toleration : Tree.objects(spec, "tolerations")) {
            var key = Tree.text(toleration, "key");
            var effect = Tree.text(toleration, "effect");
            if ((key.equals(taint) || key.isEmpty()) && (effect.equals("NoExecute") || effect.isEmpty())) {
                return;
            }
        }
        Tree.childArray(spec, "tolerations")
                .addObject()
                .put("key", taint)
                .put("operator", "Exists")
                .put("effect", "NoExecute")
                .put("tolerationSeconds", SECONDS);
    }
}
