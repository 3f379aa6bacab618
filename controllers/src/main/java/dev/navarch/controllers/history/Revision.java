package dev.navarch.controllers.history;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Json;
import dev.navarch.controllers.ContentHash;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one ControllerRevision holds: the pod template of its owner, as the strategic merge patch that brings it back.
 *
 * <p>source: kubernetes pkg/controller/history/controller_history.go, pkg/controller/daemon/update.go (getPatch) and
 * pkg/controller/statefulset/stateful_set_utils.go (getPatch, ApplyRevision).
 */
public final class Revision {
    /** Label of pods: which revision they are of. */
    public static final String POD_LABEL = "controller-revision-hash";

    private static final int LONGEST_PREFIX = 223;

    private Revision() {}

    /**
     * A revision that is not on the server yet.
     *
     * @param hashLabel where the hash is noted on the revision itself
     */
    static ControllerRevision of(
            HasMetadata owner, PodTemplateSpec template, String hashLabel, int collisions, long number) {
        var data = data(template);
        var hash = ContentHash.of(ContentHash.canonical(data), collisions);
        Map<String, String> labels = new HashMap<>();
        if (template.getMetadata() != null && template.getMetadata().getLabels() != null) {
            labels.putAll(template.getMetadata().getLabels());
        }
        labels.put(hashLabel, hash);
        var name = owner.getMetadata().getName();
        return new ControllerRevisionBuilder()
                .withNewMetadata()
                .withNamespace(owner.getMetadata().getNamespace())
                .withName(name.substring(0, Math.min(name.length(), LONGEST_PREFIX)) + "-" + hash)
                .withLabels(labels)
                .withAnnotations(owner.getMetadata().getAnnotations())
                .withOwnerReferences(ControllerRef.to(owner))
                .endMetadata()
                .withData(data)
                .withRevision(number)
                .build();
    }

    private static ObjectNode data(PodTemplateSpec template) {
        var data = Json.mapper().createObjectNode();
        var tree = Json.mapper().<ObjectNode>valueToTree(template);
        tree.put("$patch", "replace");
        data.putObject("spec").set("template", tree);
        return data;
    }

    /** Whether the revision is of this template. */
    static boolean isOf(ControllerRevision revision, PodTemplateSpec template) {
        return ContentHash.canonical(data(template)).equals(ContentHash.canonical(revision.getData()));
    }

    /**
     * The template of a revision.
     *
     * @throws IllegalArgumentException if it holds none
     */
    public static PodTemplateSpec template(ControllerRevision revision) {
        JsonNode tree = Json.mapper().<JsonNode>valueToTree(revision.getData());
        if (!(tree.path("spec").path("template") instanceof ObjectNode template)) {
            throw new IllegalArgumentException(
                    "the revision " + revision.getMetadata().getName() + " holds no template");
        }
        template.remove("$patch");
        return Json.mapper().treeToValue(template, PodTemplateSpec.class);
    }

    /** Zero if it has none. */
    static long number(ControllerRevision revision) {
        return revision.getRevision() == null ? 0 : revision.getRevision();
    }

    /** A label's value, or empty. */
    public static String label(HasMetadata object, String name) {
        var labels = object.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(name, "");
    }
}
