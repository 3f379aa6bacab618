package dev.navarch.api.quota;

import dev.navarch.api.values.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * How much of what quotas limit an object of a resource uses. Any resource's objects can be counted; pods, services and
 * claims, of volumes and of devices, are measured too (source: kubernetes pkg/quota/v1/evaluator/core; k8s.io/apiserver pkg/quota/v1/generic).
 */
public final class QuotaUsage {
    private static final Quantity ONE = Quantity.of(1);
    private static final String CLASS = ".storageclass.storage.k8s.io/";
    private static final String DEVICES = ".deviceclass.resource.k8s.io/devices";
    private static final String CLAIM_GROUP = "resource.k8s.io";
    private static final String CLAIMS = "resourceclaims";
    /** As many as one request may be given. */
    private static final int MOST_DEVICES = 32;

    private static final String REQUESTS = "requests.";
    private static final String HUGE_PAGES = "hugepages-";

    private static final Set<String> POD_NAMES = Set.of(
            "pods",
            "cpu",
            "memory",
            "ephemeral-storage",
            "requests.cpu",
            "requests.memory",
            "requests.ephemeral-storage",
            "limits.cpu",
            "limits.memory",
            "limits.ephemeral-storage");
    private static final Set<String> SERVICE_NAMES = Set.of("services", "services.nodeports", "services.loadbalancers");
    private static final Set<String> CLAIM_NAMES = Set.of("persistentvolumeclaims", "requests.storage");

    /** Resources that are counted under their own name too. */
    private static final Set<String> PLAIN_NAMES =
            Set.of("configmaps", "resourcequotas", "replicationcontrollers", "secrets");

    /** What every container must say where a quota limits it. */
    private static final Set<String> REQUIRED =
            Set.of("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory");

    private QuotaUsage() {}

    /** A resource whose objects use something. */
    public record Counted(String group, String resource) {

        boolean is(String plural) {
            return group.isEmpty() && resource.equals(plural);
        }

        /** The name under which its objects are counted. */
        String countName() {
            return "count/" + resource + (group.isEmpty() ? "" : "." + group);
        }

        /** Whether its objects use what is limited under this name. */
        public boolean uses(String name) {
            return name.equals(countName())
                    || group.equals(CLAIM_GROUP) && resource.equals(CLAIMS) && name.endsWith(DEVICES)
                    || group.isEmpty()
                            && switch (resource) {
                                case "pods" -> ofPods(name);
                                case "services" -> SERVICE_NAMES.contains(name);
                                case "persistentvolumeclaims" -> ofClaims(name);
                                default -> PLAIN_NAMES.contains(resource) && name.equals(resource);
                            };
        }
    }

    /** Whose objects use what is limited under this name; empty if it is unknown. */
    public static Optional<Counted> counted(String name) {
        if (name.startsWith("count/")) {
            var resource = name.substring("count/".length());
            int dot = resource.indexOf('.');
            return Optional.of(
                    dot < 0
                            ? new Counted("", resource)
                            : new Counted(resource.substring(dot + 1), resource.substring(0, dot)));
        }
        if (name.endsWith(DEVICES)) {
            return Optional.of(new Counted(CLAIM_GROUP, CLAIMS));
        }
        if (PLAIN_NAMES.contains(name)) {
            return Optional.of(new Counted("", name));
        }
        if (SERVICE_NAMES.contains(name)) {
            return Optional.of(new Counted("", "services"));
        }
        if (ofClaims(name)) {
            return Optional.of(new Counted("", "persistentvolumeclaims"));
        }
        return ofPods(name) ? Optional.of(new Counted("", "pods")) : Optional.empty();
    }

    private static boolean ofPods(String name) {
        return POD_NAMES.contains(name)
                || name.startsWith(HUGE_PAGES)
                || name.startsWith(REQUESTS + HUGE_PAGES)
                || name.startsWith(REQUESTS) && extended(name);
    }

    private static boolean ofClaims(String name) {
        return CLAIM_NAMES.contains(name) || CLAIM_NAMES.stream().anyMatch(n -> name.endsWith(CLASS + n));
    }

    private static boolean extended(String name) {
        return name.indexOf('/') >= 0 && !name.contains("kubernetes.io/");
    }

    /** What the object uses, by the names that quotas limit. */
    public static Map<String, Quantity> of(Counted counted, JsonNode object, Instant now) {
        Map<String, Quantity> used = new TreeMap<>();
        used.put(counted.countName(), ONE);
        if (counted.group.isEmpty()) {
            switch (counted.resource) {
                case "pods" -> pod(object, now, used);
                case "services" -> service(object, used);
                case "persistentvolumeclaims" -> claim(object, used);
                default -> {
                    if (PLAIN_NAMES.contains(counted.resource)) {
                        used.put(counted.resource, ONE);
                    }
                }
            }
        }
        if (counted.group.equals(CLAIM_GROUP) && counted.resource.equals(CLAIMS)) {
            object.path("spec").path("devices").path("requests").forEach(r -> devices(r, used));
        }
        return used;
    }

    /**
     * Of alternatives, each class is charged with the most that it could be asked for (source: kubernetes
     * pkg/quota/v1/evaluator/core/resource_claims.go).
     */
    private static void devices(JsonNode request, Map<String, Quantity> used) {
        Map<String, Quantity> most = new TreeMap<>();
        var alternatives = request.path("firstAvailable");
        if (alternatives.isEmpty()) {
            device(request.path("exactly"), most);
        } else {
            alternatives.forEach(alternative -> device(alternative, most));
        }
        Amounts.add(used, most);
    }

