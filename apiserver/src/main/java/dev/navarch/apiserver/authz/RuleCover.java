package dev.navarch.apiserver.authz;

import dev.navarch.api.values.GoText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which rules are more than others allow (source: k8s.io/component-helpers auth/rbac/validation/policy_comparator.go;
 * for the texts kubernetes pkg/registry/rbac/validation/policy_compact.go and pkg/apis/rbac/v1/helpers.go).
 */
final class RuleCover {
    private static final List<String> NONE = List.of();
    private static final List<String> ANY = List.of("*");

    /** What an administrator holds. */
    static final List<Rule> EVERYTHING =
            List.of(new Rule(ANY, ANY, ANY, NONE, NONE), new Rule(ANY, NONE, NONE, NONE, ANY));

    private RuleCover() {}

    /** The smallest parts of {@code wanted} that no rule of {@code held} covers. */
    static List<Rule> missing(List<Rule> held, List<Rule> wanted) {
        List<Rule> missing = new ArrayList<>();
        for (var rule : wanted) {
            for (var part : parts(rule)) {
                if (held.stream().noneMatch(h -> covers(h, part))) {
                    missing.add(part);
                }
            }
        }
        return missing;
    }

    /** The rule as many, each of one verb and one resource, name or URL. */
    private static List<Rule> parts(Rule rule) {
        List<Rule> parts = new ArrayList<>();
        for (var group : rule.groups()) {
            for (var resource : rule.resources()) {
                for (var verb : rule.verbs()) {
                    if (rule.names().isEmpty()) {
                        parts.add(new Rule(List.of(verb), List.of(group), List.of(resource), NONE, NONE));
                    }
                    for (var name : rule.names()) {
                        parts.add(new Rule(List.of(verb), List.of(group), List.of(resource), List.of(name), NONE));
                    }
                }
            }
        }
        for (var url : rule.urls()) {
            for (var verb : rule.verbs()) {
                parts.add(new Rule(List.of(verb), NONE, NONE, NONE, List.of(url)));
            }
        }
        return parts;
    }

    private static boolean covers(Rule held, Rule part) {
        return all(held.verbs(), part.verbs())
                && all(held.groups(), part.groups())
                && part.resources().stream().allMatch(r -> coversResource(held.resources(), r))
                && (held.names().isEmpty()
                        || !part.names().isEmpty() && held.names().containsAll(part.names()))
                && part.urls().stream().allMatch(u -> coversUrl(held.urls(), u));
    }

    private static boolean all(List<String> held, List<String> wanted) {
        return held.contains("*") || held.containsAll(wanted);
    }

    private static boolean coversResource(List<String> held, String resource) {
        int slash = resource.indexOf('/');
        return held.contains("*")
                || held.contains(resource)
                || slash >= 0 && held.contains("*" + resource.substring(slash));
    }

    private static boolean coversUrl(List<String> held, String url) {
        for (var pattern : held) {
            if (pattern.equals(url)
                    || pattern.endsWith("*") && url.startsWith(pattern.substring(0, pattern.length() - 1))) {
                return true;
            }
        }
        return false;
    }

    /** The parts as text, a line for what differs in more than the verb. */
    static String describe(List<Rule> parts) {
        Map<Rule, List<String>> verbs = new LinkedHashMap<>();
        for (var part : parts) {
            var target = new Rule(NONE, part.groups(), part.resources(), part.names(), part.urls());
            // rules on URLs are not put together
            var key = part.urls().isEmpty() ? target : part;
            verbs.computeIfAbsent(key, _ -> new ArrayList<>()).addAll(part.verbs());
        }
        var lines = new TreeSet<String>();
        verbs.forEach((rule, all) -> lines.add(describe(rule, all)));
        return String.join("\n", lines);
    }

    private static String describe(Rule rule, List<String> verbs) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        fields.put("APIGroups", rule.groups());
        fields.put("Resources", rule.resources());
        fields.put("NonResourceURLs", rule.urls());
        fields.put("ResourceNames", rule.names());
        fields.put("Verbs", verbs);
        return fields.entrySet().stream()
                .filter(f -> !f.getValue().isEmpty())
                .map(f -> f.getKey() + ":" + GoText.quote(f.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    /** Like Go's %q of a slice. */
}
