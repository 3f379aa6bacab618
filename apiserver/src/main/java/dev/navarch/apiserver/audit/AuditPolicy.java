package dev.navarch.apiserver.audit;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.values.Names;
import dev.navarch.apiserver.config.ConfigTree;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are recorded, and how much of them: the first rule that fits says (sources: k8s.io/apiserver
 * pkg/audit/policy/checker.go, pkg/audit/policy/reader.go and pkg/apis/audit/validation/validation.go). Unlike upstream's,
 * fields that nobody knows are refused.
 *
 * @param otherwise of requests that no rule fits
 */
public record AuditPolicy(List<Rule> rules, Treatment otherwise) {
    private static final String VERSION = "audit.k8s.io/v1";

    public AuditPolicy {
        rules = List.copyOf(rules);
    }

    /**
     * Where nobody says otherwise: who changes what, and who looks at secrets and configuration, asks for tokens or reaches
     * into pods and nodes; not what components write every few seconds to show that they are alive, nor what else is read.
     */
    public static final AuditPolicy USUAL = usual();

    private static AuditPolicy usual() {
        var omitted = EnumSet.of(AuditStage.REQUEST_RECEIVED);
        var none = new Treatment(AuditLevel.NONE, omitted, false);
        var metadata = new Treatment(AuditLevel.METADATA, omitted, false);
        return new AuditPolicy(
                List.of(
                        rule(
                                Set.of("create", "update", "patch"),
                                none,
                                resources("coordination.k8s.io", "leases"),
                                resources("", "events"),
                                resources("events.k8s.io", "events")),
                        rule(
                                Set.of(),
                                metadata,
                                resources(
                                        "",
                                        "secrets",
                                        "configmaps",
                                        "serviceaccounts/token",
                                        "pods/exec",
                                        "pods/attach",
                                        "pods/portforward",
                                        "pods/proxy",
                                        "services/proxy",
                                        "nodes/proxy"),
                                resources("authentication.k8s.io")),
                        rule(Set.of("get", "list", "watch"), none),
                        rule(Set.of(), metadata)),
                none);
    }

    private static Rule rule(Set<String> verbs, Treatment treatment, Resources... resources) {
        return new Rule(Set.of(), Set.of(), verbs, List.of(resources), Set.of(), List.of(), treatment);
    }

    private static Resources resources(String group, String... resources) {
        return new Resources(group, List.of(resources), Set.of());
    }

    /** What is done with a request. */
    public record Treatment(AuditLevel level, Set<AuditStage> omitted, boolean omitManagedFields) {
        public Treatment {
            omitted = Set.copyOf(omitted);
        }
    }

    /** Requests, by who makes them and what they are about; what is empty fits all. */
    public record Rule(
            Set<String> users,
            Set<String> groups,
            Set<String> verbs,
            List<Resources> resources,
            Set<String> namespaces,
            List<String> paths,
            Treatment treatment) {
        boolean fits(@Nullable User user, RequestInfo info) {
            if (!users.isEmpty() && (user == null || !users.contains(user.name()))) {
                return false;
            }
            if (!groups.isEmpty() && (user == null || Collections.disjoint(groups, user.groups()))) {
                return false;
            }
            if (!verbs.isEmpty() && !verbs.contains(info.verb())) {
                return false;
            }
            if (!namespaces.isEmpty() || !resources.isEmpty()) {
                return info.resourceRequest()
                        && (namespaces.isEmpty() || namespaces.contains(info.namespace()))
                        && (resources.isEmpty() || anyFits(info));
            }
            return paths.isEmpty()
                    || !info.resourceRequest() && paths.stream().anyMatch(path -> fits(path, info.path()));
        }

        private boolean anyFits(RequestInfo info) {
            for (var some : resources) {
                if (some.fit(info)) {
                    return true;
                }
            }
            return false;
        }

        private static boolean fits(String pattern, String path) {
            return pattern.equals("*")
                    || pattern.equals(path)
                    || pattern.endsWith("*") && path.startsWith(pattern.substring(0, pattern.length() - 1));
        }
    }

    /** Resources of a group, which may be a star for all. */
    public record Resources(String group, List<String> resources, Set<String> names) {
        boolean fit(RequestInfo info) {
            if (!group.equals(info.group()) && !group.equals("*")) {
                return false;
            }
            if (resources.isEmpty()) {
                return true;
            }
            if (!names.isEmpty() && !names.contains(info.name())) {
                return false;
            }
            for (var one : resources) {
                if (fits(one, info.resource(), info.subresource())) {
                    return true;
                }
            }
            return false;
        }

        /** {@code pods}, {@code pods/log}, {@code pods/*}, which is pods too, or every resource's log by a star before it. */
        private static boolean fits(String pattern, String resource, String sub) {
            if (pattern.equals("*")) {
                return true;
            }
            int slash = pattern.indexOf('/');
            if (slash < 0) {
                return sub.isEmpty() && pattern.equals(resource);
            }
            if (pattern.endsWith("/*")) {
                return slash == resource.length() && pattern.startsWith(resource);
            }
            return sub.length() == pattern.length() - slash - 1
                    && !sub.isEmpty()
                    && pattern.endsWith(sub)
                    && (slash == 1 && pattern.charAt(0) == '*'
                            || slash == resource.length() && pattern.startsWith(resource));
        }
    }

    /** @param user null where nobody could be authenticated */
    Treatment of(@Nullable User user, RequestInfo info) {
        for (var rule : rules) {
            if (rule.fits(user, info)) {
                return rule.treatment;
            }
        }
        return otherwise;
    }