    private static void device(JsonNode request, Map<String, Quantity> most) {
        var deviceClass = request.path("deviceClassName").asString("");
        if (!deviceClass.isEmpty()) {
            boolean all = request.path("allocationMode").asString("").equals("All");
            Amounts.raise(
                    most,
                    Map.of(
                            deviceClass + DEVICES,
                            Quantity.of(
                                    all ? MOST_DEVICES : request.path("count").asLong(1))));
        }
    }

    private static void pod(JsonNode pod, Instant now, Map<String, Quantity> used) {
        if (living(pod, now)) {
            used.put("pods", ONE);
            compute(PodAmounts.withOverhead(pod, "requests"), PodAmounts.withOverhead(pod, "limits"), used);
        }
    }

    /** Neither ended nor long since due to be gone. */
    private static boolean living(JsonNode pod, Instant now) {
        var phase = pod.path("status").path("phase").asString("");
        if (phase.equals("Failed") || phase.equals("Succeeded")) {
            return false;
        }
        var meta = pod.path("metadata");
        var deletion = meta.path("deletionTimestamp").asString("");
        if (deletion.isEmpty() || !meta.path("deletionGracePeriodSeconds").isIntegralNumber()) {
            return true;
        }
        try {
            long grace = meta.path("deletionGracePeriodSeconds").asLong(0);
            return !now.isAfter(Instant.parse(deletion).plusSeconds(grace));
        } catch (DateTimeParseException _) {
            return true;
        }
    }

    private static void compute(
            Map<String, Quantity> requests, Map<String, Quantity> limits, Map<String, Quantity> used) {
        requests.forEach((name, amount) -> {
            if (Set.of("cpu", "memory", "ephemeral-storage").contains(name) || name.startsWith(HUGE_PAGES)) {
                used.put(name, amount);
                used.put(REQUESTS + name, amount);
            } else if (extended(name)) {
                used.put(REQUESTS + name, amount);
            }
        });
        limits.forEach((name, amount) -> {
            if (Set.of("cpu", "memory", "ephemeral-storage").contains(name)) {
                used.put("limits." + name, amount);
            }
        });
    }

    private static void service(JsonNode service, Map<String, Quantity> used) {
        var spec = service.path("spec");
        var type = spec.path("type").asString("");
        boolean balanced = type.equals("LoadBalancer");
        long ports = 0;
        if (balanced && !spec.path("allocateLoadBalancerNodePorts").asBoolean(true)) {
            ports = spec.path("ports")
                    .valueStream()
                    .filter(p -> p.path("nodePort").asInt(0) != 0)
                    .count();
        } else if (balanced || type.equals("NodePort")) {
            ports = spec.path("ports").size();
        }
        used.put("services", ONE);
        used.put("services.nodeports", Quantity.of(ports));
        used.put("services.loadbalancers", balanced ? ONE : Quantity.ZERO);
    }

    private static void claim(JsonNode claim, Map<String, Quantity> used) {
        var named = claim.path("metadata")
                .path("annotations")
                .path("volume.beta.kubernetes.io/storage-class")
                .asString("");
        var storageClass =
                named.isEmpty() ? claim.path("spec").path("storageClassName").asString("") : named;
        List<String> prefixes = storageClass.isEmpty() ? List.of("") : List.of("", storageClass + CLASS);
        var requested = Amounts.of(claim.path("spec").path("resources").path("requests"))
                .get("storage");
        var allocated =
                Amounts.of(claim.path("status").path("allocatedResources")).get("storage");
        for (var prefix : prefixes) {
            used.put(prefix + "persistentvolumeclaims", ONE);
            if (requested != null) {
                boolean grown = allocated != null && allocated.compareTo(requested) > 0;
                used.put(prefix + "requests.storage", whole(grown ? allocated : requested));
            }
        }
    }

    private static Quantity whole(Quantity amount) {
        BigDecimal rounded = amount.amount().setScale(0, RoundingMode.UP);
        return rounded.compareTo(amount.amount()) == 0 ? amount : Quantity.of(amount.value());
    }

    /** Why the pod can't be measured against these names; empty if it can, or if it says what it needs as a whole. */
    public static Optional<String> unspecified(JsonNode pod, Set<String> names) {
        if (!specified(pod.path("spec")).isEmpty()) {
            return Optional.empty();
        }
        Map<String, Set<String>> missing = new TreeMap<>();
        for (var list : List.of("containers", "initContainers")) {
            for (var container : pod.path("spec").path(list)) {
                var said = specified(container);
                for (var name : names) {
                    if (REQUIRED.contains(name) && !said.containsKey(name)) {
                        missing.computeIfAbsent(name, _ -> new TreeSet<>())
                                .add(container.path("name").asString(""));
                    }
                }
            }
        }
        List<String> texts = new ArrayList<>();
        missing.forEach((name, containers) -> texts.add(name + " for: " + String.join(",", containers)));
        return texts.isEmpty() ? Optional.empty() : Optional.of("must specify " + String.join("; ", texts));
    }

    private static Map<String, Quantity> specified(JsonNode owner) {
        Map<String, Quantity> said = new TreeMap<>();
        compute(
                Amounts.of(owner.path("resources").path("requests")),
                Amounts.of(owner.path("resources").path("limits")),
                said);
        return said;
    }
}
