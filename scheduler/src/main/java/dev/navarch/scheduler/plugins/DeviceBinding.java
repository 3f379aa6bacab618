package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.Measures.DeviceWait;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.resource.v1.AllocatedDeviceStatus;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to claims what was decided, and waits until their devices are ready (source:
 * dynamicresources/dynamicresources.go, bindClaim, isClaimReadyForBinding).
 */
final class DeviceBinding {
    /** So many pods can use a claim (source: ResourceClaimReservedForMaxSize). */
    static final int MOST_CONSUMERS = 256;

    private static final Logger log = LoggerFactory.getLogger(DeviceBinding.class);
    static final String FINALIZER = "resource.kubernetes.io/delete-protection";
    private static final int TRIES = 5;

    private final Handle handle;
    private final ClaimBook book;
    private final Duration timeout;

    /** Why a pod can't be bound; the message is upstream's. */
    static class Failure extends Exception {
        private static final long serialVersionUID = 1;

        Failure(String message) {
            super(message, null, false, false);
        }
    }

    /** Devices were not ready in time. */
    private static final class Late extends Failure {
        private static final long serialVersionUID = 1;

        Late(String message) {
            super(message);
        }
    }

    DeviceBinding(Handle handle, ClaimBook book, Duration timeout) {
        this.handle = handle;
        this.book = book;
        this.timeout = timeout;
    }

    private Resource<ResourceClaim> claims() {
        return handle.client().resource(ResourceClaim.class);
    }

    /** Reserves a claim for the pod, and gives it its allocation if it is to have one. */
    ResourceClaim bind(ResourceClaim claim, Optional<AllocationResult> allocation, PodInfo pod) throws Failure {
        try {
            var bound = write(claim, allocation, pod);
            book.wrote(bound);
            return bound;
        } finally {
            book.undecide(claim);
        }
    }

    private ResourceClaim write(ResourceClaim claim, Optional<AllocationResult> allocation, PodInfo pod)
            throws Failure {
        var key = Key.of(claim);
        var current = claim;
        for (int tries = 1; ; tries++) {
            var step = "";
            try {
                if (tries > 1) {
                    step = "get updated claim " + key + " after conflict: ";
                    current = claims().get(key.namespace(), key.name())
                            .orElseThrow(() -> new Failure("get updated claim " + key + " after conflict: "
                                    + "resourceclaims.resource.k8s.io " + GoText.quote(key.name()) + " not found"));
                }
                if (current.getMetadata().getDeletionTimestamp() != null
                        || !Objects.equals(
                                current.getMetadata().getUid(),
                                claim.getMetadata().getUid())) {
                    throw new Failure("claim " + key + " got deleted in the meantime");
                }
                if (allocation.isPresent()) {
                    if (PodClaims.allocated(current)) {
                        throw new Failure("claim " + key + " got allocated elsewhere in the meantime");
                    }
                    step = "add finalizer to claim " + key + ": ";
                    current = withFinalizer(current);
                }
                step = (allocation.isPresent()
                                ? "add allocation and reservation to claim "
                                : "add reservation to claim ")
                        + key + ": ";
                return claims().updateStatus(reserved(current, allocation, pod));
            } catch (ApiFailure e) {
                if (!e.conflict() || tries == TRIES) {
                    throw new Failure(step + e.getMessage());
                }
            } catch (UncheckedIOException e) {
                throw new Failure(step + e.getMessage());
            }
        }
    }

    private ResourceClaim withFinalizer(ResourceClaim claim) {
        var finalizers = claim.getMetadata().getFinalizers();
        return finalizers != null && finalizers.contains(FINALIZER)
                ? claim
                : claims().update(new ResourceClaimBuilder(claim)
                        .editMetadata()
                        .addToFinalizers(FINALIZER)
                        .endMetadata()
                        .build());
    }

    private ResourceClaim reserved(ResourceClaim claim, Optional<AllocationResult> allocation, PodInfo pod)
            throws Failure {
        var status = new ResourceClaimBuilder(claim).editOrNewStatus();
        allocation.ifPresent(status::withAllocation);
        if (!status.hasAllocation()) {
            throw new Failure("claim " + Key.of(claim) + " got deallocated in the meantime");
        }
        if (status.buildAllocation().getAllocationTimestamp() == null) {
            status.editAllocation()
                    .withAllocationTimestamp(Timestamps.seconds(handle.time().now()))
                    .endAllocation();
        }
        return status.addNewReservedFor()
                .withResource("pods")
                .withName(pod.pod().getMetadata().getName())
                .withUid(pod.uid())
                .endReservedFor()
                .endStatus()
                .build();
    }

    /** Takes the pod off the claim's list; a failure is made good when the pod is tried again. */
    void release(ResourceClaim claim, PodInfo pod) {
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", claim.getMetadata().getUid());
        patch.putObject("status")
                .putArray("reservedFor")
                .addObject()
                .put("$patch", "delete")
                .put("uid", pod.uid());
        var key = Key.of(claim);
        try {
            claims().patchStatus(key.namespace(), key.name(), new Patch.Strategic(patch));
        } catch (ApiFailure | UncheckedIOException e) {
            log.info("The reservation of {} for {} was not taken back: {}", key, pod.key(), e.getMessage());
        }
    }

