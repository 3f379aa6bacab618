package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.kinds.KindRulesCatalogue;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What this server serves. */
final class Resources {
    private final Map<Path, ServedResource> byPath = new HashMap<>();
    private final Map<String, ServedResource> byName = new HashMap<>();

    private record Path(String group, String version, String plural) {}

    /** @param hooks by the resources' qualified names */
    Resources(Catalogue catalogue, KindRulesCatalogue rules, Map<String, KindHook> hooks) {
        for (var type : catalogue.types()) {
            var resource = new ServedResource(
                    type,
                    rules.of(type),
                    hooks.getOrDefault(type.qualifiedName(), KindHook.NONE),
                    StoredForm.of(type, catalogue));
            byPath.put(new Path(type.group(), type.version(), type.plural()), resource);
            byName.putIfAbsent(type.qualifiedName(), resource);
        }
    }

    Optional<ServedResource> find(String group, String version, String plural) {
        return Optional.ofNullable(byPath.get(new Path(group, version, plural)));
    }

    /** A resource that every server has. */
    ServedResource of(String group, String plural) {
        var resource = byName.get(group.isEmpty() ? plural : plural + "." + group);
        if (resource == null) {
            throw new IllegalStateException("not served: " + plural);
        }
        return resource;
    }
}
