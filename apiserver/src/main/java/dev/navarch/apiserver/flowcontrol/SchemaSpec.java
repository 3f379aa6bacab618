package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a FlowSchema says. Source of how it matches: k8s.io/apiserver pkg/util/flowcontrol/rule.go.
 *
 * @param precedence the smallest matches first
 */
record SchemaSpec(String name, String level, int precedence, Distinguisher distinguisher, List<Rule> rules)
        implements Comparable<SchemaSpec> {
    static final String EXEMPT = "exempt";
    static final String CATCH_ALL = "catch-all";
    private static final String ALL = "*";

    /** What tells a schema's flows apart. */
    enum Distinguisher {
        NOTHING,
        BY_USER,
        BY_NAMESPACE
    }

    record Rule(List<Subject> subjects, List<ResourceRule> resources, List<PathRule> paths) {
        boolean concerns(User user) {
            return subjects.stream().anyMatch(subject -> subject.is(user));
        }

        boolean matches(RequestInfo info) {
            if (info.resourceRequest()) {
                for (int i = 0; i < resources.size(); i++) {
                    if (resources.get(i).matches(info)) {
                        return true;
                    }
                }
            } else {
                for (int i = 0; i < paths.size(); i++) {
                    if (paths.get(i).matches(info)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    record Subject(String kind, String namespace, String name) {
        boolean is(User user) {
            return switch (kind) {
                case "User" -> name.equals(ALL) || name.equals(user.name());
                case "Group" -> name.equals(ALL) || user.groups().contains(name);
                case "ServiceAccount" -> {
                    var account = "system:serviceaccount:" + namespace + ":";
                    yield name.equals(ALL)
                            ? user.name().startsWith(account)
                            : user.name().equals(account + name);
                }
                default -> false;
            };
        }
    }

    record ResourceRule(
            List<String> verbs,
            List<String> groups,
            List<String> resources,
            List<String> namespaces,
            boolean clusterScope) {
        boolean matches(RequestInfo info) {
            return names(verbs, info.verb())
                    && namesResource(info.resource(), info.subresource())
                    && names(groups, info.group())
                    && (info.namespace().isEmpty() ? clusterScope : names(namespaces, info.namespace()));
        }

        private boolean namesResource(String resource, String subresource) {
            if (subresource.isEmpty() || all(resources)) {
                return names(resources, resource);
            }
            for (int i = 0; i < resources.size(); i++) {
                var named = resources.get(i);
                if (named.length() == resource.length() + 1 + subresource.length()
                        && named.startsWith(resource)
                        && named.charAt(resource.length()) == '/'
                        && named.endsWith(subresource)) {
                    return true;
                }
            }
            return false;
        }
    }

    record PathRule(List<String> verbs, List<String> paths) {
        boolean matches(RequestInfo info) {
            return names(verbs, info.verb()) && paths.stream().anyMatch(path -> covers(path, info.path()));
        }

        private static boolean covers(String rule, String path) {
            if (rule.equals(ALL) || rule.equals(path)) {
                return true;
            }
            var prefix = rule.endsWith(ALL) ? rule.substring(0, rule.length() - 1) : rule;
            return path.startsWith(prefix.endsWith("/") ? prefix : prefix + "/");
        }
    }

    private static boolean all(List<String> list) {
        return list.size() == 1 && list.getFirst().equals(ALL);
    }

    private static boolean names(List<String> list, String wanted) {
        return all(list) || list.contains(wanted);
    }

    /** Source: k8s.io/apiserver pkg/util/apihelpers/helpers.go, FlowSchemaSequence. */
    @Override
    public int compareTo(SchemaSpec other) {
        int first = Integer.compare(precedence, other.precedence);
        return first != 0 ? first : name.compareTo(other.name);
    }

    static SchemaSpec of(ObjectNode object) {
        var spec = object.path("spec");
        return new SchemaSpec(
                Tree.text(object, "metadata", "name"),
                spec.path("priorityLevelConfiguration").path("name").asString(""),
                spec.path("matchingPrecedence").asInt(1_000),
                switch (spec.path("distinguisherMethod").path("type").asString("")) {
                    case "ByUser" -> Distinguisher.BY_USER;
                    case "ByNamespace" -> Distinguisher.BY_NAMESPACE;
                    default -> Distinguisher.NOTHING;
                },
                each(spec.path("rules"), SchemaSpec::rule));
    }

    private static Rule rule(JsonNode rule) {
        return new Rule(
                each(rule.path("subjects"), SchemaSpec::subject),
                each(
                        rule.path("resourceRules"),
                        r -> new ResourceRule(
                                texts(r, "verbs"),
                                texts(r, "apiGroups"),
                                texts(r, "resources"),
                                texts(r, "namespaces"),
                                r.path("clusterScope").asBoolean(false))),
                each(rule.path("nonResourceRules"), r -> new PathRule(texts(r, "verbs"), texts(r, "nonResourceURLs"))));
    }

    private static Subject subject(JsonNode subject) {
        var kind = subject.path("kind").asString("");
        var named = switch (kind) {
            case "User" -> subject.path("user");
            case "Group" -> subject.path("group");
            default -> subject.path("serviceAccount");
        };
        return new Subject(
                kind, named.path("namespace").asString(""), named.path("name").asString(""));
    }

    private static List<String> texts(JsonNode in, String field) {
        return each(in.path(field), text -> text.asString(""));
    }

    private static <T> List<T> each(JsonNode list, Function<JsonNode, T> one) {
        List<T> all = new ArrayList<>(list.size());
        list.forEach(element -> all.add(one.apply(element)));
        return List.copyOf(all);
    }
}
