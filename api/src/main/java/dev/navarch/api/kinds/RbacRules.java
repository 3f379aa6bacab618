package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Roles and who has them.
 *
 * <p>Source: kubernetes pkg/apis/rbac/validation/validation.go, pkg/apis/rbac/v1/defaults.go.
 */
final class RbacRules {
    private static final String GROUP = "rbac.authorization.k8s.io";

    private RbacRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                GROUP + "/Role", role(Kind.namespaced(Names::pathSegment), true),
                GROUP + "/ClusterRole", role(Kind.clustered(Names::pathSegment), false),
                GROUP + "/RoleBinding", binding(Kind.namespaced(Names::pathSegment), List.of("ClusterRole", "Role")),
                GROUP + "/ClusterRoleBinding", binding(Kind.clustered(Names::pathSegment), List.of("ClusterRole")));
    }

    private static KindRules role(Kind.Builder kind, boolean namespaced) {
        return kind.createsOnUpdate()
                .check((role, problems) -> {
                    role.at("rules").items().forEach(rule -> rule(rule, namespaced, problems));
                    for (At selector :
                            role.at("aggregationRule", "clusterRoleSelectors").items()) {
                        ObjectMetaRules.labelSelector(selector, problems);
                    }
                })
                .build();
    }

    private static void rule(At rule, boolean namespaced, Problems problems) {
        if (rule.at("verbs").isEmpty()) {
            problems.required(rule.at("verbs"), "verbs must contain at least one value");
        }
        At urls = rule.at("nonResourceURLs");
        if (!urls.isEmpty()) {
            if (namespaced) {
                problems.invalid(urls, "namespaced rules cannot apply to non-resource URLs");
            }
            if (!rule.at("apiGroups").isEmpty()
                    || !rule.at("resources").isEmpty()
                    || !rule.at("resourceNames").isEmpty()) {
                problems.invalid(urls, "rules cannot apply to both regular resources and non-resource URLs");
            }
            return;
        }
        if (rule.at("apiGroups").isEmpty()) {
            problems.required(rule.at("apiGroups"), "resource rules must supply at least one api group");
        }
        if (rule.at("resources").isEmpty()) {
            problems.required(rule.at("resources"), "resource rules must supply at least one resource");
        }
    }

    private static KindRules binding(Kind.Builder kind, List<String> roleKinds) {
        return kind.createsOnUpdate()
                .defaults(RbacRules::bindingDefaults)
                .check((binding, problems) -> {
                    At role = binding.at("roleRef");
                    if (!role.at("apiGroup").is(GROUP)) {
                        problems.notSupported(role.at("apiGroup"), List.of(GROUP));
                    }
                    if (!roleKinds.contains(role.at("kind").text())) {
                        problems.notSupported(role.at("kind"), roleKinds);
                    }
                    problems.requiredGrammar(role.at("name"), Names::pathSegment);
                    boolean namespaced = roleKinds.size() > 1;
                    binding.at("subjects").items().forEach(subject -> subject(subject, namespaced, problems));
                })
                .checkUpdate((now, old, problems) -> {
                    if (!Trees.same(now.at("roleRef").node(), old.at("roleRef").node())) {
                        problems.invalid(now.at("roleRef"), "cannot change roleRef");
                    }
                })
                .build();
    }

    private static void bindingDefaults(ObjectNode binding) {
        Defaults.put(At.object(binding, "roleRef"), "apiGroup", GROUP);
        String namespace = binding.path("metadata").path("namespace").asString("");
        for (ObjectNode subject : At.objects(binding.path("subjects"))) {
            String kind = subject.path("kind").asString("");
            if (kind.equals("User") || kind.equals("Group")) {
                Defaults.put(subject, "apiGroup", GROUP);
            } else if (kind.equals("ServiceAccount") && !namespace.isEmpty()) {
                Defaults.put(subject, "namespace", namespace);
            }
        }
    }

    private static void subject(At subject, boolean namespaced, Problems problems) {
        problems.requiredText(subject.at("name"));
        At group = subject.at("apiGroup");
        switch (subject.at("kind").text()) {
            case "ServiceAccount" -> {
                problems.grammarIfSet(subject.at("name"), Names::dns1123Subdomain);
                if (!group.isEmpty()) {
                    problems.notSupported(group, List.of(""));
                }
                if (!namespaced && subject.at("namespace").isEmpty()) {
                    problems.required(subject.at("namespace"), "");
                }
            }
            case "User", "Group" -> {
                if (!group.is(GROUP)) {
                    problems.notSupported(group, List.of(GROUP));
                }
            }
            default -> problems.notSupported(subject.at("kind"), List.of("ServiceAccount", "User", "Group"));
        }
    }
}