    /**
     * @param text YAML or JSON
     * @throws IllegalArgumentException that names the field
     */
    public static AuditPolicy parse(String text) {
        return new Parsing().policy(ConfigTree.parse(text, VERSION, "Policy"));
    }

    private static final class Parsing {
        private final List<FieldError> errors = new ArrayList<>();

        AuditPolicy policy(ConfigTree root) {
            root.only("apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields");
            var omitted = stages(root, FieldPath.of("omitStages"));
            boolean managed = root.flag("omitManagedFields").orElse(false);
            List<Rule> rules = new ArrayList<>();
            var path = FieldPath.of("rules");
            for (var rule : root.children("rules")) {
                rules.add(rule(rule, path.index(rules.size()), omitted, managed));
            }
            if (!errors.isEmpty()) {
                throw new IllegalArgumentException(
                        errors.size() == 1
                                ? errors.getFirst().message()
                                : errors.stream().map(FieldError::message).collect(Collectors.joining(", ", "[", "]")));
            }
            if (rules.isEmpty()) {
                throw new IllegalArgumentException("loaded illegal policy with 0 rules");
            }
            return new AuditPolicy(rules, new Treatment(AuditLevel.NONE, omitted, managed));
        }

        private Rule rule(ConfigTree rule, FieldPath path, Set<AuditStage> omitted, boolean managed) {
            rule.only(
                    "level",
                    "users",
                    "userGroups",
                    "verbs",
                    "resources",
                    "namespaces",
                    "nonResourceURLs",
                    "omitStages",
                    "omitManagedFields");
            var all = EnumSet.noneOf(AuditStage.class);
            all.addAll(omitted);
            all.addAll(stages(rule, path.child("omitStages")));
            var level = level(rule.text("level"), path.child("level"));
            var paths = paths(rule.texts("nonResourceURLs"), path.child("nonResourceURLs"));
            var resources = rule.children("resources").stream()
                    .map(some -> resources(some, path.child("resources")))
                    .toList();
            var namespaces = Set.copyOf(rule.texts("namespaces"));
            if (!paths.isEmpty() && (!resources.isEmpty() || !namespaces.isEmpty())) {
                errors.add(FieldError.invalid(
                        path.child("nonResourceURLs").toString(),
                        paths,
                        "rules cannot apply to both regular resources and non-resource URLs"));
            }
            return new Rule(
                    Set.copyOf(rule.texts("users")),
                    Set.copyOf(rule.texts("userGroups")),
                    Set.copyOf(rule.texts("verbs")),
                    resources,
                    namespaces,
                    paths,
                    new Treatment(level, all, rule.flag("omitManagedFields").orElse(managed)));
        }

        private AuditLevel level(String text, FieldPath path) {
            var found = Stream.of(AuditLevel.values())
                    .filter(level -> level.toString().equals(text))
                    .findFirst();
            if (found.isEmpty()) {
                errors.add(
                        text.isEmpty()
                                ? FieldError.required(path.toString(), "")
                                : FieldError.notSupported(
                                        path.toString(),
                                        text,
                                        Stream.of(AuditLevel.values())
                                                .map(AuditLevel::toString)
                                                .toList()));
            }
            return found.orElse(AuditLevel.NONE);
        }

        private List<String> paths(List<String> urls, FieldPath path) {
            for (int i = 0; i < urls.size(); i++) {
                var url = urls.get(i);
                if (url.equals("*")) {
                    continue;
                }
                if (!url.startsWith("/")) {
                    errors.add(FieldError.invalid(
                            path.index(i).toString(), url, "non-resource URL rules must begin with a '/' character"));
                }
                int star = url.indexOf('*');
                if (star >= 0 && star < url.length() - 1) {
                    errors.add(FieldError.invalid(
                            path.index(i).toString(),
                            url,
                            "non-resource URL wildcards '*' must be the final character of the rule"));
                }
            }
            return List.copyOf(urls);
        }

        private Resources resources(ConfigTree some, FieldPath path) {
            some.only("group", "resources", "resourceNames");
            var group = some.text("group");
            if (!group.isEmpty() && !group.equals("*")) {
                var faults = Names.dns1123Subdomain(group);
                if (!faults.isEmpty()) {
                    errors.add(FieldError.invalid(path.child("group").toString(), group, String.join(",", faults)));
                }
            }
            var names = some.texts("resourceNames");
            var resources = some.texts("resources");
            if (!names.isEmpty() && resources.isEmpty()) {
                errors.add(FieldError.invalid(
                        path.child("resourceNames").toString(),
                        names,
                        "using resourceNames requires at least one resource"));
            }
            return new Resources(group, resources, Set.copyOf(names));
        }

        private Set<AuditStage> stages(ConfigTree tree, FieldPath path) {
            var stages = EnumSet.noneOf(AuditStage.class);
            var texts = tree.texts("omitStages");
            for (int i = 0; i < texts.size(); i++) {
                var text = texts.get(i);
                Optional<AuditStage> found = Stream.of(AuditStage.values())
                        .filter(stage -> stage.toString().equals(text))
                        .findFirst();
                if (found.isEmpty()) {
                    errors.add(FieldError.invalid(
                            path.index(i).toString(),
                            text,
                            "allowed stages are "
                                    + Stream.of(AuditStage.values())
                                            .map(AuditStage::toString)
                                            .collect(Collectors.joining(","))));
                }
                found.ifPresent(stages::add);
            }
            return stages;
        }
    }
}
