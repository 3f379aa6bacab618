package dev.navarch.scheduler.plugins;

import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.scheduler.devices.DevicesInUse;
import dev.navarch.scheduler.framework.Handle;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The claims as far as this scheduler knows, and what they have of the devices: what was observed, what was decided but
 * not written yet, and what was written but not observed yet. Safe for use by many threads.
 *
 * <p>source: dynamicresources/dra_manager.go.
 */
final class ClaimBook {
    private final Assumed<ResourceClaim> claims;
    private final DevicesInUse used = new DevicesInUse();
    private final Changes changes = new Changes();
    /** Guarded by this, as are those below: by uid, what the cache has shown. */
    private final Map<String, Seen> observed = new HashMap<>();

    /** Those for extended resources, by the uid of the pod for which they were made. */
    private final Map<String, Key> extended = new HashMap<>();

    private final Map<String, AllocationResult> decided = new HashMap<>();
    private final Map<String, ResourceClaim> written = new HashMap<>();

    private record Seen(long version, Optional<AllocationResult> allocation) {}

    ClaimBook(Handle handle) {
        Informer<ResourceClaim> informer = handle.watch(ResourceClaim.class);
        claims = new Assumed<>(informer);
        informer.addHandler(new Handler<ResourceClaim>() {
            @Override
            public void added(ResourceClaim claim) {
                observe(claim);
            }

            @Override
            public void updated(ResourceClaim before, ResourceClaim now) {
                observe(now);
            }

            @Override
            public void deleted(ResourceClaim last) {
                forget(last);
            }
        });
        informer.addHandler(changes);
    }

    private static String uid(ResourceClaim claim) {
        return claim.getMetadata().getUid();
    }

    private static Optional<AllocationResult> allocation(ResourceClaim claim) {
        return PodClaims.allocated(claim) ? Optional.of(claim.getStatus().getAllocation()) : Optional.empty();
    }

    private synchronized void observe(ResourceClaim claim) {
        var now = new Seen(Assumed.version(claim), allocation(claim));
        now.allocation.ifPresent(used::add);
        var before = observed.put(uid(claim), now);
        if (before != null) {
            before.allocation.ifPresent(used::remove);
        }
        if (ExtendedClaims.is(claim)) {
            owner(claim).ifPresent(uid -> extended.put(uid, Key.of(claim)));
        }
        var mine = written.get(uid(claim));
        if (mine != null && now.version >= Assumed.version(mine)) {
            settle(claim);
        }
    }

    private synchronized void forget(ResourceClaim claim) {
        var before = observed.remove(uid(claim));
        if (before != null) {
            before.allocation.ifPresent(used::remove);
        }
        owner(claim).ifPresent(uid -> extended.remove(uid, Key.of(claim)));
        settle(claim);
    }

    private static Optional<String> owner(ResourceClaim claim) {
        return Optional.ofNullable(claim.getMetadata().getOwnerReferences()).stream()
                .flatMap(List::stream)
                .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                .map(OwnerReference::getUid)
                .findFirst();
    }

    /** The claim that was made before for the pod's extended resources. */
    Optional<ResourceClaim> extendedOf(String podUid) {
        Optional<Key> key;
        synchronized (this) {
            key = Optional.ofNullable(extended.get(podUid));
        }
        return key.flatMap(claims::get);
    }

    private void settle(ResourceClaim claim) {
        var mine = written.remove(uid(claim));
        if (mine != null) {
            allocation(mine).ifPresent(used::remove);
            claims.restore(mine);
        }
    }

    Optional<ResourceClaim> claim(Key key) {
        return claims.get(key);
    }

    DevicesInUse used() {
        return used;
    }

    /** Told of every change of a claim. */
    Changes changes() {
        return changes;
    }

    /** Whether somebody is about to write the claim's allocation. */
    synchronized boolean isBeingAllocated(ResourceClaim claim) {
        return decided.containsKey(uid(claim));
    }

    /** From now on the devices are in use. */
    synchronized void decide(ResourceClaim claim, AllocationResult allocation) {
        used.add(allocation);
        var before = decided.put(uid(claim), allocation);
        if (before != null) {
            used.remove(before);
        }
    }

    /** The decision comes to nothing, or has been written. */
    synchronized void undecide(ResourceClaim claim) {
        var allocation = decided.remove(uid(claim));
        if (allocation != null) {
            used.remove(allocation);
        }
    }

    /** Takes what the API answered for granted until the cache shows it. */
    synchronized void wrote(ResourceClaim claim) {
        var seen = observed.get(uid(claim));
        if (seen == null || seen.version >= Assumed.version(claim)) {
            return;
        }
        allocation(claim).ifPresent(used::add);
        claims.assume(claim);
        var before = written.put(uid(claim), claim);
        if (before != null) {
            allocation(before).ifPresent(used::remove);
        }
    }
}
