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
 * @param orphansByDefault whether a deletion that does not say otherwise orphans dependents
 * @param timeToLive how long objects live
 */
record Traits(boolean deletionAnswersObject, boolean orphansByDefault, Optional<Duration> timeToLive) {
    private static final Set<String> ANSWERED = Set.of(
            "pods",
            "persistentvolumeclaims",
            "persistentvolumes",
            "podtemplates",
            "resourcequotas",
            "serviceaccounts",
            "services",
            "storageclasses",
            "volumeattachments",
            "csidrivers",
            "csinodes",
            "resourceclaims",
            "resourceclaimtemplates",
            "resourceslices",
            "deviceclasses");
    private static final Set<String> ORPHANING = Set.of("replicationcontrollers", "jobs");
    private static final Duration EVENTS_LIVE = Duration.ofHours(1);

    static Traits of(ResourceType type) {
        return new Traits(
                ANSWERED.contains(type.plural()),
                ORPHANING.contains(type.plural()),
                type.plural().equals("events") ? Optional.of(EVENTS_LIVE) : Optional.empty());
    }
}
