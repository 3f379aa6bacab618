package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Tree;

/**
 * New nodes take no pods until they are said to be ready: until then they have the taint that the node lifecycle
 * controller takes away. That closes the time between a node's first appearance and the controller's first look at it
 * (source: kubernetes plugin/pkg/admission/nodetaint/admission.go).
 */
final class NewNodeTaint implements AdmissionPlugin {
    private static final String KEY = "node.kubernetes.io/not-ready";
    private static final String EFFECT = "NoSchedule";

    @Override
    public String name() {
        return "TaintNodesByCondition";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var node = request.created("", "nodes");
        if (node.isEmpty()) {
            return;
        }
        var taints = Tree.childArray(Tree.childObject(node.get(), "spec"), "taints");
        for (var taint : taints) {
            if (Tree.text(taint, "key").equals(KEY)
                    && Tree.text(taint, "effect").equals(EFFECT)) {
                return;
            }
        }
        taints.addObject().put("key", KEY).put("effect", EFFECT);
    }
}
