package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A pod that gets a node gets that node's zone and region as labels too, so that its containers may ask for them. A
 * binding hands them on to its pod (source: kubernetes plugin/pkg/admission/podtopologylabels/admission.go).
 */
final class PodTopologyLabels implements AdmissionPlugin {
    private static final List<String> LABELS = List.of("topology.kubernetes.io/zone", "topology.kubernetes.io/region");

    private final StoredObjects objects;

    PodTopologyLabels(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "PodTopologyLabels";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() != Operation.CREATE
                || !request.resource().equals("pods")
                || !request.group().isEmpty()
                || request.object().isEmpty()) {
            return;
        }
        var object = request.object().get();
        switch (request.subresource()) {
            case "" -> label(object, Tree.text(object, "spec", "nodeName"));
            case "binding" -> {
                if (Tree.text(object, "target", "kind").equals("Node")) {
                    label(object, Tree.text(object, "target", "name"));
                }
            }
            default -> {}
        }
    }

    /** What the object says itself, stays. */
    private void label(ObjectNode object, String nodeName) {
        if (nodeName.isEmpty()) {
            return;
        }
        var node = objects.read("", "nodes", "", nodeName);
        if (node.isEmpty()) {
            return;
        }
        var given = Meta.labels(node.get());
        for (var key : LABELS) {
            if (given.containsKey(key)) {
                var labels = Tree.childObject(Meta.of(object), "labels");
                if (!labels.has(key)) {
                    labels.put(key, given.get(key));
                }
            }
        }
    }
}
