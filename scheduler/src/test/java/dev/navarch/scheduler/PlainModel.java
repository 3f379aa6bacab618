package dev.navarch.scheduler;

import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Selectors;
import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What the default plugins say, computed anew from all objects each time: no indexes, nothing remembered, one loop inside
 * the other. The scheduler's answers are held against it.
 *
 * @param pods those on nodes
 * @param namespaces labels by name
 */
record PlainModel(List<Node> nodes, List<Pod> pods, Map<String, Map<String, String>> namespaces) {
    private static final String HOST = "kubernetes.io/hostname";
    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final long DEFAULT_MILLIS = 100;
    private static final long DEFAULT_BYTES = 200L << 20;

    /** The feasible nodes with their scores. */
    Map<String, Long> scores(Pod pod) {
        var feasible = nodes.stream().filter(node -> fits(pod, node)).toList();
        Map<String, Long> totals = new TreeMap<>();
        feasible.forEach(node -> totals.put(name(node), 0L));
        if (feasible.isEmpty()) {
            return totals;
        }
        add(totals, 3, fewerIsBetter(feasible, node -> discouraging(pod, node)));
        if (!preferredTerms(pod).isEmpty()) {
            add(totals, 2, moreIsBetter(feasible, node -> preference(pod, node)));
        }
        add(totals, 1, plain(feasible, node -> leastAllocated(pod, node)));
        add(totals, 1, plain(feasible, node -> balanced(pod, node)));
        add(totals, 1, plain(feasible, node -> images(pod, node)));
        add(totals, 2, spreadScores(pod, feasible));
        add(totals, 2, affinityScores(pod, feasible));
        return totals;
    }

    private static void add(Map<String, Long> totals, int weight, Map<String, Long> own) {
        own.forEach((node, score) -> totals.merge(node, weight * score, Long::sum));
    }

    private static Map<String, Long> plain(List<Node> nodes, ToLongFunction<Node> score) {
        var scores = new HashMap<String, Long>();
        nodes.forEach(node -> scores.put(name(node), score.applyAsLong(node)));
        return scores;
    }

    private static Map<String, Long> moreIsBetter(List<Node> nodes, ToLongFunction<Node> score) {
        var scores = plain(nodes, score);
        long most = scores.values().stream().mapToLong(s -> s).max().orElse(0);
        scores.replaceAll((_, s) -> most == 0 ? 0 : 100 * s / most);
        return scores;
    }

    private static Map<String, Long> fewerIsBetter(List<Node> nodes, ToLongFunction<Node> score) {
        var scores = plain(nodes, score);
        long most = scores.values().stream().mapToLong(s -> s).max().orElse(0);
        scores.replaceAll((_, s) -> most == 0 ? 100 : 100 - 100 * s / most);
        return scores;
    }

    // What objects say

    private static String name(Node node) {
        return node.getMetadata().getName();
    }

    private static Map<String, String> labels(Node node) {
        return Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
    }

    private static Map<String, String> labels(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }

    private static List<Taint> taints(Node node) {
        return orEmpty(node.getSpec().getTaints());
    }

    private List<Pod> on(Node node) {
        return pods.stream()
                .filter(pod -> name(node).equals(pod.getSpec().getNodeName()))
                .toList();
    }

