package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.tree.Tree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The roles and bindings that every cluster starts with, read from {@code bootstrap-policy.txt}, which explains itself. */
public final class BootstrapPolicy {
    private static final String AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-";
    private static final String API_VERSION = "rbac.authorization.k8s.io/v1";

    private final List<ObjectNode> clusterRoles = new ArrayList<>();
    private final List<ObjectNode> clusterRoleBindings = new ArrayList<>();
    private final List<ObjectNode> roles = new ArrayList<>();
    private final List<ObjectNode> roleBindings = new ArrayList<>();
    /** Gets the rules of the lines that follow. */
    private ObjectNode latest = JsonNodeFactory.instance.objectNode();

    private final Map<String, String> definitions = new HashMap<>();

    /** Read once a process; what it gives out are copies. */
    private static final class Standard {
        private static final BootstrapPolicy POLICY = new BootstrapPolicy();
    }

    public static BootstrapPolicy standard() {
        return Standard.POLICY;
    }

    private BootstrapPolicy() {
        try (var in = BootstrapPolicy.class.getResourceAsStream("bootstrap-policy.txt")) {
            if (in == null) {
                throw new IllegalStateException("bootstrap-policy.txt is missing");
            }
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(this::line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Roles and bindings of the cluster, then those of namespaces; not to be changed. */
    public List<ObjectNode> objects() {
        return Stream.of(clusterRoles, clusterRoleBindings, roles, roleBindings)
                .flatMap(List::stream)
                .toList();
    }

    /** Of a role of the cluster. */
    List<Rule> rulesOf(String clusterRole) {
        return clusterRoles.stream()
                .filter(role -> Tree.text(role, "metadata", "name").equals(clusterRole))
                .flatMap(role -> Rule.listOf(role.path("rules")).stream())
                .toList();
    }

    private void line(String line) {
        if (line.isBlank() || line.startsWith("#")) {
            return;
        }
        var words = List.of(line.strip().split(" +"));
        if (line.startsWith(" ")) {
            rule((ArrayNode) latest.get("rules"), words);
            return;
        }
        switch (words.getFirst()) {
            case "define" -> definitions.put(words.get(1), String.join(" ", words.subList(2, words.size())));
            case "role" -> role(words.get(1), words.subList(2, words.size()));
            case "controller" -> {
                var name = "system:controller:" + words.get(1);
                role(name, List.of());
                bind(name, List.of("serviceaccount:kube-system:" + words.get(1)));
            }
            case "bind" -> bind(words.get(1), words.subList(2, words.size()));
            default -> throw new IllegalStateException("bootstrap-policy.txt: " + line);
        }
    }

    /** @param name of a namespace and of the object, or of the object alone */
    private static ObjectNode object(String kind, String name) {
        var object = JsonNodeFactory.instance.objectNode();
        int slash = name.indexOf('/');
        object.put("apiVersion", API_VERSION);
        object.put("kind", slash < 0 ? "Cluster" + kind : kind);
        var meta = object.putObject("metadata");
        meta.put("name", name.substring(slash + 1));
        if (slash >= 0) {
            meta.put("namespace", name.substring(0, slash));
        }
        meta.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
        meta.putObject("annotations").put("rbac.authorization.kubernetes.io/autoupdate", "true");
        return object;
    }

    private void role(String name, List<String> aggregation) {
        var role = object("Role", name);
        for (var word : aggregation) {
            var label = AGGREGATE + word.substring(word.indexOf(':') + 1);
            if (word.startsWith("to:")) {
                ((ObjectNode) role.get("metadata").get("labels")).put(label, "true");
            } else {
                role.putObject("aggregationRule")
                        .putArray("clusterRoleSelectors")
                        .addObject()
                        .putObject("matchLabels")
                        .put(label, "true");
            }
        }
        role.putArray("rules");
        latest = role;
        (name.contains("/") ? roles : clusterRoles).add(role);
    }

    private void rule(ArrayNode rules, List<String> words) {
        var line = String.join(" ", words);
        for (var definition : definitions.entrySet()) {
            line = line.replace(definition.getKey(), definition.getValue());
        }
        var parts = line.split(" ");
        var rule = rules.addObject();
        array(rule, "verbs", parts[0]);
        if (parts[1].equals("urls")) {
            array(rule, "nonResourceURLs", parts[2]);
            return;
        }
        var groups = rule.putArray("apiGroups");
        for (var group : parts[1].split(",")) {
            groups.add(group.equals("core") ? "" : group);
        }
        array(rule, "resources", parts[2]);
        if (parts.length > 3) {
            array(rule, "resourceNames", parts[3]);
        }
    }

    private static void array(ObjectNode rule, String name, String values) {
        var array = rule.putArray(name);
        for (var value : values.split(",")) {
            array.add(value);
        }
    }

    /** @param role its name, or that and, after an equals sign, that of the binding */
    private void bind(String role, List<String> subjects) {
        int slash = role.indexOf('/');
        int equals = role.indexOf('=');
        var bound = role.substring(slash + 1, equals < 0 ? role.length() : equals);
        var binding =
                object("RoleBinding", role.substring(0, slash + 1) + (equals < 0 ? bound : role.substring(equals + 1)));
        var ref = binding.putObject("roleRef");
        ref.put("apiGroup", "rbac.authorization.k8s.io");
        ref.put("kind", slash < 0 ? "ClusterRole" : "Role");
        ref.put("name", bound);
        (slash < 0 ? clusterRoleBindings : roleBindings).add(binding);
        if (subjects.isEmpty()) {
            return;
        }
        var array = binding.putArray("subjects");
        for (var subject : subjects) {
            var node = array.addObject();
            int colon = subject.indexOf(':');
            var name = subject.substring(colon + 1);
            switch (subject.substring(0, colon)) {
                case "serviceaccount" -> {
                    int next = name.indexOf(':');
                    node.put("kind", "ServiceAccount");
                    node.put("name", name.substring(next + 1));
                    node.put("namespace", name.substring(0, next));
                }
                case "user" ->
                    node.put("apiGroup", "rbac.authorization.k8s.io")
                            .put("kind", "User")
                            .put("name", name);
                default ->
                    node.put("apiGroup", "rbac.authorization.k8s.io")
                            .put("kind", "Group")
                            .put("name", name);
            }
        }
    }
}
