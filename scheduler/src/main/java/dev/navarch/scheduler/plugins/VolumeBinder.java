package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Resources;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds volumes for claims on a node, and has them bound by telling the volume controllers: through the volume's
 * {@code claimRef}, or through the claim's annotation of the selected node (source: plugins/volumebinding/binder.go,
 * component-helpers storage/volume/pv_helpers.go).
 */
final class VolumeBinder {
    private static final String BY_CLASS = "class";
    private static final String NO_PROVISIONER = "kubernetes.io/no-provisioner";
    private static final String NO_VOLUME = "node(s) didn't find available persistent volumes to bind";
    private static final String NO_SPACE = "node(s) did not have enough free storage";

    private final Handle handle;
    private final Informer<PersistentVolume> allVolumes;
    private final Assumed<PersistentVolume> volumes;
    private final Assumed<PersistentVolumeClaim> claims;
    private final Informer<StorageClass> classes;
    private final Informer<CSIDriver> drivers;
    private final Informer<CSIStorageCapacity> capacities;
    private final Changes changes = new Changes();

    VolumeBinder(Handle handle) {
        this.handle = handle;
        allVolumes = handle.watch(PersistentVolume.class);
        allVolumes.addIndex(BY_CLASS, volume -> Set.of(Claims.className(volume)));
        var allClaims = handle.watch(PersistentVolumeClaim.class);
        volumes = new Assumed<>(allVolumes);
        claims = new Assumed<>(allClaims);
        classes = handle.watch(StorageClass.class);
        drivers = handle.watch(CSIDriver.class);
        capacities = handle.watch(CSIStorageCapacity.class);
        handle.watch(CSINode.class);
        allVolumes.addHandler(changes);
        allClaims.addHandler(changes);
    }

    Optional<PersistentVolumeClaim> claim(Key key) {
        return claims.get(key);
    }

    Optional<PersistentVolume> volume(String name) {
        return volumes.get(new Key("", name));
    }

    boolean waitsForConsumer(PersistentVolumeClaim claim) {
        return classes.get("", Claims.className(claim))
                .filter(Claims::waitsForConsumer)
                .isPresent();
    }

    /** What is to be done about claims on a node. */
    sealed interface Answer {}

    /** A volume for a claim. */
    record Match(PersistentVolume volume, PersistentVolumeClaim claim) {}

    /** @param provisions claims for which volumes are to be made */
    record Choice(List<Match> matches, List<PersistentVolumeClaim> provisions) implements Answer {}

    /** Not on this node. */
    record Conflict(String reason) implements Answer {}

    record Failure(String message) implements Answer {}

    Answer choose(List<PersistentVolumeClaim> unbound, NodeInfo node) {
        var matches = new ArrayList<Match>();
        var provisions = new ArrayList<PersistentVolumeClaim>();
        Set<String> taken = new HashSet<>();
        var smallestFirst = unbound.stream()
                .sorted(Comparator.comparingLong(Claims::requested))
                .toList();
        for (var claim : smallestFirst) {
            var selected = Claims.annotations(claim).get(Claims.SELECTED_NODE);
            if (selected != null && !selected.equals(node.name())) {
                return new Conflict(NO_VOLUME);
            }
            var volume = selected != null ? Optional.<PersistentVolume>empty() : match(claim, node, taken);
            if (volume.isPresent()) {
                taken.add(volume.get().getMetadata().getName());
                matches.add(new Match(volume.get(), claim));
            } else {
                provisions.add(claim);
            }
        }
        for (var claim : provisions) {
            var problem = unprovisionable(claim, node);
            if (problem.isPresent()) {
                return problem.get();
            }
        }
        return new Choice(matches, provisions);
    }

