package dev.navarch.controllers.deployment;

import dev.navarch.controllers.ContentHash;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.HashMap;

/** Tells pod templates apart: a hash for names and labels, and equality without it. */
final class TemplateHash {
    static final String LABEL = "pod-template-hash";

    private TemplateHash() {}

    /** @param collisions how often the hash of this template met another one's */
    static String of(PodTemplateSpec template, int collisions) {
        return ContentHash.of(ContentHash.canonical(template), collisions);
    }

    /** The hash that a set was named with; empty if it has none. */
    static String of(ReplicaSet set) {
        var labels = set.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(LABEL, "");
    }

    static boolean same(PodTemplateSpec a, PodTemplateSpec b) {
        return without(a).equals(without(b));
    }

    /** The template of a set as its deployment has it. */
    static PodTemplateSpec without(PodTemplateSpec template) {
        var meta = template.getMetadata();
        if (meta == null || meta.getLabels() == null || !meta.getLabels().containsKey(LABEL)) {
            return template;
        }
        var labels = new HashMap<>(meta.getLabels());
        labels.remove(LABEL);
        return new PodTemplateSpecBuilder(template)
                .editMetadata()
                .withLabels(labels)
                .endMetadata()
                .build();
    }
}