    private static boolean terminating(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    private static long amount(Map<String, io.fabric8.kubernetes.api.model.Quantity> amounts, String resource) {
        var quantity = amounts == null ? null : amounts.get(resource);
        if (quantity == null) {
            return 0;
        }
        var number = quantity.getNumericalAmount();
        return resource.equals("cpu") ? number.movePointRight(3).longValueExact() : number.longValueExact();
    }

    /** What containers that run together want, or an init container beside those that keep running, if that is more. */
    private static long sum(Pod pod, ToLongFunction<Container> wants) {
        long together = pod.getSpec().getContainers().stream().mapToLong(wants).sum();
        long before = 0;
        long most = 0;
        for (var container : orEmpty(pod.getSpec().getInitContainers())) {
            long own = wants.applyAsLong(container);
            if ("Always".equals(container.getRestartPolicy())) {
                before += own;
                most = Math.max(most, before);
            } else {
                most = Math.max(most, before + own);
            }
        }
        return Math.max(most, together + before);
    }

    private static long requested(Pod pod, String resource) {
        return sum(pod, container -> amount(container.getResources().getRequests(), resource));
    }

    private static long compared(Pod pod, String resource) {
        return sum(pod, container -> {
            var requests = container.getResources().getRequests();
            boolean given = requests != null && requests.containsKey(resource);
            return given ? amount(requests, resource) : resource.equals("cpu") ? DEFAULT_MILLIS : DEFAULT_BYTES;
        });
    }

    // Filters

    private boolean fits(Pod pod, Node node) {
        return (!Boolean.TRUE.equals(node.getSpec().getUnschedulable()))
                && taints(node).stream()
                        .filter(taint -> !"PreferNoSchedule".equals(taint.getEffect()))
                        .allMatch(taint -> Tolerations.tolerate(pod.getSpec().getTolerations(), taint))
                && NodeSelectors.required(pod, name(node), labels(node))
                && portsFree(pod, node)
                && roomFor(pod, node)
                && volumesAllow(pod, node)
                && spreadAllows(pod, node)
                && affinityAllows(pod, node);
    }

    private boolean portsFree(Pod pod, Node node) {
        for (var wanted : ports(pod)) {
            for (var other : on(node)) {
                for (var used : ports(other)) {
                    boolean anywhere = "0.0.0.0".equals(ip(wanted)) || "0.0.0.0".equals(ip(used));
                    if (wanted.getHostPort().equals(used.getHostPort())
                            && wanted.getProtocol().equals(used.getProtocol())
                            && (anywhere || ip(wanted).equals(ip(used)))) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static String ip(ContainerPort port) {
        return port.getHostIP() == null ? "0.0.0.0" : port.getHostIP();
    }

    private static List<ContainerPort> ports(Pod pod) {
        var ports = new ArrayList<ContainerPort>();
        pod.getSpec().getContainers().forEach(container -> ports.addAll(orEmpty(container.getPorts())));
        return ports;
    }

    private boolean roomFor(Pod pod, Node node) {
        var has = node.getStatus().getAllocatable();
        if (on(node).size() + 1 > amount(has, "pods")) {
            return false;
        }
        for (var resource : List.of("cpu", "memory", "example.com/gpu")) {
            long wanted = requested(pod, resource);
            long used = on(node).stream()
                    .mapToLong(other -> requested(other, resource))
                    .sum();
            if (wanted > 0 && used + wanted > amount(has, resource)) {
                return false;
            }
        }
        return true;
    }

    // Volumes, those of RandomCluster

    private static Set<Integer> volumes(Pod pod) {
        var numbers = new HashSet<Integer>();
        for (var volume : orEmpty(pod.getSpec().getVolumes())) {
            numbers.add(Integer.valueOf(
                    volume.getPersistentVolumeClaim().getClaimName().substring(1)));
        }
        return numbers;
    }

    private boolean volumesAllow(Pod pod, Node node) {
        var wanted = volumes(pod);
        if (wanted.isEmpty()) {
            return true;
        }
        var attached = new HashSet<>(wanted);
        on(node).forEach(other -> attached.addAll(volumes(other)));
        boolean limited = Integer.parseInt(name(node).substring(4)) % 2 == 0;
        if (limited
                && attached.size() > RandomCluster.ATTACHABLE
                && !volumesOn(node).containsAll(wanted)) {
            return false;
        }
        for (int volume : wanted) {
            var zone = RandomCluster.VOLUME_ZONES.get(volume);
            if (!zone.isEmpty() && !zone.equals(labels(node).get(ZONE))) {
                return false;
            }
            if (volume >= RandomCluster.FIRST_EXCLUSIVE
                    && pods.stream().anyMatch(other -> volumes(other).contains(volume))) {
                return false;
            }
        }
        return true;
    }

    private Set<Integer> volumesOn(Node node) {
        var all = new HashSet<Integer>();
        on(node).forEach(pod -> all.addAll(volumes(pod)));
        return all;
    }

    // Spreading

    private static List<TopologySpreadConstraint> constraints(Pod pod, String whenUnsatisfiable) {
        return orEmpty(pod.getSpec().getTopologySpreadConstraints()).stream()
                .filter(constraint -> constraint.getWhenUnsatisfiable().equals(whenUnsatisfiable))
                .toList();
    }

    private static boolean counts(TopologySpreadConstraint constraint, Pod pod, Map<String, String> labels) {
        for (var key : orEmpty(constraint.getMatchLabelKeys())) {
            var own = labels(pod).get(key);
            if (own != null && !own.equals(labels.get(key))) {
                return false;
            }
        }
        return Selectors.of(constraint.getLabelSelector()).matches(labels);
    }

    private static boolean includes(TopologySpreadConstraint constraint, Pod pod, Node node) {
        return ("Ignore".equals(constraint.getNodeAffinityPolicy())
                        || NodeSelectors.required(pod, name(node), labels(node)))
                && (!"Honor".equals(constraint.getNodeTaintsPolicy())
                        || taints(node).stream()
                                .filter(Tolerations::repels)
                                .allMatch(taint ->
                                        Tolerations.tolerate(pod.getSpec().getTolerations(), taint)));
    }

    private static boolean hasAll(Node node, List<TopologySpreadConstraint> constraints) {
        return constraints.stream().allMatch(constraint -> labels(node).containsKey(constraint.getTopologyKey()));
    }

    private int matching(TopologySpreadConstraint constraint, Pod pod, Node node) {
        return (int) on(node).stream()
                .filter(other -> !terminating(other))
                .filter(other -> other.getMetadata()
                        .getNamespace()
                        .equals(pod.getMetadata().getNamespace()))
                .filter(other -> counts(constraint, pod, labels(other)))
                .count();
    }

    private boolean spreadAllows(Pod pod, Node node) {
        var constraints = constraints(pod, "DoNotSchedule");
        for (var constraint : constraints) {
            var key = constraint.getTopologyKey();
            var value = labels(node).get(key);
            if (value == null) {
                return false;
            }
            var domains = new HashMap<String, Integer>();
            for (var other : nodes) {
                if (hasAll(other, constraints) && includes(constraint, pod, other)) {
                    domains.merge(labels(other).get(key), matching(constraint, pod, other), Integer::sum);
                }
            }
            int minDomains = constraint.getMinDomains() == null ? 1 : constraint.getMinDomains();
            int least = domains.size() < minDomains
                    ? 0
                    : domains.values().stream()
                            .mapToInt(Integer::intValue)
                            .min()
                            .orElse(0);
            int self = counts(constraint, pod, labels(pod)) ? 1 : 0;
            if (domains.getOrDefault(value, 0) + self - least > constraint.getMaxSkew()) {
                return false;
            }
        }
        return true;
    }

    private Map<String, Long> spreadScores(Pod pod, List<Node> feasible) {
        var constraints = constraints(pod, "ScheduleAnyway");
        if (constraints.isEmpty()) {
            return Map.of();
        }
        var scored = feasible.stream().filter(node -> hasAll(node, constraints)).toList();
        var raw = new LinkedHashMap<String, Long>();
        for (var node : scored) {
            double score = 0;
            for (var constraint : constraints) {
                score += spreadScore(constraint, constraints, pod, node, scored);
            }
            raw.put(name(node), Math.round(score));
        }
        long most = raw.values().stream().mapToLong(s -> s).max().orElse(0);
        long least = raw.values().stream().mapToLong(s -> s).min().orElse(0);
        var scores = new HashMap<String, Long>();
        for (var node : feasible) {
            var own = raw.get(name(node));
            scores.put(name(node), own == null ? 0 : most == 0 ? 100 : 100 * (most + least - own) / most);
        }
        return scores;
    }

    private double spreadScore(
            TopologySpreadConstraint constraint,
            List<TopologySpreadConstraint> constraints,
            Pod pod,
            Node node,
            List<Node> scored) {
        var key = constraint.getTopologyKey();
        boolean hosts = key.equals(HOST);
        var values = new HashSet<String>();
        scored.forEach(other -> values.add(labels(other).get(key)));
        double weight = Math.log((hosts ? scored.size() : values.size()) + 2);
        int count = 0;
        if (hosts) {
            count = matching(constraint, pod, node);
        } else {
            for (var other : nodes) {
                if (labels(node).get(key).equals(labels(other).get(key))
                        && hasAll(other, constraints)
                        && includes(constraint, pod, other)) {
                    count += matching(constraint, pod, other);
                }
            }
        }
        return count * weight + (constraint.getMaxSkew() - 1);
    }

    // Affinity

    private boolean matches(PodAffinityTerm term, Pod of, Pod other) {
        var namespace = other.getMetadata().getNamespace();
        boolean named = term.getNamespaces() != null && !term.getNamespaces().isEmpty();
        boolean own = !named
                && term.getNamespaceSelector() == null
                && namespace.equals(of.getMetadata().getNamespace());
        boolean selected = term.getNamespaceSelector() != null
                && Selectors.of(term.getNamespaceSelector()).matches(namespaces.getOrDefault(namespace, Map.of()));
        return (own || named && term.getNamespaces().contains(namespace) || selected)
                && Selectors.of(term.getLabelSelector()).matches(labels(other));
    }

    private static List<PodAffinityTerm> required(Pod pod, boolean anti) {
        var affinity = pod.getSpec().getAffinity();
        if (affinity == null) {
            return List.of();
        }
        if (anti) {
            var rules = affinity.getPodAntiAffinity();
            return rules == null ? List.of() : orEmpty(rules.getRequiredDuringSchedulingIgnoredDuringExecution());
        }
        var rules = affinity.getPodAffinity();
        return rules == null ? List.of() : orEmpty(rules.getRequiredDuringSchedulingIgnoredDuringExecution());
    }

    private static List<WeightedPodAffinityTerm> preferred(Pod pod, boolean anti) {
        var affinity = pod.getSpec().getAffinity();
        if (affinity == null) {
            return List.of();
        }
        if (anti) {
            var rules = affinity.getPodAntiAffinity();
            return rules == null ? List.of() : orEmpty(rules.getPreferredDuringSchedulingIgnoredDuringExecution());
        }
        var rules = affinity.getPodAffinity();
        return rules == null ? List.of() : orEmpty(rules.getPreferredDuringSchedulingIgnoredDuringExecution());
    }

    private static boolean sameTopology(String key, Node one, Node other) {
        var value = labels(one).get(key);
        return value != null && value.equals(labels(other).get(key));
    }

    private boolean affinityAllows(Pod pod, Node node) {
        for (var other : nodes) {
            for (var existing : on(other)) {
                for (var term : required(existing, true)) {
                    if (matches(term, existing, pod) && sameTopology(term.getTopologyKey(), node, other)) {
                        return false;
                    }
                }
                for (var term : required(pod, true)) {
                    if (matches(term, pod, existing) && sameTopology(term.getTopologyKey(), node, other)) {
                        return false;
                    }
                }
            }
        }
        var terms = required(pod, false);
        if (terms.stream().anyMatch(term -> !labels(node).containsKey(term.getTopologyKey()))) {
            return false;
        }
        boolean together = true;
        boolean anywhere = false;
        for (var term : terms) {
            boolean here = false;
            for (var other : nodes) {
                for (var existing : on(other)) {
                    if (terms.stream().allMatch(each -> matches(each, pod, existing))) {
                        anywhere |= labels(other).containsKey(term.getTopologyKey());
                        here |= sameTopology(term.getTopologyKey(), node, other);
                    }
                }
            }
            together &= here;
        }
        return together || !anywhere && terms.stream().allMatch(term -> matches(term, pod, pod));
    }

    private Map<String, Long> affinityScores(Pod pod, List<Node> feasible) {
        var raw = plain(feasible, node -> liking(pod, node));
        long most = raw.values().stream().mapToLong(s -> s).max().orElse(0);
        long least = raw.values().stream().mapToLong(s -> s).min().orElse(0);
        raw.replaceAll((_, s) -> most == least ? 0 : (long) (100.0 * (s - least) / (most - least)));
        return raw;
    }

    private long liking(Pod pod, Node node) {
        long sum = 0;
        for (var other : nodes) {
            for (var existing : on(other)) {
                for (boolean anti : new boolean[] {false, true}) {
                    int sign = anti ? -1 : 1;
                    for (var wish : preferred(pod, anti)) {
                        sum += liking(wish.getPodAffinityTerm(), pod, existing, node, other) * sign * wish.getWeight();
                    }
                    for (var wish : preferred(existing, anti)) {
                        sum += liking(wish.getPodAffinityTerm(), existing, pod, node, other) * sign * wish.getWeight();
                    }
                }
                for (var term : required(existing, false)) {
                    sum += liking(term, existing, pod, node, other);
                }
            }
        }
        return sum;
    }

    private int liking(PodAffinityTerm term, Pod of, Pod pod, Node node, Node other) {
        return matches(term, of, pod) && sameTopology(term.getTopologyKey(), node, other) ? 1 : 0;
    }

    // Other scores

    private static long discouraging(Pod pod, Node node) {
        return taints(node).stream()
                .filter(taint -> "PreferNoSchedule".equals(taint.getEffect()))
                .filter(taint -> !Tolerations.tolerate(pod.getSpec().getTolerations(), taint))
                .count();
    }

    private static List<io.fabric8.kubernetes.api.model.PreferredSchedulingTerm> preferredTerms(Pod pod) {
        var affinity = pod.getSpec().getAffinity();
        var nodeAffinity = affinity == null ? null : affinity.getNodeAffinity();
        return nodeAffinity == null
                ? List.of()
                : orEmpty(nodeAffinity.getPreferredDuringSchedulingIgnoredDuringExecution());
    }

    private static long preference(Pod pod, Node node) {
        return preferredTerms(pod).stream()
                .filter(term -> NodeSelectors.matches(term.getPreference(), name(node), labels(node)))
                .mapToLong(term -> term.getWeight())
                .sum();
    }

    private long leastAllocated(Pod pod, Node node) {
        long sum = 0;
        int counted = 0;
        for (var resource : List.of("cpu", "memory")) {
            long has = amount(node.getStatus().getAllocatable(), resource);
            long used = compared(pod, resource)
                    + on(node).stream()
                            .mapToLong(other -> compared(other, resource))
                            .sum();
            if (has > 0) {
                counted++;
                sum += used > has ? 0 : (has - used) * 100 / has;
            }
        }
        return counted == 0 ? 0 : sum / counted;
    }

    private long balanced(Pod pod, Node node) {
        if (requested(pod, "cpu") == 0 && requested(pod, "memory") == 0) {
            return 0;
        }
        var pair = new long[2];
        for (int i = 0; i < 2; i++) {
            var shares = new ArrayList<Double>();
            for (var resource : List.of("cpu", "memory")) {
                long has = amount(node.getStatus().getAllocatable(), resource);
                long used = on(node).stream()
                                .mapToLong(other -> requested(other, resource))
                                .sum()
                        + i * requested(pod, resource);
                if (has > 0) {
                    shares.add(Math.min(1, (double) used / has));
                }
            }
            double deviation = shares.size() < 2 ? 0 : Math.abs((shares.get(0) - shares.get(1)) / 2);
            pair[i] = (long) ((1 - deviation) * 100);
        }
        return 50 + (50 + pair[1] - pair[0]) / 2;
    }

    private long images(Pod pod, Node node) {
        Set<String> distinct = new HashSet<>();
        long sum = 0;
        boolean any = false;
        var containers = new ArrayList<>(orEmpty(pod.getSpec().getInitContainers()));
        containers.addAll(pod.getSpec().getContainers());
        for (var container : containers) {
            var image = container.getImage();
            distinct.add(image);
            long having = nodes.stream().filter(other -> size(other, image) > 0).count();
            any |= having > 0;
            sum += (long) (size(node, image) * ((double) having / nodes.size()));
        }
        long least = 23L << 20;
        long most = (1000L << 20) * containers.size();
        return any ? 100 * (Math.clamp(sum, least, most) - least) / (most - least) : 0;
    }

    private static long size(Node node, String image) {
        return orEmpty(node.getStatus().getImages()).stream()
                .filter(known -> known.getNames().contains(image))
                .mapToLong(known -> known.getSizeBytes())
                .findFirst()
                .orElse(0);
    }
}