    /** The one that is bound to the claim in advance, or the smallest that does. */
    private Optional<PersistentVolume> match(PersistentVolumeClaim claim, NodeInfo node, Set<String> taken) {
        LabelSelector selector;
        try {
            selector = claim.getSpec().getSelector() == null
                    ? LabelSelector.everything()
                    : Selectors.of(claim.getSpec().getSelector());
        } catch (SelectorException e) {
            return Optional.empty();
        }
        var best = Optional.<PersistentVolume>empty();
        for (var cached : allVolumes.byIndex(BY_CLASS, Claims.className(claim))) {
            var volume = volumes.current(cached);
            boolean own = Claims.boundTo(volume, claim);
            if (taken.contains(volume.getMetadata().getName())
                    || volume.getSpec().getClaimRef() != null && !own
                    || Claims.capacity(volume) < Claims.requested(claim)
                    || !mode(volume.getSpec().getVolumeMode())
                            .equals(mode(claim.getSpec().getVolumeMode()))
                    || volume.getMetadata().getDeletionTimestamp() != null) {
                continue;
            }
            if (own) {
                return Claims.reachable(volume, node) ? Optional.of(volume) : Optional.empty();
            }
            boolean fits = volume.getStatus() != null
                    && "Available".equals(volume.getStatus().getPhase())
                    && selector.matches(
                            Objects.requireNonNullElse(volume.getMetadata().getLabels(), Map.of()))
                    && allows(volume, claim)
                    && Claims.reachable(volume, node);
            if (fits && (best.isEmpty() || Claims.capacity(volume) < Claims.capacity(best.get()))) {
                best = Optional.of(volume);
            }
        }
        return best;
    }

    private static String mode(@Nullable String mode) {
        return mode == null || mode.isEmpty() ? "Filesystem" : mode;
    }

    private static boolean allows(PersistentVolume volume, PersistentVolumeClaim claim) {
        var wanted = claim.getSpec().getAccessModes();
        var has = volume.getSpec().getAccessModes();
        return wanted == null || has != null && has.containsAll(wanted);
    }

    private Optional<Answer> unprovisionable(PersistentVolumeClaim claim, NodeInfo node) {
        var name = Claims.className(claim);
        if (name.isEmpty()) {
            return Optional.of(new Failure(
                    "no class for claim " + GoText.quote(Key.of(claim).toString())));
        }
        var storageClass = classes.get("", name);
        if (storageClass.isEmpty()) {
            return Optional.of(new Failure("failed to find storage class " + GoText.quote(name)));
        }
        var provisioner = storageClass.get().getProvisioner();
        if (provisioner == null
                || provisioner.isEmpty()
                || provisioner.equals(NO_PROVISIONER)
                || !Claims.allows(storageClass.get().getAllowedTopologies(), node)) {
            return Optional.of(new Conflict(NO_VOLUME));
        }
        return enough(provisioner, claim, name, node) ? Optional.empty() : Optional.of(new Conflict(NO_SPACE));
    }

    /** Drivers that tell their capacity must have it. */
    private boolean enough(String provisioner, PersistentVolumeClaim claim, String className, NodeInfo node) {
        long wanted = Claims.requested(claim);
        var driver = drivers.get("", provisioner);
        if (wanted == 0
                || driver.isEmpty()
                || !Boolean.TRUE.equals(driver.get().getSpec().getStorageCapacity())) {
            return true;
        }
        return capacities.list().stream()
                .anyMatch(capacity -> className.equals(capacity.getStorageClassName())
                        && limit(capacity) >= wanted
                        && reaches(capacity, node));
    }

    /** The largest volume, in bytes; -1 if it is not known. */
    static long limit(CSIStorageCapacity capacity) {
        var limit = capacity.getMaximumVolumeSize() != null ? capacity.getMaximumVolumeSize() : capacity.getCapacity();
        return limit == null ? -1 : Resources.amount(Map.of("storage", limit), "storage");
    }

    private static boolean reaches(CSIStorageCapacity capacity, NodeInfo node) {
        try {
            return capacity.getNodeTopology() != null
                    && Selectors.of(capacity.getNodeTopology()).matches(node.labels());
        } catch (SelectorException e) {
            return false;
        }
    }

    // Binding

    /** What the choice comes to, taken for granted from now on. */
    Choice assume(Choice choice, String node) {
        var matches = new ArrayList<Match>();
        for (var match : choice.matches()) {
            var volume = bound(match.volume(), match.claim());
            volumes.assume(volume);
            matches.add(new Match(volume, match.claim()));
        }
        var provisions = new ArrayList<PersistentVolumeClaim>();
        for (var claim : choice.provisions()) {
            var selected = new PersistentVolumeClaimBuilder(claim)
                    .editMetadata()
                    .addToAnnotations(Claims.SELECTED_NODE, node)
                    .endMetadata()
                    .build();
            claims.assume(selected);
            provisions.add(selected);
        }
        return new Choice(matches, provisions);
    }

