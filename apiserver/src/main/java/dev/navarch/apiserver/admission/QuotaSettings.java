package dev.navarch.apiserver.admission;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The configuration of ResourceQuota: what may be used only where a quota is about it (source: k8s.io/apiserver
 * pkg/admission/plugin/resourcequota/apis/resourcequota/v1/types.go and its validation).
 */
public record QuotaSettings(List<Limited> limited) {
    public static final QuotaSettings STANDARD = new QuotaSettings(List.of());
    private static final Set<String> FIELDS = Set.of("apiGroup", "resource", "matchContains", "matchScopes");
    private static final Set<String> SCOPE_FIELDS = Set.of("scopeName", "operator", "values");

    /**
     * What is limited of a resource.
     *
     * @param contains parts of the names of what is used
     * @param scopes requirements, as in a quota's scope selector
     */
    record Limited(String group, String resource, List<String> contains, List<JsonNode> scopes) {}

    public QuotaSettings {
        limited = List.copyOf(limited);
    }

    /**
     * Reads a Configuration of resourcequota.admission.k8s.io/v1 or apiserver.config.k8s.io/v1.
     *
     * @throws IllegalArgumentException if it is wrong; says where
     */
    public static QuotaSettings of(Map<?, ?> configuration) {
        var tree = JsonMapper.shared().valueToTree(configuration);
        only(tree, "", Set.of("apiVersion", "kind", "limitedResources"));
        List<Limited> limited = new ArrayList<>();
        for (var one : tree.path("limitedResources")) {
            var path = "limitedResources[" + limited.size() + "]";
            only(one, path + ".", FIELDS);
            if (one.path("resource").asString("").isEmpty()) {
                throw new IllegalArgumentException(path + ".resource: Required value");
            }
            for (var scope : one.path("matchScopes")) {
                only(scope, path + ".matchScopes[].", SCOPE_FIELDS);
            }
            limited.add(new Limited(
                    one.path("apiGroup").asString(""),
                    one.path("resource").asString(""),
                    one.path("matchContains")
                            .valueStream()
                            .map(c -> c.asString(""))
                            .toList(),
                    one.path("matchScopes").valueStream().toList()));
        }
        return new QuotaSettings(limited);
    }

    private static void only(JsonNode object, String path, Set<String> fields) {
        for (var name : object.propertyNames()) {
            if (!fields.contains(name)) {
                throw new IllegalArgumentException("strict decoding error: unknown field \"" + path + name + '"');
            }
        }
    }

    /** What is limited of this resource. */
    List<Limited> of(String group, String resource) {
        return limited.isEmpty()
                ? List.of()
                : limited.stream()
                        .filter(l -> l.group.equals(group) && l.resource.equals(resource))
                        .toList();
    }
}
