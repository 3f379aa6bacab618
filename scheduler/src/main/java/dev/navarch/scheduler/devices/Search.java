package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.DeviceSelector;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.resource.v1.Counter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The search for devices on one node: one request after the other takes the first device that it can have; where there
 * is none, the choices before are tried anew. The first solution is taken. Devices of one request are chosen in the order
 * of the pools, since another order of them makes no difference.
 */
final class Search {
    private static final Allocator.Outcome NONE = new Allocator.Impossible("cannot allocate all claims");
    private static final Allocator.Outcome INVALID =
            new Allocator.Impossible("invalid resource pools were encountered");
    private static final Allocator.Outcome LATE = new Allocator.Impossible("timed out trying to allocate devices");

    private final Allocator allocator;
    private final String node;
    private final BooleanSupplier late;
    private final List<DevicePools.Part> parts;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<List<List<Wanted>>> wanted;
    private final List<List<Constraint>> constraints = new ArrayList<>();
    private final List<Deque<Taken>> taken = new ArrayList<>();
    private final Map<Wanted, List<Candidate>> all = new HashMap<>();
    /** How often each device is taken by this search, but for administrators' access. */
    private final Map<DeviceId, Integer> devices = new HashMap<>();

    /** Those that administrators get; nobody gets them after that for the same pod. */
    private final Map<DeviceId, Integer> administered = new HashMap<>();

    private final Map<DeviceId, Map<String, Quantity>> capacity = new HashMap<>();
    private final Map<DevicePool, Map<String, Map<String, Quantity>>> counters = new HashMap<>();

    private record Candidate(DevicePool pool, Offer offer) {}

    /**
     * A device of the solution.
     *
     * @param consumed what is taken of a device that others may have a part of too
     * @param counted whether it takes from its pool's counters
     */
    record Taken(
            Wanted wanted,
            DevicePool pool,
            Offer offer,
            Optional<Map<String, Quantity>> consumed,
            boolean counted,
            List<Constraint> constrained) {}

    private enum Step {
        DONE,
        FAILED,
        /** The claim would have more devices than it can; other devices before don't help. */
        TOO_MANY,
        LATE
    }

    Search(Allocator allocator, String node, Map<String, String> labels, BooleanSupplier late)
            throws AllocationFailure {
        this.allocator = allocator;
        this.node = node;
        this.late = late;
        wanted = allocator.wanted();
        parts = allocator.pools(node, labels);
        for (var part : parts) {
            if (part.pool().usable()) {
                part.offers().forEach(offer -> candidates.add(new Candidate(part.pool(), offer)));
            }
        }
    }

    Allocator.Outcome run() throws AllocationFailure {
        prepare();
        return switch (claim(0)) {
            case DONE -> new Allocator.Allocated(new Results(allocator, node).of(taken));
            case LATE -> LATE;
            case FAILED, TOO_MANY -> parts.stream().anyMatch(part -> part.pool().invalid()) ? INVALID : NONE;
        };
    }

    private void prepare() throws AllocationFailure {
        for (int index = 0; index < wanted.size(); index++) {
            var claim = allocator.claims().get(index);
            long least = 0;
            for (var alternatives : wanted.get(index)) {
                long fewest = Long.MAX_VALUE;
                for (var each : alternatives) {
                    if (each.all()) {
                        all.put(each, allFor(each));
                    }
                    fewest = Math.min(fewest, count(each));
                }
                least += fewest;
            }
            if (least > Allocator.MOST_DEVICES) {
                throw Allocator.tooMany(claim, least);
            }
            constraints.add(Allocator.constraints(claim));
            taken.add(new ArrayDeque<>());
        }
    }

    private long count(Wanted each) {
        return each.all() ? all.getOrDefault(each, List.of()).size() : each.count();
    }

