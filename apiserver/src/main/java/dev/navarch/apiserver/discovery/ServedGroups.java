package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All groups with their versions, whoever serves them, in the order in which clients see them: by the highest priority
 * of a group's versions, then by name (source: k8s.io/kube-aggregator pkg/apis/apiregistration/v1/helper/helpers.go).
 */
final class ServedGroups {
    private static final String REGISTRATION = "apiregistration.k8s.io";

    private final Map<String, List<GroupVersion>> groups = new LinkedHashMap<>();

    ServedGroups(Catalogue catalogue, Elsewhere elsewhere) {
        Map<String, Integer> places = new HashMap<>();
        catalogue.groups().forEach(g -> places.put(g.name(), places.size()));
        Map<String, List<GroupVersion>> versions = new HashMap<>();
        catalogue.groupVersions().forEach(v -> add(versions, v));
        elsewhere.served().keySet().forEach(v -> add(versions, v));

        var ranks = elsewhere.ranks();
        Map<String, Integer> priorities = new HashMap<>();
        versions.forEach((group, all) -> {
            all.sort(Comparator.comparingInt((GroupVersion v) -> ranks.of(v).version())
                    .reversed()
                    .thenComparing(VersionOrder.PREFERRED_FIRST));
            priorities.put(
                    group, all.stream().mapToInt(v -> ranks.of(v).group()).max().orElse(0));
        });
        if (priorities.values().stream().anyMatch(priority -> priority > 0)) {
            priorities.computeIfPresent(REGISTRATION, (_, _) -> Integer.MAX_VALUE); // it has no APIService
        }
        versions.keySet().stream()
                .sorted(Comparator.comparingInt((String group) -> priorities.get(group))
                        .reversed()
                        .thenComparingInt(group -> priorities.get(group) == 0 ? places.getOrDefault(group, 0) : 0)
                        .thenComparing(Comparator.naturalOrder()))
                .forEach(group -> groups.put(group, List.copyOf(versions.get(group))));
    }

    private static void add(Map<String, List<GroupVersion>> versions, GroupVersion version) {
        var all = versions.computeIfAbsent(version.group(), _ -> new ArrayList<>());
        if (!all.contains(version)) {
            all.add(version);
        }
    }

    /** Without the core group. */
    List<String> named() {
        return groups.keySet().stream().filter(group -> !group.isEmpty()).toList();
    }

    boolean contains(String group) {
        return !group.isEmpty() && groups.containsKey(group);
    }

    /** A group's versions, the preferred one first. */
    List<GroupVersion> versions(String group) {
        return groups.getOrDefault(group, List.of());
    }

    List<GroupVersion> all() {
        return groups.values().stream().flatMap(List::stream).toList();
    }
}
