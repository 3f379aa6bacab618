package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;

/**
 * Gates new pods that carry {@value #KEY}: they are not scheduled until the controller of the same name has seen that
 * the workloads which the annotation names are ready. Ours alone: upstream has nothing like it.
 */
final class StartOrder implements AdmissionPlugin {
    static final String KEY = "navarch.dev/start-after";

    @Override
    public String name() {
        return "StartOrder";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var created = request.created("", "pods");
        if (created.isEmpty()) {
            return;
        }
        var pod = created.get();
        var after = Meta.annotations(pod).get(KEY);
        var spec = Tree.childObject(pod, "spec");
        if (after == null || after.isBlank() || !Tree.text(spec, "nodeName").isEmpty()) {
            return;
        }
        var gates = Tree.childArray(spec, "schedulingGates");
        for (var gate : gates) {
            if (Tree.text(gate, "name").equals(KEY)) {
                return;
            }
        }
        gates.addObject().put("name", KEY);
    }
}
