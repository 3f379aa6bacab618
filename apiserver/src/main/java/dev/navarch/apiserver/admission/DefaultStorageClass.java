package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.Comparator;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A claim that says nothing about its class gets the default one: of several the youngest, of one age the first by name
 * (source: kubernetes plugin/pkg/admission/storage/storageclass/setdefault/admission.go,
 * pkg/volume/util/storageclass.go).
 */
final class DefaultStorageClass implements AdmissionPlugin {
    static final String OLD_CLASS = "volume.beta.kubernetes.io/storage-class";
    private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";
    private static final String BETA_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class";

    private final StoredObjects objects;

    DefaultStorageClass(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "DefaultStorageClass";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var created = request.created("", "persistentvolumeclaims");
        if (created.isEmpty()) {
            return;
        }
        var claim = created.get();
        var spec = Tree.childObject(claim, "spec");
        if (spec.hasNonNull("storageClassName")
                || !Tree.at(claim, "metadata", "annotations", OLD_CLASS).isMissingNode()) {
            return;
        }
        byDefault().ifPresent(c -> spec.put("storageClassName", Meta.name(c)));
    }

    private Optional<ObjectNode> byDefault() {
        return objects.list("storage.k8s.io", "storageclasses", "").stream()
                .filter(c -> isTrue(c, DEFAULT) || isTrue(c, BETA_DEFAULT))
                .min(Comparator.comparing((ObjectNode c) -> Tree.text(c, "metadata", "creationTimestamp"))
                        .reversed()
                        .thenComparing(Meta::name));
    }

    private static boolean isTrue(ObjectNode storageClass, String annotation) {
        return Tree.text(storageClass, "metadata", "annotations", annotation).equals("true");
    }
}
