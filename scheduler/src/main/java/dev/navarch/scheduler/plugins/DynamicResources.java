package dev.navarch.scheduler.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.scheduler.devices.AllocationFailure;
import dev.navarch.scheduler.devices.Allocator;
import dev.navarch.scheduler.devices.Places;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Only nodes where the pod's claims are, or where there are devices for those that have none; has these written to the
 * claims before the pod is bound, and takes devices away from claims that nobody uses and that keep the pod from every
 * node (source: plugins/dynamicresources).
 */
public final class DynamicResources
        implements Plugin.PreEnqueue,
                Plugin.PreFilter,
                Plugin.Filter,
                Plugin.PostFilter,
                Plugin.PreScore,
                Plugin.Score,
                Plugin.Reserve,
                Plugin.PreBind {
    private static final Logger log = LoggerFactory.getLogger(DynamicResources.class);
    static final Duration FILTER_TIMEOUT = Duration.ofSeconds(10);
    static final Duration BINDING_TIMEOUT = Duration.ofMinutes(10);
    private static final int MOST_ALTERNATIVES = 8;
    private static final Status NOTHING = Status.unschedulable("no new claims to deallocate");
    private static final Status STALE = Status.unschedulable("cannot schedule extended resource claim");
    private static final Status ELSEWHERE = Status.unresolvable("resourceclaim not available on the node");

    private final Handle handle;
    private final Duration filterTimeout;
    private final Informer<DeviceClass> classes;
    private final ClaimBook book;
    private final PublishedDevices devices;
    private final DeviceBinding binding;
    private final ExtendedResources extended;
    private final ExtendedClaims extendedClaims;

    DynamicResources(Handle handle, Duration filterTimeout, Duration bindingTimeout) {
        this.handle = handle;
        this.filterTimeout = filterTimeout;
        classes = handle.watch(DeviceClass.class);
        book = handle.shared(ClaimBook.class, () -> new ClaimBook(handle));
        devices = handle.shared(PublishedDevices.class, () -> new PublishedDevices(handle));
        binding = new DeviceBinding(handle, book, bindingTimeout);
        extended = handle.shared(ExtendedResources.class, () -> new ExtendedResources(handle));
        extendedClaims = new ExtendedClaims(handle, book);
    }

    @Override
    public String name() {
        return "DynamicResources";
    }

    /** What is known of the pod's claims in one cycle. */
    private static final class Plan {
        private final List<ResourceClaim> claims;
        private final List<ResourceClaim> unallocated = new ArrayList<>();
        private final Map<String, List<AllocationResult>> byNode = new HashMap<>();
        private final TreeSet<Integer> unavailable = new TreeSet<>();
        /** By uid: what is to be written. */
        private final Map<String, AllocationResult> decided = new HashMap<>();

        private @Nullable Allocator allocator;

        /** Of an earlier attempt, for the pod's extended resources: has to go first. */
        private Optional<ResourceClaim> stale = Optional.empty();

        /** For extended resources, by those that a node has to get from devices. */
        private final Map<Set<String>, Extended> variants = new HashMap<>();

        private final Map<String, Extended> extendedByNode = new HashMap<>();
        private Optional<ResourceClaim> made = Optional.empty();

        Plan(List<ResourceClaim> claims) {
            this.claims = new ArrayList<>(claims);
        }
    }

    /** A claim that some nodes need for extended resources, beside the pod's own. */
    private record Extended(ResourceClaim claim, ExtendedResources.Draft draft, Allocator allocator) {}

    @Override
    public Status preEnqueue(PodInfo pod) {
        return PodClaims.of(pod.pod(), book::claim) instanceof PodClaims.Missing(var reason)
                ? Status.unresolvable(reason)
                : Status.SUCCESS;
    }

    @Override
    public PreFilter.Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        return switch (PodClaims.of(pod.pod(), book::claim)) {
            case PodClaims.Missing(var reason) -> PreFilter.Result.of(Status.unresolvable(reason));
            case PodClaims.All(var claims) when claims.isEmpty() && !extended.any(pod) -> PreFilter.Result.SKIP;
            case PodClaims.All(var claims) -> {
                var plan = new Plan(claims);
                var problem = examine(plan, pod);
                if (problem.isPresent()) {
                    yield PreFilter.Result.of(problem.get());
                }
                state.put(this, plan);
                yield PreFilter.Result.ALL;
            }
        };
    }

    private Optional<Status> examine(Plan plan, PodInfo pod) {
        for (var claim : plan.claims) {
            if (PodClaims.allocated(claim)) {
                if (PodClaims.consumers(claim).size() >= DeviceBinding.MOST_CONSUMERS
                        && !PodClaims.reservedFor(claim, pod.uid())) {
                    return Optional.of(Status.unresolvable("resourceclaim in use"));
                }
                continue;
            }
            if (book.isBeingAllocated(claim)) {
                return Optional.of(Status.unresolvable(
                        "resource claim " + Key.of(claim) + " is in the process of being allocated"));
            }
            var problem = classless(claim);
            if (problem.isPresent()) {
                return problem;
            }
            plan.unallocated.add(claim);
        }
        if (extended.any(pod)) {
            plan.stale = book.extendedOf(pod.uid());
        }
        if (!plan.unallocated.isEmpty()) {
            plan.allocator = new Allocator(supply(), plan.unallocated);
        }
        return Optional.empty();
    }

    private Allocator.Supply supply() {
        return new Allocator.Supply(
                devices.pools(),
                book.used(),
                name -> classes.get("", name),
                devices.selectors(),
                () -> new UUID(handle.random().nextLong(), handle.random().nextLong()).toString());
    }

    /** What the node has to give the pod from devices for extended resources, if any. */
    private Optional<Extended> extended(Plan plan, PodInfo pod, NodeInfo node) {
        var resources = extended.of(pod, node);
        return resources.isEmpty()
                ? Optional.empty()
                : Optional.of(plan.variants.computeIfAbsent(resources, wanted -> {
                    var draft = extended.draft(pod, wanted);
                    var claim = extendedClaims.planned(pod, draft.requests());
                    var all = new ArrayList<>(plan.unallocated);
                    all.add(claim);
                    return new Extended(claim, draft, new Allocator(supply(), all));
                }));
    }

    private static List<DeviceRequest> requests(ResourceClaim claim) {
        var wanted = claim.getSpec().getDevices();
        return wanted == null || wanted.getRequests() == null ? List.of() : wanted.getRequests();
    }

    private Optional<Status> classless(ResourceClaim claim) {
        for (var request : requests(claim)) {
            if (request.getExactly() != null) {
                var problem = classless(request.getName(), request.getExactly().getDeviceClassName());
                if (problem.isPresent()) {
                    return problem;
                }
            } else if (request.getFirstAvailable() == null
                    || request.getFirstAvailable().isEmpty()) {
                return Optional.of(Status.unresolvable("resource claim " + Key.of(claim) + ", request "
                        + request.getName() + ": unknown request type"));
            } else {
                for (var alternative : request.getFirstAvailable()) {
                    var problem = classless(
                            request.getName() + "/" + alternative.getName(), alternative.getDeviceClassName());
                    if (problem.isPresent()) {
                        return problem;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Status> classless(String request, @Nullable String deviceClass) {
        if (deviceClass == null || deviceClass.isEmpty()) {
            return Optional.of(Status.error("request " + request + ": unsupported request type"));
        }
        return classes.get("", deviceClass).isPresent()
                ? Optional.empty()
                : Optional.of(Status.unresolvable(
                        "request " + request + ": device class " + deviceClass + " does not exist"));
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var plan = state.get(this, Plan.class);
        boolean here = true;
        for (int i = 0; i < plan.claims.size(); i++) {
            var claim = plan.claims.get(i);
            if (PodClaims.allocated(claim) && (!reaches(claim, node) || binding.hopeless(claim))) {
                plan.unavailable.add(i);
                here = false;
            }
        }
        if (plan.stale.isPresent()) {
            return STALE;
        }
        var variant = extended(plan, pod, node);
        var allocator = variant.map(Extended::allocator).orElse(plan.allocator);
        if (allocator != null) {
            try {
                switch (allocator.allocate(node.name(), node.labels(), deadline())) {
                    case Allocator.Allocated(var results) -> {
                        if (here) {
                            plan.byNode.put(node.name(), results);
                            variant.ifPresent(one -> plan.extendedByNode.put(node.name(), one));
                        }
                    }
                    case Allocator.Impossible(var reason) -> {
                        return Status.unresolvable(reason);
                    }
                }
            } catch (AllocationFailure e) {
                return Status.error(String.valueOf(e.getMessage()));
            }
        }
        return here ? Status.SUCCESS : ELSEWHERE;
    }

    private static boolean reaches(ResourceClaim claim, NodeInfo node) {
        var selector = claim.getStatus().getAllocation().getNodeSelector();
        return selector == null || Places.matches(selector, node.name(), node.labels());
    }

    private BooleanSupplier deadline() {
        if (filterTimeout.isZero()) {
            return () -> false;
        }
        var time = handle.time();
        long end = time.nanoTime() + filterTimeout.toNanos();
        return () -> time.nanoTime() - end >= 0;
    }

    @Override
    public PostFilter.Result postFilter(
            CycleState state, PodInfo pod, Snapshot snapshot, Map<String, Status> rejections, Trial trial) {
        return new PostFilter.Result(
                state.has(this) ? deallocateOne(state.get(this, Plan.class), pod) : NOTHING, Optional.empty());
    }

    private Status deallocateOne(Plan plan, PodInfo pod) {
        for (int index : plan.unavailable) {
            var claim = plan.claims.get(index);
            var consumers = PodClaims.consumers(claim);
            if (consumers.isEmpty()
                    || consumers.size() == 1
                            && pod.uid().equals(consumers.getFirst().getUid())) {
                var without = new ResourceClaimBuilder(claim)
                        .editStatus()
                        .withReservedFor()
                        .withAllocation(null)
                        .withDevices()
                        .endStatus()
                        .build();
                try {
                    handle.client().resource(ResourceClaim.class).updateStatus(without);
                } catch (ApiFailure | UncheckedIOException e) {
                    return Status.error(String.valueOf(e.getMessage()));
                }
                return Status.unschedulable("deallocation of ResourceClaim completed");
            }
        }
        if (plan.stale.isPresent()) {
            try {
                extendedClaims.delete(plan.stale.get());
            } catch (ApiFailure | UncheckedIOException e) {
                return Status.error(String.valueOf(e.getMessage()));
            }
            handle.activate(pod);
            return Status.unschedulable("deletion of ResourceClaim completed");
        }
        return Status.unschedulable("still not schedulable");
    }

    /** Only alternatives make one node better than another. */
    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        return state.has(this)
                        && state.get(this, Plan.class).unallocated.stream()
                                .flatMap(claim -> requests(claim).stream())
                                .anyMatch(request -> request.getExactly() == null)
                ? Status.SUCCESS
                : Status.SKIP;
    }

    /** The more, the earlier the alternatives that the node has come in their requests. */
    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        var plan = state.get(this, Plan.class);
        var results = plan.byNode.getOrDefault(node.name(), List.of());
        long score = 0;
        for (int i = 0; i < Math.min(results.size(), plan.unallocated.size()); i++) {
            for (var request : requests(plan.unallocated.get(i))) {
                score += score(request, results.get(i));
            }
        }
        return score;
    }

    private static long score(DeviceRequest request, AllocationResult allocation) {
        if (request.getExactly() != null || request.getFirstAvailable() == null) {
            return 0;
        }
        for (int i = 0; i < request.getFirstAvailable().size(); i++) {
            var name =
                    request.getName() + "/" + request.getFirstAvailable().get(i).getName();
            if (allocation.getDevices().getResults().stream().anyMatch(result -> name.equals(result.getRequest()))) {
                return MOST_ALTERNATIVES - i;
            }
        }
        return 0;
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {
        Scores.moreIsBetter(scores);
    }

    @Override
    public Status reserve(CycleState state, PodInfo pod, String node) {
        if (!state.has(this)) {
            return Status.SUCCESS;
        }
        var plan = state.get(this, Plan.class);
        var variant = Optional.ofNullable(plan.extendedByNode.get(node));
        if (plan.unallocated.isEmpty() && variant.isEmpty()) {
            return Status.SUCCESS;
        }
        var results = plan.byNode.get(node);
        if (results == null) {
            return Status.error("claim allocation not found for node");
        }
        for (int i = 0; i < results.size(); i++) {
            var claim = i < plan.unallocated.size()
                    ? plan.unallocated.get(i)
                    : variant.orElseThrow().claim();
            book.decide(claim, results.get(i));
            plan.decided.put(claim.getMetadata().getUid(), results.get(i));
        }
        return Status.SUCCESS;
    }

    @Override
    public void unreserve(CycleState state, PodInfo pod, String node) {
        if (!state.has(this)) {
            return;
        }
        var plan = state.get(this, Plan.class);
        takeBackExtended(plan, node);
        for (var claim : plan.claims) {
            if (plan.made.filter(made -> made == claim).isPresent()) {
                continue;
            }
            book.undecide(claim);
            if (PodClaims.allocated(claim) && PodClaims.reservedFor(claim, pod.uid())) {
                binding.release(claim, pod);
            }
        }
    }

    private void takeBackExtended(Plan plan, String node) {
        var variant = plan.extendedByNode.get(node);
        if (variant != null) {
            book.undecide(variant.claim());
        }
        plan.made.ifPresent(claim -> {
            book.undecide(claim);
            try {
                extendedClaims.delete(claim);
            } catch (ApiFailure | UncheckedIOException e) {
                log.info("{} was not deleted: {}", Key.of(claim), e.getMessage());
            }
        });
    }

    @Override
    public boolean hasWork(CycleState state, PodInfo pod, String node) {
        if (!state.has(this)) {
            return false;
        }
        var plan = state.get(this, Plan.class);
        return !plan.claims.isEmpty() || plan.extendedByNode.containsKey(node);
    }

    /** The claim for extended resources comes into being; its devices are in use all the time. */
    private void makeExtended(Plan plan, PodInfo pod, String node) throws DeviceBinding.Failure, InterruptedException {
        var variant = plan.extendedByNode.get(node);
        if (variant == null) {
            return;
        }
        var allocation =
                requireNonNull(plan.decided.get(variant.claim().getMetadata().getUid()));
        var made = extendedClaims.make(variant.claim());
        plan.made = Optional.of(made);
        book.decide(made, allocation);
        book.undecide(variant.claim());
        var bound = binding.bind(made, Optional.of(allocation), pod);
        plan.made = Optional.of(bound);
        plan.claims.add(bound);
        extendedClaims.note(pod, bound, variant.draft().mappings());
    }

    @Override
    public Status preBind(CycleState state, PodInfo pod, String node) throws InterruptedException {
        var plan = state.get(this, Plan.class);
        try {
            for (int i = 0; i < plan.claims.size(); i++) {
                var claim = plan.claims.get(i);
                if (!PodClaims.reservedFor(claim, pod.uid())) {
                    var allocation = Optional.ofNullable(
                            plan.decided.get(claim.getMetadata().getUid()));
                    plan.claims.set(i, binding.bind(claim, allocation, pod));
                }
            }
            makeExtended(plan, pod, node);
            binding.awaitReady(plan.claims, pod, node);
            return Status.SUCCESS;
        } catch (DeviceBinding.Failure e) {
            return Status.error(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded _ -> true;
            case ClusterEvent.NodeChanged changed -> changed.labels() || changed.allocatable();
            case ClusterEvent.PodChanged changed -> changed.generatedClaims();
            case ClusterEvent.ObjectChanged changed ->
                changed.of(ResourceClaim.class) || changed.of(DeviceClass.class) || changed.of(ResourceSlice.class);
            default -> false;
        };
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodChanged(var _, var now) -> PodClaims.of(now, book::claim) instanceof PodClaims.All;
            case ClusterEvent.ObjectChanged(var before, ResourceClaim now) ->
                claimMayHelp(pod, before.orElse(null), now);
            default -> true;
        };
    }

    /** One that gave up its devices helps all; else only a change of what one of the pod's own has. */
    private boolean claimMayHelp(PodInfo pod, @Nullable Object before, ResourceClaim now) {
        if (!(PodClaims.of(pod.pod(), book::claim) instanceof PodClaims.All(var claims))) {
            return false;
        }
        var old = before instanceof ResourceClaim claim ? claim : null;
        if (old != null && PodClaims.allocated(old) && !PodClaims.allocated(now)) {
            return true;
        }
        boolean own = claims.stream()
                .anyMatch(claim -> Objects.equals(
                        claim.getMetadata().getUid(), now.getMetadata().getUid()));
        return own && (old == null || !Objects.equals(old.getStatus(), now.getStatus()));
    }
}