    /** Waits until all conditions on which the claims' devices wait are true. */
    void awaitReady(List<ResourceClaim> claims, PodInfo pod, String node) throws Failure, InterruptedException {
        if (claims.stream().noneMatch(DeviceBinding::waitsForConditions)) {
            return;
        }
        handle.events()
                .normal(
                        pod.pod(),
                        "BindingConditionsPending",
                        "Scheduling",
                        "waiting for binding conditions for device on node " + node);
        var changes = book.changes();
        var alarm = handle.time().schedule(timeout.plusSeconds(1), changes::happened);
        long start = handle.time().nanoTime();
        var drivers = claims.stream()
                .flatMap(claim -> results(claim).stream())
                .filter(result -> !orEmpty(result.getBindingConditions()).isEmpty())
                .map(DeviceRequestAllocationResult::getDriver)
                .collect(Collectors.toSet());
        var result = DeviceWait.FAILURE;
        try {
            while (true) {
                long seen = changes.count();
                if (allReady(claims)) {
                    result = DeviceWait.SUCCESS;
                    return;
                }
                if (handle.time().nanoTime() - start >= timeout.toNanos()) {
                    throw new Late("device binding timeout");
                }
                changes.awaitAfter(seen);
            }
        } catch (Late e) {
            result = DeviceWait.TIMEOUT;
            throw e;
        } finally {
            alarm.cancel();
            var took = Duration.ofNanos(handle.time().nanoTime() - start);
            handle.measures().awaitedDevices(drivers, result, took);
        }
    }

    private boolean allReady(List<ResourceClaim> claims) throws Failure {
        for (int i = 0; i < claims.size(); i++) {
            var key = Key.of(claims.get(i));
            var claim = book.claim(key)
                    .orElseThrow(() -> new Failure("could not find ResourceClaim " + GoText.quote(key.toString())));
            claims.set(i, claim);
            if (!ready(claim)) {
                if (late(claim)) {
                    throw new Late("claim " + key.name() + " binding timeout");
                }
                return false;
            }
        }
        return true;
    }

    private static boolean waitsForConditions(ResourceClaim claim) {
        return results(claim).stream()
                .anyMatch(result -> !orEmpty(result.getBindingConditions()).isEmpty());
    }

    /** Whether the claim's devices never will be ready, so that others might be tried. */
    boolean hopeless(ResourceClaim claim) {
        try {
            return !ready(claim) && late(claim);
        } catch (Failure _) {
            return true;
        }
    }

    private boolean late(ResourceClaim claim) {
        var since = claim.getStatus().getAllocation().getAllocationTimestamp();
        return since != null
                && waitsForConditions(claim)
                && at(since).plus(timeout).isBefore(handle.time().now());
    }

    private Instant at(String timestamp) {
        try {
            return Instant.parse(timestamp);
        } catch (DateTimeParseException _) {
            return handle.time().now();
        }
    }

    private static boolean ready(ResourceClaim claim) throws Failure {
        for (var result : results(claim)) {
            if (orEmpty(result.getBindingConditions()).isEmpty()) {
                continue;
            }
            var status = status(claim, result);
            if (status.isEmpty()) {
                return false;
            }
            for (var name : orEmpty(result.getBindingFailureConditions())) {
                var failed = condition(status.get(), name);
                if (failed.isPresent()) {
                    throw new Failure("claim " + claim.getMetadata().getName() + " binding failed: reason="
                            + failed.get().getReason() + ", message="
                            + GoText.quote(failed.get().getMessage()));
                }
            }
            for (var name : result.getBindingConditions()) {
                if (condition(status.get(), name).isEmpty()) {
                    return false;
                }
            }
        }
        return true;
    }

    private static List<DeviceRequestAllocationResult> results(ResourceClaim claim) {
        if (!PodClaims.allocated(claim)) {
            return List.of();
        }
        var devices = claim.getStatus().getAllocation().getDevices();
        return devices == null ? List.of() : orEmpty(devices.getResults());
    }

    private static Optional<AllocatedDeviceStatus> status(ResourceClaim claim, DeviceRequestAllocationResult result) {
        return orEmpty(claim.getStatus().getDevices()).stream()
                .filter(status -> status.getDriver().equals(result.getDriver())
                        && status.getPool().equals(result.getPool())
                        && status.getDevice().equals(result.getDevice())
                        && Objects.equals(status.getShareID(), result.getShareID()))
                .findFirst();
    }

    /** The condition, if it is true. */
    private static Optional<Condition> condition(AllocatedDeviceStatus status, String type) {
        return orEmpty(status.getConditions()).stream()
                .filter(condition -> type.equals(condition.getType()) && "True".equals(condition.getStatus()))
                .findFirst();
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