    private static PersistentVolume bound(PersistentVolume volume, PersistentVolumeClaim claim) {
        var builder = new PersistentVolumeBuilder(volume)
                .editSpec()
                .withNewClaimRef()
                .withApiVersion("v1")
                .withKind("PersistentVolumeClaim")
                .withNamespace(claim.getMetadata().getNamespace())
                .withName(claim.getMetadata().getName())
                .withUid(claim.getMetadata().getUid())
                .withResourceVersion(claim.getMetadata().getResourceVersion())
                .endClaimRef()
                .endSpec();
        return Claims.boundTo(volume, claim)
                ? builder.build()
                : builder.editMetadata()
                        .addToAnnotations(Claims.BOUND_BY_CONTROLLER, "yes")
                        .endMetadata()
                        .build();
    }

    void restore(Choice assumed) {
        assumed.matches().forEach(match -> volumes.restore(match.volume()));
        assumed.provisions().forEach(claims::restore);
    }

    /** Tells the API, and waits until all claims are bound. Returns what went wrong. */
    Optional<String> bind(Choice assumed, String node, Duration timeout) throws InterruptedException {
        var written = new ArrayList<HasMetadata>();
        try {
            for (var match : assumed.matches()) {
                written.add(handle.client().resource(PersistentVolume.class).update(match.volume()));
            }
            for (var claim : assumed.provisions()) {
                written.add(
                        handle.client().resource(PersistentVolumeClaim.class).update(claim));
            }
        } catch (ApiFailure | UncheckedIOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        long deadline = handle.time().nanoTime() + timeout.toNanos();
        var alarm = handle.time().schedule(timeout, changes::happened);
        try {
            while (true) {
                long seen = changes.count();
                var progress = progress(assumed, written, node);
                if (progress.failed().isPresent()) {
                    return progress.failed().map(problem -> "binding volumes: " + problem);
                }
                if (progress.done()) {
                    return Optional.empty();
                }
                if (handle.time().nanoTime() - deadline >= 0) {
                    return Optional.of("binding volumes: context deadline exceeded");
                }
                changes.awaitAfter(seen);
            }
        } finally {
            alarm.cancel();
        }
    }

    private record Progress(boolean done, Optional<String> failed) {
        static final Progress WAITING = new Progress(false, Optional.empty());
        static final Progress DONE = new Progress(true, Optional.empty());

        static Progress failed(String problem) {
            return new Progress(false, Optional.of(problem));
        }
    }

    private Progress progress(Choice assumed, List<HasMetadata> written, String node) {
        for (var object : written) {
            var seen = object instanceof PersistentVolume
                    ? volumes.observed(Key.of(object)).map(HasMetadata.class::cast)
                    : claims.observed(Key.of(object)).map(HasMetadata.class::cast);
            if (seen.isEmpty()) {
                return Progress.failed("failed to check binding: could not find " + Key.of(object));
            }
            if (older(seen.get(), object)) {
                return Progress.WAITING;
            }
        }
        boolean all = true;
        for (var match : assumed.matches()) {
            var volume = volumes.observed(Key.of(match.volume())).orElseThrow();
            if (volume.getSpec().getClaimRef() == null) {
                return Progress.failed("ClaimRef got reset for pv "
                        + GoText.quote(volume.getMetadata().getName()));
            }
            all &= claims.observed(Key.of(match.claim())).filter(Claims::bound).isPresent();
        }
        for (var provision : assumed.provisions()) {
            var claim = claims.observed(Key.of(provision)).orElseThrow();
            if (!node.equals(Claims.annotations(claim).get(Claims.SELECTED_NODE))) {
                return Progress.failed("provisioning failed for PVC "
                        + GoText.quote(claim.getMetadata().getName()));
            }
            all &= Claims.bound(claim);
        }
        return all ? Progress.DONE : Progress.WAITING;
    }

    private static boolean older(HasMetadata one, HasMetadata other) {
        try {
            return Long.parseLong(one.getMetadata().getResourceVersion())
                    < Long.parseLong(other.getMetadata().getResourceVersion());
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
