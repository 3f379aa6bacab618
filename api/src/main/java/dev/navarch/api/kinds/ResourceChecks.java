package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Requests and limits.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateContainerResourceName,
 * ValidateResourceRequirements).
 */
final class ResourceChecks {
    private static final Set<String> OF_CONTAINERS = Set.of("cpu", "memory", "ephemeral-storage");

    /** Names without a prefix that mean something, in quotas at least. */
    private static final Set<String> STANDARD = Set.of(
            "cpu",
            "memory",
            "ephemeral-storage",
            "storage",
            "requests.cpu",
            "requests.memory",
            "requests.storage",
            "requests.ephemeral-storage",
            "limits.cpu",
            "limits.memory",
            "limits.ephemeral-storage",
            "pods",
            "resourcequotas",
            "services",
            "replicationcontrollers",
            "secrets",
            "configmaps",
            "persistentvolumeclaims",
            "services.nodeports",
            "services.loadbalancers");

    /** Things that are counted. */
    private static final Set<String> INTEGERS = Set.of(
            "pods",
            "services",
            "resourcequotas",
            "secrets",
            "configmaps",
            "persistentvolumeclaims",
            "replicationcontrollers",
            "services.nodeports",
            "services.loadbalancers");

    private ResourceChecks() {}

    /** The quantity of a field; nothing if there is none or it is not well formed. */
    static Optional<Quantity> quantity(At at) {
        if (!at.node().isString() && !at.node().isNumber()) {
            return Optional.empty();
        }
        return parse(at.node().asString(""));
    }

    private static Optional<Quantity> parse(String text) {
        try {
            return Optional.of(Quantity.parse(text));
        } catch (QuantityException _) {
            return Optional.empty();
        }
    }

    /** A quantity that, if given, is not negative. */
    static void notNegative(At at, Problems problems) {
        quantity(at)
                .filter(amount -> amount.sign() < 0)
                .ifPresent(amount -> problems.invalid(at, amount.toString(), "must be greater than or equal to 0"));
    }

    /** A quantity that is more than nothing. */
    static void positive(At at, Problems problems) {
        quantity(at)
                .filter(amount -> amount.sign() <= 0)
                .ifPresent(amount -> problems.invalid(at, amount.toString(), "must be greater than zero"));
    }

    /** A quantity as the oldest rules have it (source: validateBasicResource). */
    static void basic(At at, Problems problems) {
        quantity(at)
                .filter(amount -> amount.value() < 0)
                .ifPresent(amount -> problems.invalid(at, amount.value(), "must be a valid resource quantity"));
    }

    /** Whether a resource is Kubernetes' own: without a prefix, or with its prefix. */
    static boolean isNative(String name) {
        return !name.contains("/") || name.contains("kubernetes.io/");
    }

    /** Whether a resource is somebody else's, and may be named in a quota too. */
    static boolean isExtended(String name) {
        return !isNative(name)
                && !name.startsWith("requests.")
                && Names.qualifiedName("requests." + name).isEmpty();
    }

    /** The rules of a resource's name. */
    interface NameCheck {
        void check(String name, At at, Problems problems);
    }

    /** What a container asks for and may use, and the claims of its pod that it uses. */
    static void ofContainer(At resources, Set<String> claims, Problems problems) {
        if (!resources.isEmpty()) {
            amounts(resources, claims, ResourceChecks::containerResource, problems);
        }
    }

    static void amounts(At resources, Set<String> claims, NameCheck names, Problems problems) {
        At limits = resources.at("limits");
        At requests = resources.at("requests");
        for (Map.Entry<String, At> limit : limits.entries()) {
            names.check(limit.getKey(), limit.getValue(), problems);
            amount(limit.getKey(), limit.getValue(), problems);
            pages(limit.getKey(), limit.getValue(), problems);
        }
        for (Map.Entry<String, At> request : requests.entries()) {
            String name = request.getKey();
            names.check(name, request.getValue(), problems);
            amount(name, request.getValue(), problems);
            belowLimit(name, request.getValue(), limits, requests, problems);
            pages(name, request.getValue(), problems);
        }
        notHugePagesAlone(resources, problems);
        if (resources.at("claims").size() > 0) {
            claims(resources.at("claims"), claims, problems);
        }
    }

    /** Huge pages come in whole pages. */
    private static void pages(String name, At at, Problems problems) {
        if (!isHugePages(name)) {
            return;
        }
        Optional<Quantity> amount = quantity(at);
        Optional<Quantity> page = parse(name.substring("hugepages-".length()));
        boolean whole = amount.isPresent()
                && page.isPresent()
                && page.get().value() > 0
                && amount.get().value() % page.get().value() == 0;
        if (amount.isPresent() && !whole) {
            problems.invalid(
                    at, amount.get().toString(), amount.get() + " is not positive integer multiple of " + name);
        }
    }

