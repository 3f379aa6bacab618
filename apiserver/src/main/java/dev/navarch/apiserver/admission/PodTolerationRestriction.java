package dev.navarch.apiserver.admission;

import dev.navarch.api.kinds.PodQos;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Adds the tolerations of a namespace to its pods', and refuses those that go beyond what the namespace allows. Upstream
 * answers the latter with an error of the server, we say that it is forbidden (source: kubernetes
 * plugin/pkg/admission/podtolerationrestriction/admission.go).
 */
final class PodTolerationRestriction implements AdmissionPlugin {
    private static final String DEFAULT = "scheduler.alpha.kubernetes.io/defaultTolerations";
    private static final String ALLOWED = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";
    private static final Toleration MEMORY_PRESSURE =
            new Toleration("node.kubernetes.io/memory-pressure", "Exists", "", "NoSchedule", OptionalLong.empty());
    private static final JsonMapper JSON = JsonMapper.shared();

    private final StoredObjects objects;
    private final PodTolerationSettings settings;

    PodTolerationRestriction(StoredObjects objects, PodTolerationSettings settings) {
        this.objects = objects;
        this.settings = settings;
    }

    @Override
    public String name() {
        return "PodTolerationRestriction";
    }

    private static Optional<ObjectNode> written(AdmissionRequest request) {
        boolean writes = request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE;
        return writes && request.isFor("", "pods") ? request.object() : Optional.empty();
    }

    @Override
    public void admit(AdmissionRequest request) {
        written(request).ifPresent(pod -> complete(request, pod));
    }

    private void complete(AdmissionRequest request, ObjectNode pod) {
        var tolerations = tolerations(pod);
        if (request.operation() == Operation.CREATE) {
            tolerations = Toleration.merged(
                    ofNamespace(request.namespace(), DEFAULT).orElse(settings.byDefault()), tolerations);
        }
        if (!PodQos.of(pod).equals("BestEffort")) {
            tolerations = Toleration.merged(tolerations, List.of(MEMORY_PRESSURE));
        }
        if (!tolerations.isEmpty()) {
            var all = Tree.childObject(pod, "spec").putArray("tolerations");
            tolerations.forEach(t -> all.add(t.tree()));
        }
    }

    @Override
    public void validate(AdmissionRequest request) {
        written(request).ifPresent(pod -> {
            var own = ofNamespace(request.namespace(), ALLOWED);
            var allowed = own.orElse(settings.allowed());
            var all = tolerations(pod);
            if (!allowed.isEmpty()
                    && !all.stream().allMatch(t -> allowed.stream().anyMatch(a -> a.covers(t)))) {
                throw request.forbidden("pod tolerations (possibly merged with namespace default tolerations) conflict"
                        + " with its " + (own.isPresent() ? "namespace" : "cluster") + " whitelist");
            }
        });
    }

    private static List<Toleration> tolerations(ObjectNode pod) {
        return Toleration.listOf(Tree.at(pod, "spec", "tolerations"));
    }

    /** What an annotation of the namespace says; empty if there is none. */
    private Optional<List<Toleration>> ofNamespace(String name, String annotation) {
        var namespace =
                objects.read("", "namespaces", "", name).orElseThrow(() -> ApiFailure.notFound("", "namespaces", name));
        var text = Meta.annotations(namespace).getOrDefault(annotation, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Toleration.listOf(JSON.readTree(text)));
        } catch (JacksonException e) {
            throw ApiFailure.internalError("namespace " + name + ": annotation " + annotation + " is not JSON");
        }
    }
}
