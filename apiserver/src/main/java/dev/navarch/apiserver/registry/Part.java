package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.kinds.CertificateApproval;
import dev.navarch.api.kinds.PodEphemeralContainers;
import dev.navarch.api.kinds.PodResize;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Which part of an object a write may change. Everything else is put back as it was. */
enum Part {
    WHOLE("") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {
            resource.rules().prepareForUpdate(now, old);
        }
    },
    STATUS("status") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {
            resource.rules().prepareForStatusUpdate(now, old);
        }

        @Override
        List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
            return resource.rules().validateStatusUpdate(now, old);
        }
    },
    /** Of a pod: what a binding sets, which is the server's own doing. */
    BINDING("binding") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {}

        @Override
        List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
            return List.of();
        }
    },
    /** Of a namespace: {@code spec.finalizers} (source: kubernetes pkg/registry/core/namespace/strategy.go). */
    FINALIZE("finalize") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {
            var finalizers = Tree.strings(now, "spec", "finalizers");
            restore(now, old);
            var spec = Tree.childObject(now, "spec");
            spec.remove("finalizers");
            if (!finalizers.isEmpty()) {
                spec.set("finalizers", Tree.arrayOf(finalizers));
            }
        }

        @Override
        List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
            return List.of();
        }
    },
    /**
     * Of a CertificateSigningRequest: the conditions, and labels and annotations (source: kubernetes
     * pkg/registry/certificates/certificates/strategy.go, csrApprovalStrategy).
     */
    APPROVAL("approval") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {
            var conditions = Tree.at(now, "status", "conditions");
            var metadata = Tree.at(now, "metadata");
            restore(now, old);
            now.set("metadata", metadata);
            var status = Tree.childObject(now, "status");
            if (conditions.isMissingNode()) {
                status.remove("conditions");
            } else {
                status.set("conditions", conditions);
            }
        }

        @Override
        List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
            return CertificateApproval.validate(now, old);
        }
    },
    /** Of a pod: containers may be added (source: kubernetes pkg/registry/core/pod/strategy.go). */
    EPHEMERAL_CONTAINERS("ephemeralcontainers") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {
            var containers = Tree.at(now, "spec", "ephemeralContainers");
            restore(now, old);
            var spec = Tree.childObject(now, "spec");
            if (containers.isMissingNode()) {
                spec.remove("ephemeralContainers");
            } else {
                spec.set("ephemeralContainers", containers);
            }
            bumpGeneration(now, old);
        }

        @Override
        List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
            return PodEphemeralContainers.validate(now, old);
        }
    },
    /** Of a pod: the containers' resources. */
    RESIZE("resize") {
        @Override
        void prepare(ServedResource resource, ObjectNode now, ObjectNode old) {
            var wanted = now.deepCopy();
            restore(now, old);
            for (var containers : List.of("containers", "initContainers")) {
                for (var container : Tree.objects(now, "spec", containers)) {
                    Tree.objects(wanted, "spec", containers).stream()
                            .filter(c -> Tree.text(c, "name").equals(Tree.text(container, "name")))
                            .filter(c -> c.has("resources"))
                            .findFirst()
                            .ifPresent(c -> container.set("resources", c.get("resources")));
                }
            }
            bumpGeneration(now, old);
        }

        @Override
        List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
            return PodResize.validate(now, old);
        }
    };

    private final String subresource;

    Part(String subresource) {
        this.subresource = subresource;
    }

    String subresource() {
        return subresource;
    }

    abstract void prepare(ServedResource resource, ObjectNode now, ObjectNode old);

    List<FieldError> validate(ServedResource resource, ObjectNode now, ObjectNode old) {
        return resource.rules().validateUpdate(now, old);
    }

    private static void restore(ObjectNode now, ObjectNode old) {
        var version = Meta.resourceVersion(now);
        now.removeAll();
        now.setAll(old.deepCopy());
        Meta.of(now).put("resourceVersion", version);
    }

    private static void bumpGeneration(ObjectNode now, ObjectNode old) {
        if (Meta.generation(old) > 0 && !Tree.at(now, "spec").equals(Tree.at(old, "spec"))) {
            Meta.of(now).put("generation", Meta.generation(old) + 1);
        }
    }
}
