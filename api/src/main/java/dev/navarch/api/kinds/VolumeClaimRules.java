package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Claims of persistent volumes, by themselves and as templates in pods and stateful sets.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go
 * (ValidatePersistentVolumeClaim), pkg/registry/core/persistentvolumeclaim/strategy.go,
 * pkg/api/persistentvolumeclaim/util.go.
 */
final class VolumeClaimRules {
    private static final String CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
    private static final String IMMUTABLE =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound"
                    + " claims\n";
    private static final List<String> RESIZE_STATES = List.of(
            "ControllerResizeInProgress",
            "ControllerResizeInfeasible",
            "NodeResizeInProgress",
            "NodeResizeInfeasible",
            "NodeResizePending");

    private VolumeClaimRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/PersistentVolumeClaim", claim());
    }

    private static KindRules claim() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(VolumeClaimRules::defaults)
                .status()
                .beforeCreate(claim -> {
                    At.object(claim, "status").put("phase", "Pending");
                    sources(At.object(claim, "spec"));
                })
                .beforeUpdate((now, old) -> sources(At.object(now, "spec")))
                .check((claim, problems) -> spec(claim.at("spec"), problems))
                .checkUpdate(VolumeClaimRules::checkUpdate)
                .checkStatus((now, old, problems) -> checkStatus(now, problems))
                .build();
    }

    static void defaults(ObjectNode claim) {
        Defaults.put(At.object(claim, "spec"), "volumeMode", "Filesystem");
        Defaults.put(At.object(claim, "status"), "phase", "Pending");
    }

    /** The old and the new way to say what a volume is filled from say the same. */
    private static void sources(ObjectNode spec) {
        if (spec.path("dataSource").isObject() && !spec.path("dataSourceRef").isObject()) {
            spec.set("dataSourceRef", spec.get("dataSource").deepCopy());
        } else if (spec.path("dataSourceRef") instanceof ObjectNode reference
                && !spec.path("dataSource").isObject()
                && reference.path("namespace").asString("").isEmpty()) {
            ObjectNode source = reference.deepCopy();
            source.remove("namespace");
            spec.set("dataSource", source);
        }
    }

    /** The template of a claim: labels, annotations and a spec. */
    static void template(At template, Problems problems) {
        At metadata = template.at("metadata");
        ObjectMetaRules.annotations(metadata.at("annotations"), problems);
        ObjectMetaRules.labels(metadata.at("labels"), problems);
        for (String field : metadata.node().propertyNames()) {
            boolean allowed = field.equals("annotations") || field.equals("labels");
            if (!allowed && !metadata.at(field).isEmpty()) {
                problems.forbidden(metadata.at(field), "cannot be set");
            }
        }
        spec(template.at("spec"), problems);
    }

    static void spec(At spec, Problems problems) {
        PersistentVolumeRules.modes(spec.at("accessModes"), "at least 1 access mode is required", problems);
        ObjectMetaRules.labelSelector(spec.at("selector"), problems);
        // Upstream leaves out the requests that the size is in.
        At storage = spec.at("resources")
                .key("storage")
                .with(spec.at("resources", "requests", "storage").node());
        if (!storage.isSet()) {
            problems.required(storage, "");
        } else {
            ResourceChecks.positive(storage, problems);
        }
        problems.grammarIfSet(spec.at("storageClassName"), Names::dns1123Subdomain);
        problems.oneOfIfSet(spec.at("volumeMode"), PersistentVolumeRules.VOLUME_MODES);
        for (String field : List.of("dataSource", "dataSourceRef")) {
            if (spec.at(field).isSet()) {
                source(spec.at(field), problems);
            }
        }
        agree(spec, problems);
        problems.grammarIfSet(spec.at("volumeAttributesClassName"), Names::dns1123Subdomain);
    }

    private static void source(At source, Problems problems) {
        problems.requiredText(source.at("name"));
        problems.requiredText(source.at("kind"));
        if (source.at("apiGroup").isEmpty() && !source.at("kind").is("PersistentVolumeClaim")) {
            problems.invalid(
                    source,
                    source.at("kind").text(),
                    "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
        }
        problems.grammarIfSet(source.at("apiGroup"), Names::dns1123Subdomain);
        problems.grammarIfSet(source.at("namespace"), Names::dns1123Label);
    }

    private static void agree(At spec, Problems problems) {
        At source = spec.at("dataSource");
        At reference = spec.at("dataSourceRef");
        if (!source.isSet() || !reference.isSet()) {
            return;
        }
        if (!reference.at("namespace").isEmpty()) {
            problems.invalid(spec, source.path(), "may not be specified when dataSourceRef.namespace is specified");
            return;
        }
        for (String field : List.of("apiGroup", "kind", "name")) {
            if (!source.at(field).is(reference.at(field).text())) {
                problems.invalid(spec, source.path(), "must match dataSourceRef");
                return;
            }
        }
    }

    /** A claim may be bound, and grow once it is. */
    private static void checkUpdate(At now, At old, Problems problems) {
        if (!(now.at("spec").node().deepCopy() instanceof ObjectNode masked)) {
            return;
        }
        At before = old.at("spec");
        if (before.at("volumeName").isEmpty()) {
            Kind.keep("volumeName", masked, before.node());
        }
        storageClass(masked, now, old, problems);
        boolean bound = now.at("status", "phase").is("Bound");
        if (bound && masked.path("resources").path("requests") instanceof ObjectNode requests) {
            Kind.keep("storage", requests, before.at("resources", "requests").node());
        }
        if (bound && masked.hasNonNull("volumeAttributesClassName")) {
            Kind.keep("volumeAttributesClassName", masked, before.node());
        }
        if (!Trees.same(masked, before.node())) {
            problems.forbidden(now.at("spec"), IMMUTABLE);
        }
        size(now, old, problems);
        problems.immutable(
                now.at("volumeMode").with(now.at("spec", "volumeMode").node()), before.at("volumeMode"));
        At attributes = now.at("spec", "volumeAttributesClassName");
        if (before.at("volumeAttributesClassName").isSet()) {
            if (!attributes.isSet()) {
                problems.forbidden(attributes, "update from non-nil value to nil is forbidden");
            } else if (attributes.isEmpty()
                    && !before.at("volumeAttributesClassName").isEmpty()) {
                problems.forbidden(attributes, "update from non-nil value to an empty string is forbidden");
            }
        }
    }

    /** A class that is not set yet may be, and one in the annotation may move to the field. */
    private static void storageClass(ObjectNode masked, At now, At old, Problems problems) {
        At annotation = now.at("metadata", "annotations").key(CLASS_ANNOTATION);
        At oldAnnotation = old.at("metadata", "annotations").key(CLASS_ANNOTATION);
        At name = now.at("spec", "storageClassName");
        boolean came = name.isSet() && !old.at("spec", "storageClassName").isSet();
        boolean moved = came
                && oldAnnotation.isSet()
                && name.is(oldAnnotation.text())
                && (!annotation.isSet() || annotation.is(oldAnnotation.text()));
        if (moved) {
            masked.remove("storageClassName");
            return;
        }
        if (!annotation.is(oldAnnotation.text())) {
            problems.invalid(
                    now.at("metadata", "annotations", CLASS_ANNOTATION), annotation.text(), "field is immutable");
        }
        if (came && (!oldAnnotation.isSet() || name.is(oldAnnotation.text()))) {
            masked.remove("storageClassName");
        }
    }

    private static void size(At now, At old, Problems problems) {
        At at = now.at("spec", "resources", "requests", "storage");
        Optional<Quantity> size = ResourceChecks.quantity(at);
        Optional<Quantity> before = ResourceChecks.quantity(old.at("spec", "resources", "requests", "storage"));
        Quantity has =
                ResourceChecks.quantity(old.at("status", "capacity", "storage")).orElse(Quantity.ZERO);
        boolean less = size.isPresent()
                && before.isPresent()
                && size.get().compareTo(before.get()) < 0
                && size.get().compareTo(has) <= 0;
        if (less) {
            problems.forbidden(at, "field can not be less than status.capacity");
        }
    }

    private static void checkStatus(At claim, Problems problems) {
        if (claim.at("spec", "accessModes").isEmpty()) {
            problems.required(claim.at("Spec", "accessModes"), "");
        }
        claim.at("status", "capacity").entries().forEach(amount -> ResourceChecks.basic(amount.getValue(), problems));
        At states = claim.at("status", "allocatedResourceStatus")
                .with(claim.at("status", "allocatedResourceStatuses").node());
        for (Map.Entry<String, At> state : states.entries()) {
            claimable(state.getKey(), states, problems);
            if (!RESIZE_STATES.contains(state.getValue().text())) {
                problems.notSupported(states, state.getKey(), RESIZE_STATES);
            }
        }
        At allocated = claim.at("status", "allocatedResources");
        for (Map.Entry<String, At> amount : allocated.entries()) {
            claimable(amount.getKey(), allocated, problems);
            ResourceChecks.basic(amount.getValue(), problems);
        }
    }

    private static void claimable(String resource, At at, Problems problems) {
        List<String> complaints = Names.qualifiedName(resource);
        complaints.forEach(complaint -> problems.invalid(at, resource, complaint));
        if (complaints.isEmpty() && ResourceChecks.isNative(resource) && !resource.equals("storage")) {
            problems.notSupported(at, resource, List.of("storage"));
        }
    }
}
