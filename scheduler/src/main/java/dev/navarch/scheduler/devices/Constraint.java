package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.resource.v1.DeviceConstraint;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What must hold between the devices of a claim. Devices are added and removed like on a stack; once one does not fit,
 * none that are added to those before it make it fit.
 *
 * <p>source: structured allocator, matchAttributeConstraint; constraint.go, distinctAttributeConstraint.
 */
final class Constraint {
    private final Set<String> requests;
    private final String attribute;
    private final boolean distinct;
    private final Deque<Object> values = new ArrayDeque<>();

    private Constraint(Set<String> requests, String attribute, boolean distinct) {
        this.requests = requests;
        this.attribute = attribute;
        this.distinct = distinct;
    }

    /** Nothing if it is of no known type. */
    static Optional<Constraint> of(DeviceConstraint constraint) {
        Set<String> requests = new HashSet<>(DevicePool.orEmpty(constraint.getRequests()));
        if (constraint.getMatchAttribute() != null) {
            return Optional.of(new Constraint(requests, constraint.getMatchAttribute(), false));
        }
        return Optional.ofNullable(constraint.getDistinctAttribute())
                .map(attribute -> new Constraint(requests, attribute, true));
    }

    /** Whether it is about devices for the request. */
    boolean concerns(Wanted wanted) {
        return requests.isEmpty() || requests.contains(wanted.request()) || requests.contains(wanted.name());
    }

    /** Returns false, and adds nothing, if the device does not fit to those that were added. */
    boolean add(Offer offer) {
        var value = offer.attribute(attribute);
        boolean fits = value.isPresent()
                && (distinct
                        ? !values.contains(value.get())
                        : values.isEmpty() || values.peek().equals(value.get()));
        if (fits) {
            values.push(value.get());
        }
        return fits;
    }

    /** Takes back the device that was added last. */
    void removeLast() {
        values.pop();
    }
}
