package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which resource a kind is, as discovery says; in whatever version it is served, the preferred one first. Source:
 * k8s.io/apimachinery pkg/api/meta/restmapper.go.
 */
final class Kinds {
    private final ApiClient client;
    /** By group and kind; forgotten when it turns out to be gone. */
    private final Map<GroupKind, Located> known = new ConcurrentHashMap<>();

    private record GroupKind(String group, String kind) {}

    /** @param root such as {@code /apis/apps/v1} */
    record Located(String group, String root, String plural) {}

    /** There is no such kind. */
    static final class NoMatchException extends Exception {
        private static final long serialVersionUID = 1L;

        NoMatchException(String message) {
            super(message);
        }
    }

    Kinds(ApiClient client) {
        this.client = client;
    }

    /** @throws ApiFailure if discovery fails */
    Located locate(String apiVersion, String kind) throws NoMatchException {
        var key = new GroupKind(group(apiVersion), kind);
        var found = known.get(key);
        if (found == null) {
            found = ask(key).orElseThrow(() -> new NoMatchException("no matches for kind \"" + kind + "\" in "
                    + (key.group.isEmpty() ? "group \"\"" : "group \"" + key.group + "\"")));
            known.put(key, found);
        }
        return found;
    }

    /** Looks anew next time. */
    void forget(String apiVersion, String kind) {
        known.remove(new GroupKind(group(apiVersion), kind));
    }

    /** Such as {@code deployments.apps}. */
    String groupResource(String apiVersion, String kind) throws NoMatchException {
        var located = locate(apiVersion, kind);
        return located.group.isEmpty() ? located.plural : located.plural + "." + located.group;
    }

    private Optional<Located> ask(GroupKind wanted) {
        for (var root : roots(wanted.group)) {
            for (var resource : client.raw(root).path("resources")) {
                var name = resource.path("name").asString("");
                if (!name.contains("/") && resource.path("kind").asString("").equals(wanted.kind)) {
                    return Optional.of(new Located(wanted.group, root, name));
                }
            }
        }
        return Optional.empty();
    }

    private List<String> roots(String group) {
        if (group.isEmpty()) {
            return List.of("/api/v1");
        }
        List<String> roots = new ArrayList<>();
        for (var each : client.raw("/apis").path("groups")) {
            if (each.path("name").asString("").equals(group)) {
                var preferred = each.path("preferredVersion").path("version").asString("");
                roots.add("/apis/" + group + "/" + preferred);
                for (var version : each.path("versions")) {
                    roots.add("/apis/" + group + "/" + version.path("version").asString(""));
                }
            }
        }
        return roots.stream().distinct().toList();
    }

    static String group(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }
}
