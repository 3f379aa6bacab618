package dev.navarch.apiserver.admission;

import dev.navarch.api.quota.Amounts;
import dev.navarch.api.quota.QuotaScopes;
import dev.navarch.api.quota.QuotaUsage;
import dev.navarch.api.quota.QuotaUsage.Counted;
import dev.navarch.api.values.Quantity;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ObjectNode;

/**
 * Charges what is created to the quotas of its namespace, or refuses it. What is used stands in the quota's status,
 * which is only ever replaced as it was read, so that writers who race, be it in two servers, can't exceed it together.
 * What is given back, and what was charged for a write that failed later, the controller counts (source:
 * k8s.io/apiserver pkg/admission/plugin/resourcequota/controller.go, CheckRequest, against which it was read line by line;
 * what is used has the cases of upstream's tests in QuotaUsageTest).
 */
final class QuotaAdmission implements AdmissionPlugin {
    private static final int MOST_TRIES = 100;
    private static final int STRIPES = 64;

    /** Not limited (source: kubernetes pkg/quota/v1/install/registry.go, DefaultIgnoredResources). */
    private static final Set<String> IGNORED_GROUPS =
            Set.of("authentication.k8s.io", "authorization.k8s.io", "events.k8s.io");

    private final StoredObjects objects;
    private final QuotaSettings settings;
    private final TimeSource time;

