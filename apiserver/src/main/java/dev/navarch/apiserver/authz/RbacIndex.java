package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Roles and bindings, ready to be asked: a question takes a look-up for the user and for each group, and makes nothing.
 * Readers see each object's change whole.
 */
final class RbacIndex {
    private static final String PREFIX = "/registry/rbac.authorization.k8s.io/";
    private static final String CLUSTER_ROLES = PREFIX + "clusterroles/";
    private static final String ROLES = PREFIX + "roles/";
    private static final String AGGREGATION_LABEL = "rbac.authorization.k8s.io/aggregate-to-";

    private static final Logger log = LoggerFactory.getLogger(RbacIndex.class);

    private final JsonMapper json = JsonMapper.shared();

    /** By key in the store. */
    private final Map<String, StoredRole> roles = new ConcurrentHashMap<>();

    private final Map<String, Binding> bindings = new ConcurrentHashMap<>();

    /** By namespace; empty for the cluster's. */
    private final Map<String, Grants> grants = new ConcurrentHashMap<>();

    /** Rules of roles that aggregate, by key; replaced whenever a role changes. */
    private volatile Map<String, List<Rule>> aggregated = new ConcurrentHashMap<>();

    private final StoreFeed.Target stored = new Stored();

    /** A Role or ClusterRole; {@code selectors} are the labels whose bearers' rules it aggregates. */
    private record Role(List<Rule> rules, Map<String, String> labels, List<Map<String, String>> selectors) {}

    private static final Role NOTHING = new Role(List.of(), Map.of(), List.of());

    /** A role that is read when it is first asked for: of a cluster's many few ever are. */
    private final class StoredRole {
        private final Entry entry;
        private volatile @Nullable Role read;

        StoredRole(Entry entry) {
            this.entry = entry;
        }

        Role role() {
            var known = read;
            if (known == null) {
                known = read();
                read = known;
            }
            return known;
        }

        /** One that can't be read allows nothing. */
        private Role read() {
            try {
                return RbacIndex.role(json.readTree(entry.value()));
            } catch (RuntimeException e) {
                log.error("A stored role cannot be heeded: {}", entry.key(), e);
                return NOTHING;
            }
        }
    }

    /**
     * A binding as one of its subjects has it.
     *
     * @param roleKey of the role in the store
     * @param allowed what is answered where the role's rules allow
     */
    record Grant(Binding binding, String roleKey, Decision allowed) {
        static Grant of(Binding binding, Binding.Subject subject) {
            return new Grant(
                    binding,
                    RbacIndex.roleKey(binding.clusterRole(), binding.namespace(), binding.role()),
                    Decision.allow(binding.reason(subject)));
        }
    }

    /** Those of one namespace, by name. The lists are never changed in place. */
    private static final class Grants {
        private final Map<String, List<Grant>> users = new ConcurrentHashMap<>();
        private final Map<String, List<Grant>> groups = new ConcurrentHashMap<>();

        Map<String, List<Grant>> of(Binding.Subject subject) {
            return subject.group() ? groups : users;
        }
    }

    /** What keeps this in step. */
    StoreFeed.Target stored() {
        return stored;
    }

    /** What the store tells. */
    private final class Stored implements StoreFeed.Target {
        @Override
        public String prefix() {
            return PREFIX;
        }

        @Override
        public void put(Entry now) {
            switch (now.key().substring(PREFIX.length(), now.key().indexOf('/', PREFIX.length()))) {
                case "roles", "clusterroles" -> {
                    roles.put(now.key(), new StoredRole(now));
                    aggregated = new ConcurrentHashMap<>();
                }
                case "rolebindings", "clusterrolebindings" -> {
                    var binding = Binding.of(json.readTree(now.value()));
                    var before = bindings.put(now.key(), binding);
                    binding.subjects().forEach(subject -> link(binding, subject));
                    unlink(before, binding.subjects()); // later, so that nobody who stays finds it missing meanwhile
                }
                default -> {}
            }
        }

        @Override
        public void remove(String key) {
            if (roles.remove(key) != null) {
                aggregated = new ConcurrentHashMap<>();
            }
            unlink(bindings.remove(key), List.of());
        }

        @Override
        public Set<String> known() {
            var all = new HashSet<>(roles.keySet());
            all.addAll(bindings.keySet());
            return all;
        }
    }

    private static Role role(JsonNode tree) {
        return new Role(
                Rule.listOf(tree.path("rules")),
                Tree.stringMap(tree, "metadata", "labels"),
                Tree.objects(tree, "aggregationRule", "clusterRoleSelectors").stream()
                        .map(selector -> Tree.stringMap(selector, "matchLabels"))
                        .toList());
    }

    private void link(Binding binding, Binding.Subject subject) {
        grants.computeIfAbsent(binding.namespace(), _ -> new Grants())
                .of(subject)
                .merge(
                        subject.who(),
                        List.of(Grant.of(binding, subject)),
                        (old, added) -> Stream.concat(others(old, binding), added.stream())
                                .toList());
    }

    private static Stream<Grant> others(List<Grant> grants, Binding than) {
        return grants.stream().filter(grant -> !grant.binding.name().equals(than.name()));
    }

    private void unlink(@Nullable Binding old, List<Binding.Subject> staying) {
        if (old == null) {
            return;
        }
        for (var subject : old.subjects()) {
            if (!staying.contains(subject)) {
                grants.get(old.namespace()).of(subject).computeIfPresent(subject.who(), (_, list) -> {
                    var rest = others(list, old).toList();
                    return rest.isEmpty() ? null : rest;
                });
            }
        }
    }

    /** Of bindings in {@code namespace} (empty: of the whole cluster). */
    List<Grant> ofUser(String namespace, String user) {
        var here = grants.get(namespace);
        return here == null ? List.of() : here.users.getOrDefault(user, List.of());
    }

    /** Of bindings in {@code namespace} (empty: of the whole cluster). */
    List<Grant> ofGroup(String namespace, String group) {
        var here = grants.get(namespace);
        return here == null ? List.of() : here.groups.getOrDefault(group, List.of());
    }

    /** By what {@link #rules} knows a role. */
    static String roleKey(boolean cluster, String namespace, String name) {
        return cluster ? CLUSTER_ROLES + name : ROLES + namespace + "/" + name;
    }

    /** The rules of a role; null if there is no such role. */
    @Nullable
    List<Rule> rules(String roleKey) {
        var stored = roles.get(roleKey);
        if (stored == null) {
            return null;
        }
        var role = stored.role();
        if (role.selectors.isEmpty()) {
            return role.rules;
        }
        var current = aggregated; // read first: what is made of older roles must not outlive them
        var known = current.get(roleKey);
        if (known == null) {
            known = aggregate(role, new HashSet<>(Set.of(roleKey)));
            current.put(roleKey, known);
        }
        return known;
    }

    /** What the selectors find now, so that a role is right even before a controller has written the rules into it. */
    private List<Rule> aggregate(Role role, Set<String> seen) {
        Set<Rule> all = new LinkedHashSet<>(role.rules);
        for (var candidate : roles.entrySet()) {
            var labels = candidate.getValue().role().labels;
            if (labels.keySet().stream().noneMatch(label -> label.startsWith(AGGREGATION_LABEL))) {
                continue;
            }
            for (var selector : role.selectors) {
                if (!selector.isEmpty()
                        && labels.entrySet().containsAll(selector.entrySet())
                        && seen.add(candidate.getKey())) {
                    all.addAll(aggregate(candidate.getValue().role(), seen));
                }
            }
        }
        return new ArrayList<>(all);
    }
}