    private List<Candidate> allFor(Wanted each) throws AllocationFailure {
        for (var part : parts) {
            if (!part.pool().usable()) {
                throw new AllocationFailure(about(each) + ": asks for all devices, but resource pool "
                        + part.pool().id() + " is currently "
                        + (part.pool().incomplete() ? "being updated" : "invalid"));
            }
        }
        List<Candidate> selected = new ArrayList<>();
        for (var candidate : candidates) {
            if (selects(each, candidate.offer)) {
                selected.add(candidate);
            }
        }
        return selected;
    }

    private String about(Wanted each) {
        return "claim " + Key.of(allocator.claims().get(each.claim())) + ", request " + each.shortName();
    }

    private boolean selects(Wanted each, Offer offer) throws AllocationFailure {
        for (var selector : each.selectors()) {
            DeviceSelector compiled;
            try {
                compiled = allocator.selectors().get(selector.expression());
            } catch (CelFailure e) {
                throw new AllocationFailure(selector.where() + ": CEL compile error: " + e.getMessage());
            }
            try {
                if (!offer.selectedBy(selector.expression(), compiled)) {
                    return false;
                }
            } catch (CelFailure e) {
                throw new AllocationFailure(selector.where() + ": CEL runtime error: " + e.getMessage());
            }
        }
        return each.capacity().isEmpty()
                || Capacities.consumed(offer, each.capacity()).isPresent();
    }

    private Step claim(int index) throws AllocationFailure {
        return index == wanted.size() ? Step.DONE : request(index, 0);
    }

    private Step request(int claim, int index) throws AllocationFailure {
        var requests = wanted.get(claim);
        if (index == requests.size()) {
            var step = claim(claim + 1);
            // Other devices here may leave that claim an alternative with fewer.
            return step == Step.TOO_MANY ? Step.FAILED : step;
        }
        boolean tooMany = true;
        for (var alternative : requests.get(index)) {
            var step = device(alternative, index, 0, 0);
            if (step == Step.DONE || step == Step.LATE) {
                return step;
            }
            tooMany &= step == Step.TOO_MANY;
        }
        return tooMany ? Step.TOO_MANY : Step.FAILED;
    }

    /**
     * Takes a device for a request, and all that come after it.
     *
     * @param number of the request's devices that have been taken
     * @param from the first candidate that may be taken
     */
    private Step device(Wanted each, int request, int number, int from) throws AllocationFailure {
        if (late.getAsBoolean()) {
            return Step.LATE;
        }
        long count = count(each);
        if (each.all() && count == 0) {
            return Step.FAILED;
        }
        if (number >= count) {
            return request(each.claim(), request + 1);
        }
        if (taken.get(each.claim()).size() + count - number > Allocator.MOST_DEVICES) {
            return Step.TOO_MANY;
        }
        if (each.all()) {
            var next = all.getOrDefault(each, List.of()).get(number);
            if (!take(each, next, true)) {
                return Step.FAILED;
            }
            var step = device(each, request, number + 1, 0);
            if (step != Step.DONE) {
                giveBack(each.claim());
            }
            return step;
        }
        for (int i = from; i < candidates.size(); i++) {
            var next = candidates.get(i);
            if (!available(each, next.offer) || !selects(each, next.offer) || !take(each, next, false)) {
                continue;
            }
            var step = device(each, request, number + 1, next.offer.shared() && !each.admin() ? i : i + 1);
            if (step == Step.DONE) {
                return step;
            }
            giveBack(each.claim());
            if (step != Step.FAILED) {
                return step;
            }
        }
        return Step.FAILED;
    }

    private boolean available(Wanted each, Offer offer) {
        if (each.admin()) {
            return taken.get(each.claim()).stream()
                    .noneMatch(other -> other.offer.id().equals(offer.id()));
        }
        return !allocator.used().taken(offer.id())
                && (offer.shared() || !devices.containsKey(offer.id()) && !administered.containsKey(offer.id()));
    }

