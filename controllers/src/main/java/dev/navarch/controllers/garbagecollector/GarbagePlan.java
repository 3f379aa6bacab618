package dev.navarch.controllers.garbagecollector;

import dev.navarch.client.DeleteOptions.Propagation;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What to do with an object, given how its owners are. source: kubernetes
 * pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem).
 */
final class GarbagePlan {
    private GarbagePlan() {}

    /** How an owner is. */
    enum OwnerState {
        /** There, and not about to go after its dependents. */
        SOLID,
        /** Not there, or another object has its name. */
        ABSENT,
        /** Being deleted, after its dependents. */
        WAITING
    }

    sealed interface Verdict {
        record Keep() implements Verdict {}

        /** Some owners remain: drop the references to these others. */
        record Unlink(Set<String> owners) implements Verdict {}

        record Delete(Propagation propagation) implements Verdict {}
    }

    static Verdict decide(
            List<OwnerReference> owners, List<OwnerState> states, boolean hasDependents, List<String> finalizers) {
        Set<String> lost = new HashSet<>();
        boolean solid = false;
        boolean waiting = false;
        for (int i = 0; i < owners.size(); i++) {
            switch (states.get(i)) {
                case SOLID -> solid = true;
                case ABSENT -> lost.add(owners.get(i).getUid());
                case WAITING -> {
                    waiting = true;
                    lost.add(owners.get(i).getUid());
                }
            }
        }
        if (owners.isEmpty() || solid && lost.isEmpty()) {
            return new Verdict.Keep();
        }
        if (solid) {
            return new Verdict.Unlink(lost);
        }
        if (waiting && hasDependents) {
            return new Verdict.Delete(Propagation.FOREGROUND);
        }
        if (finalizers.contains(Graph.ORPHAN)) {
            return new Verdict.Delete(Propagation.ORPHAN);
        }
        return new Verdict.Delete(
                finalizers.contains(Graph.FOREGROUND) ? Propagation.FOREGROUND : Propagation.BACKGROUND);
    }

    static List<OwnerReference> without(List<OwnerReference> owners, Set<String> uids) {
        List<OwnerReference> kept = new ArrayList<>(owners);
        kept.removeIf(o -> uids.contains(o.getUid()));
        return kept;
    }
}