    /** Writers of one server wait for one another instead of failing to replace. By namespace. */
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    QuotaAdmission(StoredObjects objects, QuotaSettings settings, TimeSource time) {
        this.objects = objects;
        this.settings = settings;
        this.time = time;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    @Override
    public String name() {
        return "ResourceQuota";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (!concerns(request)) {
            return;
        }
        var quotas = objects.list("", "resourcequotas", request.namespace());
        var limited = settings.of(request.group(), request.resource());
        if (quotas.isEmpty() && limited.isEmpty()) {
            return;
        }
        var charge = new Charge(request);
        charge.refuseNegative();
        for (var quota : quotas) {
            charge.on(quota);
        }
        charge.refuseUncovered(limited, quotas);
        if (request.dryRun()) {
            return;
        }
        var lock = locks[(request.namespace().hashCode() & Integer.MAX_VALUE) % STRIPES];
        lock.lock();
        try {
            quotas.forEach(q -> charge(charge, Meta.namespace(q), Meta.name(q)));
        } finally {
            lock.unlock();
        }
    }

    private static boolean concerns(AdmissionRequest request) {
        if (!request.namespaced()
                || request.object().isEmpty()
                || IGNORED_GROUPS.contains(request.group())
                || request.group().isEmpty() && request.resource().equals("events")) {
            return false;
        }
        boolean core = request.group().isEmpty();
        var subresource = request.subresource();
        return switch (request.operation()) {
            case CREATE -> subresource.isEmpty();
            case UPDATE ->
                core
                        && switch (request.resource()) {
                            case "pods" -> subresource.equals("resize") || subresource.isEmpty() && rescoped(request);
                            case "services" -> subresource.isEmpty();
                            case "persistentvolumeclaims" -> subresource.isEmpty() || subresource.equals("status");
                            default -> false;
                        };
            case DELETE, CONNECT -> false;
        };
    }

    /** Whether a pod is one of other quotas from now on: what may be changed of it is when it ends. */
    private static boolean rescoped(AdmissionRequest request) {
        return QuotaScopes.terminating(request.object().orElseThrow())
                != request.old().map(QuotaScopes::terminating).orElse(false);
    }

    private void charge(Charge charge, String namespace, String name) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var quota = objects.read("", "resourcequotas", namespace, name);
            if (quota.isEmpty()) {
                return;
            }
            var used = charge.on(quota.get());
            if (used.isEmpty()) {
                return;
            }
            var next = quota.get().deepCopy();
            Tree.childObject(next, "status").set("used", Amounts.tree(used.get()));
            if (objects.replace("", "resourcequotas", quota.get(), next)) {
                return;
            }
        }
        throw ApiFailure.modified("", "resourcequotas", name);
    }

    /** What a request would add. */
    private final class Charge {
        private final AdmissionRequest request;
        private final Counted counted;
        private final ObjectNode object;
        private final Map<String, Quantity> usage;

        Charge(AdmissionRequest request) {
            this.request = request;
            counted = new Counted(request.group(), request.resource());
            object = request.object().orElseThrow();
            usage = QuotaUsage.of(counted, object, time.now());
        }

        /**
         * What is used of the quota with it; empty if it changes nothing there.
         *
         * @throws ApiFailure if the quota does not allow it
         */
        Optional<Map<String, Quantity>> on(ObjectNode quota) {
            var hard = Amounts.of(Tree.at(quota, "status", "hard"));
            Set<String> names = new TreeSet<>(hard.keySet());
            names.removeIf(n -> !counted.uses(n));
            if (names.isEmpty() || !QuotaScopes.match(counted, quota, object)) {
                return Optional.empty();
            }
            if (request.resource().equals("pods") && request.group().isEmpty()) {
                QuotaUsage.unspecified(object, names).ifPresent(why -> {
                    throw request.forbidden("failed quota: " + Meta.name(quota) + ": " + why);
                });
            }
            var used = Amounts.of(Tree.at(quota, "status", "used"));
            if (!used.keySet().containsAll(names)) {
                throw request.forbidden(
                        "status unknown for quota: " + Meta.name(quota) + ", resources: " + String.join(",", names));
            }
            var wanted = added(quota);
            wanted.keySet().retainAll(names);
            if (wanted.isEmpty()) {
                return Optional.empty();
            }
            Amounts.add(used, wanted);
            if (!request.subresource().equals("status")) {
                refuseExcess(quota, hard, used, wanted);
            }
            return Optional.of(used);
        }

        void refuseNegative() {
            var negative =
                    usage.keySet().stream().filter(n -> usage.get(n).sign() < 0).toList();
            if (!negative.isEmpty()) {
                throw request.forbidden("quota usage is negative for resource(s): " + String.join(",", negative));
            }
        }

        /** Refuses what no quota is about where one must be. */
        void refuseUncovered(List<QuotaSettings.Limited> limited, List<ObjectNode> quotas) {
            if (limited.isEmpty() || more(true).isEmpty()) {
                return;
            }
            Set<String> covered = new TreeSet<>();
            Set<String> scopes = new TreeSet<>();
            for (var quota : quotas) {
                scopes.addAll(QuotaScopes.holding(counted, quota, object));
                if (QuotaScopes.match(counted, quota, object)) {
                    covered.addAll(Amounts.of(Tree.at(quota, "status", "hard")).keySet());
                }
            }
            Set<String> names = new TreeSet<>(usage.keySet());
            names.removeIf(name -> covered.contains(name)
                    || limited.stream().flatMap(l -> l.contains().stream()).noneMatch(name::contains));
            if (!names.isEmpty()) {
                throw request.forbidden("insufficient quota to consume: " + String.join(",", names));
            }
            var uncovered = limited.stream()
                    .flatMap(l -> l.scopes().stream())
                    .filter(scope -> QuotaScopes.holds(counted, scope, object))
                    .filter(scope -> !scopes.contains(Tree.text(scope, "scopeName")))
                    .map(scope -> "{" + Tree.text(scope, "scopeName") + " " + Tree.text(scope, "operator") + " ["
                            + String.join(" ", Tree.strings(scope, "values")) + "]}")
                    .toList();
            if (!uncovered.isEmpty()) {
                throw request.forbidden(
                        "insufficient quota to match these scopes: [" + String.join(" ", uncovered) + "]");
            }
        }

        /** What it uses, or what it uses more than before where the quota has counted it already. Without zeros. */
        private Map<String, Quantity> added(ObjectNode quota) {
            return more(request.old()
                    .filter(old -> QuotaScopes.match(counted, quota, old))
                    .isPresent());
        }

        /** @param beyond whether what the old object uses doesn't count */
        private Map<String, Quantity> more(boolean beyond) {
            Map<String, Quantity> added = new TreeMap<>(usage);
            if (beyond && request.operation() == Operation.UPDATE) {
                QuotaUsage.of(counted, request.old().orElseThrow(), time.now())
                        .forEach((name, before) -> added.computeIfPresent(name, (_, now) -> now.minus(before)));
            }
            added.values().removeIf(a -> a.sign() <= 0);
            return added;
        }

        private void refuseExcess(
                ObjectNode quota,
                Map<String, Quantity> hard,
                Map<String, Quantity> used,
                Map<String, Quantity> wanted) {
            Map<String, Quantity> asked = new TreeMap<>(wanted);
            asked.keySet().removeIf(n -> used.get(n).compareTo(hard.get(n)) <= 0);
            if (asked.isEmpty()) {
                return;
            }
            var before = Amounts.of(Tree.at(quota, "status", "used"));
            before.keySet().retainAll(asked.keySet());
            hard.keySet().retainAll(asked.keySet());
            throw request.forbidden("exceeded quota: " + Meta.name(quota) + ", requested: " + Amounts.text(asked)
                    + ", used: " + Amounts.text(before) + ", limited: " + Amounts.text(hard));
        }
    }
}
