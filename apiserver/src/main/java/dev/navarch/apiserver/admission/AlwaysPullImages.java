package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * Images are pulled at each start, so that nobody runs one that others have been granted (source: kubernetes
 * plugin/pkg/admission/alwayspullimages/admission.go).
 */
final class AlwaysPullImages implements AdmissionPlugin {
    private static final String POLICY = "imagePullPolicy";
    private static final String ALWAYS = "Always";

    @Override
    public String name() {
        return "AlwaysPullImages";
    }

    private static boolean concerns(AdmissionRequest request) {
        return request.group().isEmpty()
                && request.resource().equals("pods")
                && List.of("", "ephemeralcontainers").contains(request.subresource())
                && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE);
    }

    private static List<ObjectNode> containers(ObjectNode pod) {
        return Stream.of("containers", "initContainers", "ephemeralContainers")
                .flatMap(list -> Tree.objects(pod, "spec", list).stream())
                .toList();
    }

    /** The images that are mounted. */
    private static List<ObjectNode> images(ObjectNode pod) {
        return Tree.objects(pod, "spec", "volumes").stream()
                .filter(volume -> Tree.has(volume, "image"))
                .map(volume -> Tree.childObject(volume, "image"))
                .toList();
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (concerns(request)) {
            request.object().ifPresent(pod -> {
                containers(pod).forEach(c -> c.put(POLICY, ALWAYS));
                images(pod).forEach(i -> i.put("pullPolicy", ALWAYS));
            });
        }
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (concerns(request)) {
            request.object().ifPresent(pod -> {
                boolean all = containers(pod).stream()
                                .allMatch(c -> Tree.text(c, POLICY).equals(ALWAYS))
                        && images(pod).stream()
                                .allMatch(i -> Tree.text(i, "pullPolicy").equals(ALWAYS));
                if (!all) {
                    throw request.forbidden("Unsupported value: spec.containers.imagePullPolicy must be Always");
                }
            });
        }
    }
}