    /** @param must whether it makes no sense that the claim's constraints forbid the device */
    private boolean take(Wanted each, Candidate candidate, boolean must) throws AllocationFailure {
        var offer = candidate.offer;
        if (!available(each, offer) || !Taints.tolerated(offer.device(), each.tolerations())) {
            return false;
        }
        var consumed = Optional.<Map<String, Quantity>>empty();
        boolean partly = offer.shared() && !each.admin();
        boolean first = !devices.containsKey(offer.id())
                && allocator.used().shared(offer.id()).isEmpty();
        if (partly) {
            consumed = Capacities.consumed(offer, each.capacity());
            if (consumed.isEmpty() || !Capacities.fits(offer, capacityTaken(offer), consumed.get())) {
                return false;
            }
        }
        boolean counts =
                !each.admin() && first && !DevicePool.consumed(offer.device()).isEmpty();
        if (counts && !enoughCounters(candidate)) {
            return false;
        }
        List<Constraint> constrained = new ArrayList<>();
        for (var constraint : constraints.get(each.claim())) {
            if (!constraint.concerns(each)) {
                continue;
            }
            if (!constraint.add(offer)) {
                constrained.forEach(Constraint::removeLast);
                if (must) {
                    throw new AllocationFailure(about(each) + ": cannot add device " + offer.id()
                            + " because a claim constraint would not be satisfied");
                }
                return false;
            }
            constrained.add(constraint);
        }
        (each.admin() ? administered : devices).merge(offer.id(), 1, Integer::sum);
        consumed.ifPresent(amounts -> Amounts.add(capacity.computeIfAbsent(offer.id(), _ -> new HashMap<>()), amounts));
        if (counts) {
            count(candidate, Amounts::add);
        }
        taken.get(each.claim()).addLast(new Taken(each, candidate.pool, offer, consumed, counts, constrained));
        return true;
    }

    private Map<String, Quantity> capacityTaken(Offer offer) {
        var sum = allocator.used().shared(offer.id()).orElseGet(HashMap::new);
        Amounts.add(sum, capacity.getOrDefault(offer.id(), Map.of()));
        return sum;
    }

    private boolean enoughCounters(Candidate candidate) {
        var free = allocator.freeCounters(candidate.pool);
        var mine = counters.getOrDefault(candidate.pool, Map.of());
        for (var consumption : DevicePool.consumed(candidate.offer.device())) {
            var set = consumption.getCounterSet();
            for (var more :
                    Amounts.of(consumption.getCounters(), Counter::getValue).entrySet()) {
                var sum = mine.getOrDefault(set, Map.of())
                        .getOrDefault(more.getKey(), Quantity.ZERO)
                        .plus(more.getValue());
                if (sum.compareTo(free.getOrDefault(set, Map.of()).getOrDefault(more.getKey(), Quantity.ZERO)) > 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private interface Change {
        void apply(Map<String, Quantity> to, Map<String, Quantity> amounts);
    }

    private void count(Candidate candidate, Change change) {
        var pool = counters.computeIfAbsent(candidate.pool, _ -> new HashMap<>());
        for (var consumption : DevicePool.consumed(candidate.offer.device())) {
            change.apply(
                    pool.computeIfAbsent(consumption.getCounterSet(), _ -> new HashMap<>()),
                    Amounts.of(consumption.getCounters(), Counter::getValue));
        }
    }

    /** Undoes what was taken last for a claim. */
    private void giveBack(int claim) {
        var last = taken.get(claim).removeLast();
        last.constrained.forEach(Constraint::removeLast);
        var id = last.offer.id();
        (last.wanted.admin() ? administered : devices).computeIfPresent(id, (_, times) -> times > 1 ? times - 1 : null);
        last.consumed.ifPresent(amounts -> Amounts.subtract(capacity.getOrDefault(id, new HashMap<>()), amounts));
        if (last.counted) {
            count(new Candidate(last.pool, last.offer), Amounts::subtract);
        }
    }
}
