package dev.navarch.scheduler.plugins;

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
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

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
    static final Duration FILTER_TIMEOUT = Duration.ofSeconds(10);
    static final Duration BINDING_TIMEOUT = Duration.ofMinutes(10);
    private static final int MOST_ALTERNATIVES = 8;
    private static final Status NOTHING = Status.unschedulable("no new claims to deallocate");
    private static final Status ELSEWHERE = Status.unresolvable("resourceclaim not available on the node");

    private final Handle handle;
    private final Duration filterTimeout;
    private final Informer<DeviceClass> classes;
    private final ClaimBook book;
    private final PublishedDevices devices;
    private final DeviceBinding binding;

    DynamicResources(Handle handle, Duration filterTimeout, Duration bindingTimeout) {
        this.handle = handle;
        this.filterTimeout = filterTimeout;
        classes = handle.watch(DeviceClass.class);
        book = handle.shared(ClaimBook.class, () -> new ClaimBook(handle));
        devices = handle.shared(PublishedDevices.class, () -> new PublishedDevices(handle));
        binding = new DeviceBinding(handle, book, bindingTimeout);
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

        Plan(List<ResourceClaim> claims) {
            this.claims = new ArrayList<>(claims);
        }
    }

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
            case PodClaims.All(var claims) when claims.isEmpty() -> PreFilter.Result.SKIP;
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
        if (!plan.unallocated.isEmpty()) {
            var supply = new Allocator.Supply(
                    devices.pools(),
                    book.used(),
                    name -> classes.get("", name),
                    devices.selectors(),
                    () -> new UUID(handle.random().nextLong(), handle.random().nextLong()).toString());
            plan.allocator = new Allocator(supply, plan.unallocated);
        }
        return Optional.empty();
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
        if (plan.allocator != null) {
            try {
                switch (plan.allocator.allocate(node.name(), node.labels(), deadline())) {
                    case Allocator.Allocated(var results) -> {
                        if (here) {
                            plan.byNode.put(node.name(), results);
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
        for (int i = 0; i < results.size(); i++) {
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
        if (plan.unallocated.isEmpty()) {
            return Status.SUCCESS;
        }
        var results = plan.byNode.get(node);
        if (results == null) {
            return Status.error("claim allocation not found for node");
        }
        for (int i = 0; i < results.size(); i++) {
            var claim = plan.unallocated.get(i);
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
        for (var claim : state.get(this, Plan.class).claims) {
            book.undecide(claim);
            if (PodClaims.allocated(claim) && PodClaims.reservedFor(claim, pod.uid())) {
                binding.release(claim, pod);
            }
        }
    }

    @Override
    public boolean hasWork(CycleState state, PodInfo pod, String node) {
        return state.has(this);
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
            binding.awaitReady(plan.claims, pod, node);
            return Status.SUCCESS;
        } catch (DeviceBinding.Failure e) {
            return Status.error(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.ObjectChanged
                || event instanceof ClusterEvent.NodeAdded
                || event instanceof ClusterEvent.NodeChanged
                || event instanceof ClusterEvent.PodChanged;
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded _ -> true;
            case ClusterEvent.NodeChanged(var before, var now) ->
                !Objects.equals(
                                before.getMetadata().getLabels(),
                                now.getMetadata().getLabels())
                        || before.getStatus() == null
                        || now.getStatus() == null
                        || !Objects.equals(
                                before.getStatus().getAllocatable(),
                                now.getStatus().getAllocatable());
            case ClusterEvent.PodChanged(var _, var now) -> PodClaims.of(now, book::claim) instanceof PodClaims.All;
            case ClusterEvent.ObjectChanged(var before, ResourceClaim now) ->
                claimMayHelp(pod, before.orElse(null), now);
            case ClusterEvent.ObjectChanged changed ->
                changed.of(DeviceClass.class)
                        || changed.of(io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice.class);
            default -> false;
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