    private static void claims(At claims, Set<String> known, Problems problems) {
        Set<String> seen = new TreeSet<>();
        for (At claim : claims.items()) {
            String name = claim.at("name").text();
            if (name.isEmpty()) {
                problems.required(claim, "");
                continue;
            }
            At request = claim.at("request");
            String key = request.isEmpty() ? name : name + "/" + request.text();
            if (seen.contains(name)) {
                problems.duplicate(claim, name);
            } else {
                problems.grammarIfSet(request, Names::dns1123Label);
                boolean part = request.isEmpty() && seen.stream().anyMatch(other -> other.startsWith(name + "/"));
                if (!seen.add(key) || part) {
                    problems.duplicate(claim, key);
                }
            }
            if (!known.contains(name)) {
                String names = known.isEmpty() ? " which is empty" : ": " + String.join(", ", new TreeSet<>(known));
                problems.notFound(claim, name, "must be one of the names in pod.spec.resourceClaims" + names);
            }
        }
    }

    /** Huge pages alone do not make a container. */
    private static void notHugePagesAlone(At resources, Problems problems) {
        boolean huge = false;
        boolean counted = false;
        for (String part : new String[] {"limits", "requests"}) {
            for (String name : resources.at(part).node().propertyNames()) {
                huge |= isHugePages(name);
                counted |= name.equals("cpu") || name.equals("memory");
            }
        }
        if (huge && !counted) {
            problems.forbidden(resources, "HugePages require cpu or memory");
        }
    }

    private static void belowLimit(String name, At request, At limits, At requests, Problems problems) {
        Optional<Quantity> wanted = quantity(request);
        Optional<Quantity> most = quantity(limits.key(name));
        if (wanted.isEmpty()) {
            return;
        }
        if (most.isEmpty()) {
            if (!canOvercommit(name)) {
                problems.required(limits, "Limit must be set for non overcommitable resources");
            }
        } else if (!canOvercommit(name) && !wanted.equals(most)) {
            problems.invalid(requests, wanted.get().toString(), "must be equal to " + name + " limit of " + most.get());
        } else if (wanted.get().compareTo(most.get()) > 0) {
            problems.invalid(
                    requests,
                    wanted.get().toString(),
                    "must be less than or equal to " + name + " limit of " + most.get());
        }
    }

    /** Native resources may be promised twice, all others are counted exactly. */
    static boolean canOvercommit(String name) {
        return !isHugePages(name) && isNative(name);
    }

    private static boolean isHugePages(String name) {
        return name.startsWith("hugepages-");
    }

    /** The name of a resource of a container. */
    static void containerResource(String name, At at, Problems problems) {
        if (OF_CONTAINERS.contains(name)) {
            return;
        }
        List<String> complaints = Names.qualifiedName(name);
        complaints.forEach(complaint -> problems.invalid(at, name, complaint));
        if (!complaints.isEmpty()) {
            return;
        }
        if (!name.contains("/")) {
            if (!STANDARD.contains(name) && !isHugePages(name)) {
                problems.invalid(at, name, "must be a standard resource type or fully qualified");
            }
            if (!isHugePages(name)) {
                problems.invalid(at, name, "must be a standard resource for containers");
            }
        } else if (!isNative(name) && !isExtended(name)) {
            problems.invalid(at, name, "doesn't follow extended resource name standard");
        }
    }

    /** The name of a resource that a quota may count. */
    static void quotaResource(String name, At at, Problems problems) {
        List<String> complaints = Names.qualifiedName(name);
        complaints.forEach(complaint -> problems.invalid(at, name, complaint));
        if (complaints.isEmpty() && !name.contains("/")) {
            if (!isStandard(name)) {
                problems.invalid(at, name, "must be a standard resource type or fully qualified");
            }
            if (!isStandardForQuota(name)) {
                problems.invalid(at, name, "must be a standard resource for quota");
            }
        }
    }

    /** The name of a resource of whatever kind. */
    static void anyResource(String name, At at, Problems problems) {
        List<String> complaints = Names.qualifiedName(name);
        complaints.forEach(complaint -> problems.invalid(at, name, complaint));
        if (complaints.isEmpty() && !name.contains("/") && !isStandard(name)) {
            problems.invalid(at, name, "must be a standard resource type or fully qualified");
        }
    }

    private static boolean isStandard(String name) {
        return STANDARD.contains(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
    }

    static boolean isStandardForQuota(String name) {
        return isStandard(name) && !name.equals("storage");
    }

    /** An amount is not negative, and whole where parts make no sense. */
    static void amount(String name, At at, Problems problems) {
        Optional<Quantity> amount = quantity(at);
        if (amount.isEmpty()) {
            return;
        }
        if (amount.get().sign() < 0) {
            problems.invalid(at, amount.get().toString(), "must be greater than or equal to 0");
        }
        if ((INTEGERS.contains(name) || isExtended(name)) && amount.get().milliValue() % 1000 != 0) {
            problems.invalid(at, amount.get().toString(), "must be an integer");
        }
    }
}
