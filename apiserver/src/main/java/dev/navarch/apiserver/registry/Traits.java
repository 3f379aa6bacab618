package dev.navarch.apiserver.registry;

import dev.navarch.api.ResourceType;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Where kinds differ in how they are kept and deleted (source: kubernetes pkg/registry, ReturnDeletedObject of the
 * stores and DefaultGarbageCollectionPolicy of the strategies; kube-apiserver's --event-ttl).
 *
 * @param deletionAnswersObject whether a deletion answers the object instead of a Status
 * @param timeToLive how long objects live
 */
record Traits(boolean deletionAnswersObject, Dependents dependents, Optional<Duration> timeToLive) {
    private static final Set<String> ANSWERED = Set.of(
            "pods",
            "persistentvolumeclaims",
            "persistentvolumes",
            "podtemplates",
            "resourcequotas",
            "serviceaccounts",
            "services",
            "storageclasses.storage.k8s.io",
            "volumeattachments.storage.k8s.io",
            "volumeattributesclasses.storage.k8s.io",
            "csidrivers.storage.k8s.io",
            "csinodes.storage.k8s.io",
            "resourceclaims.resource.k8s.io",
            "resourceclaimtemplates.resource.k8s.io",
            "resourceslices.resource.k8s.io",
            "deviceclasses.resource.k8s.io");
    private static final Set<String> ORPHANING =
            Set.of("v1/replicationcontrollers", "batch/v1/jobs", "batch/v1beta1/cronjobs");
    private static final Set<String> ORPHANING_VERSIONS = Set.of("apps/v1beta1", "apps/v1beta2", "extensions/v1beta1");
    /** Those of custom resources. */
    static final Traits CUSTOM = new Traits(false, Dependents.DELETED, Optional.empty());

    /** What becomes of an object's dependents if its deletion does not say. */
    enum Dependents {
        DELETED,
        ORPHANED,
        /** The kind has none: deletions never wait for the garbage collector. */
        NONE
    }

    /** @param eventTtl how long events live */
    static Traits of(ResourceType type, Duration eventTtl) {
        boolean event =
                type.plural().equals("events") && Set.of("", "events.k8s.io").contains(type.group());
        var version = type.groupVersion().apiVersion();
        boolean orphaned = ORPHANING.contains(version + "/" + type.plural()) || ORPHANING_VERSIONS.contains(version);
        return new Traits(
                ANSWERED.contains(type.qualifiedName()),
                event ? Dependents.NONE : orphaned ? Dependents.ORPHANED : Dependents.DELETED,
                event ? Optional.of(eventTtl) : Optional.empty());
    }
}
