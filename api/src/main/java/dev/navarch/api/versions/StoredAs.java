package dev.navarch.api.versions;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import java.util.Map;

/**
 * In which version the objects of a served one are kept, and how they get there. For built-in kinds {@link #of} knows;
 * of a custom resource the definition tells which version is stored and how it is converted.
 *
 * @param type the version that is stored; the served one itself for most
 */
public record StoredAs(ResourceType type, Conversion conversion) {
    /** Groups whose kinds have moved, by where they are now. */
    private static final Map<String, String> MOVED = Map.of("events.k8s.io", "", "extensions", "apps");

    public StoredAs {
        requireNonNull(type);
        requireNonNull(conversion);
    }

    /** A version that is stored as it is served. */
    public static StoredAs served(ResourceType type) {
        return new StoredAs(type, Conversion.NONE);
    }

    /**
     * The most mature version of a built-in kind, served or not (source: kubernetes
     * pkg/kubeapiserver/default_storage_factory_builder.go and the version priorities of each group's install.go).
     */
    public static StoredAs of(ResourceType served, Catalogue catalogue) {
        var group = MOVED.getOrDefault(served.group(), served.group());
        var stored =
                catalogue.versions(group, served.plural()).stream().findFirst().orElse(served);
        return stored.equals(served) ? served(served) : new StoredAs(stored, conversion(served, stored));
    }

    private static Conversion conversion(ResourceType served, ResourceType stored) {
        var from = served.groupVersion().apiVersion();
        var to = stored.groupVersion().apiVersion();
        return switch (from + " " + served.kind()) {
            case "events.k8s.io/v1 Event" -> EventForms.CONVERSION;
            case "autoscaling/v1 HorizontalPodAutoscaler" -> AutoscalerForms.CONVERSION;
            case "resource.k8s.io/v1beta1 ResourceClaim" -> Conversion.renaming(from, to, DeviceForms.CLAIM);
            case "resource.k8s.io/v1beta1 ResourceClaimTemplate" -> Conversion.renaming(from, to, DeviceForms.TEMPLATE);
            case "resource.k8s.io/v1beta1 ResourceSlice" -> Conversion.renaming(from, to, DeviceForms.SLICE);
            case "apps/v1beta1 Deployment" -> Conversion.renaming(from, to, WorkloadForms.APPS_DEPLOYMENT);
            case "apps/v1beta1 StatefulSet" -> Conversion.renaming(from, to, WorkloadForms.STATEFUL_SET);
            case "extensions/v1beta1 Deployment" -> Conversion.renaming(from, to, WorkloadForms.DEPLOYMENT);
            case "extensions/v1beta1 ReplicaSet" -> Conversion.renaming(from, to, WorkloadForms.REPLICA_SET);
            case "extensions/v1beta1 DaemonSet" -> Conversion.renaming(from, to, WorkloadForms.DAEMON_SET);
            default -> Conversion.renaming(from, to);
        };
    }
}
