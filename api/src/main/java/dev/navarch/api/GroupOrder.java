package dev.navarch.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The order in which discovery shows groups and versions, which is also the order in which clients look for a kind that
 * is named without its group (sources: k8s.io/kubernetes pkg/controlplane/apiserver/aggregator.go; k8s.io/apimachinery
 * pkg/version/helpers.go).
 */
final class GroupOrder {

    /** Groups that have a rank of their own; all others follow by name. */
    private static final List<String> RANKED = List.of(
            "",
            "apiregistration.k8s.io",
            "apps",
            "events.k8s.io",
            "authentication.k8s.io",
            "authorization.k8s.io",
            "autoscaling",
            "batch",
            "certificates.k8s.io",
            "networking.k8s.io",
            "extensions",
            "policy",
            "rbac.authorization.k8s.io",
            "storage.k8s.io",
            "admissionregistration.k8s.io",
            "apiextensions.k8s.io",
            "scheduling.k8s.io",
            "coordination.k8s.io",
            "node.k8s.io",
            "discovery.k8s.io",
            "flowcontrol.apiserver.k8s.io",
            "internal.apiserver.k8s.io",
            "resource.k8s.io",
            "storagemigration.k8s.io");

    private static final Pattern VERSION = Pattern.compile("v([1-9][0-9]{0,8})(?:(alpha|beta)([1-9][0-9]{0,8}))?");

    private GroupOrder() {}

    static List<ApiGroup> sorted(List<GroupVersion> groupVersions) {
        var byGroup = new LinkedHashMap<String, List<GroupVersion>>();
        groupVersions.forEach(
                g -> byGroup.computeIfAbsent(g.group(), _ -> new ArrayList<>()).add(g));
        return byGroup.entrySet().stream()
                .map(e -> new ApiGroup(
                        e.getKey(),
                        e.getValue().stream()
                                .sorted(Comparator.comparing(GroupVersion::version, GroupOrder::compareVersions))
                                .toList()))
                .sorted(Comparator.comparingInt((ApiGroup g) -> rank(g.name())).thenComparing(ApiGroup::name))
                .toList();
    }

    private static int rank(String group) {
        int index = RANKED.indexOf(group);
        return index < 0 ? RANKED.size() : index;
    }

    /** Stable before beta before alpha, each with the highest number first; then anything else by name. */
    static int compareVersions(String a, String b) {
        var left = VERSION.matcher(a);
        var right = VERSION.matcher(b);
        if (!left.matches() || !right.matches()) {
            return left.matches() ? -1 : right.matches() ? 1 : a.compareTo(b);
        }
        int levels = Integer.compare(level(right.group(2)), level(left.group(2)));
        if (levels != 0) {
            return levels;
        }
        int majors = Integer.compare(Integer.parseInt(right.group(1)), Integer.parseInt(left.group(1)));
        if (majors != 0 || left.group(3) == null) {
            return majors;
        }
        return Integer.compare(Integer.parseInt(right.group(3)), Integer.parseInt(left.group(3)));
    }

    private static int level(String name) {
        return name == null ? 2 : name.equals("beta") ? 1 : 0;
    }
}
