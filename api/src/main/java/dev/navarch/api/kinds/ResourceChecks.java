package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    private ResourceChecks() {}

    /** The quantity of a field; nothing if there is none or it is not well formed. */
    static Optional<Quantity> quantity(At at) {
        if (!at.node().isString() && !at.node().isNumber()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Quantity.parse(at.node().asString("")));
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

    static void requirements(At resources, Problems problems) {
        At limits = resources.at("limits");
        At requests = resources.at("requests");
        for (Map.Entry<String, At> limit : limits.entries()) {
            containerResource(limit.getKey(), limit.getValue(), problems);
            amount(limit.getKey(), limit.getValue(), problems);
        }
        for (Map.Entry<String, At> request : requests.entries()) {
            String name = request.getKey();
            containerResource(name, request.getValue(), problems);
            amount(name, request.getValue(), problems);
            belowLimit(name, request.getValue(), limits, requests, problems);
        }
        notHugePagesAlone(resources, problems);
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
    private static boolean canOvercommit(String name) {
        return !isHugePages(name) && isNative(name);
    }

    private static boolean isHugePages(String name) {
        return name.startsWith("hugepages-");
    }

    private static void containerResource(String name, At at, Problems problems) {
        List<String> complaints = Names.qualifiedName(name);
        complaints.forEach(complaint -> problems.invalid(at, name, complaint));
        if (!complaints.isEmpty()) {
            return;
        }
        if (!name.contains("/")) {
            if (!STANDARD.contains(name) && !isHugePages(name)) {
                problems.invalid(at, name, "must be a standard resource type or fully qualified");
            }
            if (!OF_CONTAINERS.contains(name) && !isHugePages(name)) {
                problems.invalid(at, name, "must be a standard resource for containers");
            }
        } else if (name.startsWith("requests.")) {
            problems.invalid(at, name, "doesn't follow extended resource name standard");
        }
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
        boolean whole = !isNative(name);
        if (whole && amount.get().milliValue() % 1000 != 0) {
            problems.invalid(at, amount.get().toString(), "must be an integer");
        }
    }
}
