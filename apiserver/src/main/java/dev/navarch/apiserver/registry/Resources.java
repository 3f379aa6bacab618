package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.api.versions.StoredAs;
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
            var stored = StoredAs.of(type, catalogue);
            var resource = new ServedResource(
                    type,
                    rules.of(type, stored.type()),
                    hooks.getOrDefault(stored.type().qualifiedName(), KindHook.NONE),
                    new StoredForm(type, stored));
            byPath.put(new Path(type.group(), type.version(), type.plural()), resource);
            byName.putIfAbsent(resource.stored().type().qualifiedName(), resource.stored());
        }
    }

    Optional<ServedResource> find(String group, String version, String plural) {
        return Optional.ofNullable(byPath.get(new Path(group, version, plural)));
    }

    /** A resource that every server has, in its stored form. */
    ServedResource of(String group, String plural) {
        var resource = byName.get(group.isEmpty() ? plural : plural + "." + group);
        if (resource == null) {
            throw new IllegalStateException("not served: " + plural);
        }
        return resource;
    }
}
