package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.api.versions.StoredAs;
import dev.navarch.apiserver.fields.FieldManager;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What this server serves. */
final class Resources {
    private final Map<Path, ServedResource> byPath = new HashMap<>();
    private final Map<String, ServedResource> byName = new HashMap<>();
    private final Map<Kind, ServedResource> byKind = new HashMap<>();
    private volatile Map<Path, ServedResource> custom = Map.of();
    private volatile Map<Kind, ServedResource> customByKind = Map.of();

    private volatile boolean callsOut;

    private record Path(String group, String version, String plural) {}

    private record Kind(String apiVersion, String kind) {
        static Kind of(ServedResource resource) {
            return new Kind(
                    resource.type().groupVersion().apiVersion(), resource.type().kind());
        }
    }

    /**
     * @param hooks by the resources' qualified names
     * @param eventTtl how long events live
     */
    Resources(
            Catalogue catalogue,
            KindRulesCatalogue rules,
            Map<String, KindHook> hooks,
            FieldManager.Shared fields,
            Duration eventTtl) {
        Map<ResourceType, ServedVersions> versions = new HashMap<>();
        for (var type : catalogue.types()) {
            var stored = StoredAs.of(type, catalogue);
            var form = new StoredForm(type, stored);
            var apiVersion = type.groupVersion().apiVersion();
            var all = versions.computeIfAbsent(
                    stored.type(), t -> new ServedVersions(t.groupVersion().apiVersion()));
            all.add(apiVersion, form, type.schema());
            var resource = new ServedResource(
                    type,
                    rules.of(type, stored.type()),
                    hooks.getOrDefault(stored.type().qualifiedName(), KindHook.NONE),
                    Traits.of(form.type(), eventTtl),
                    form,
                    new FieldManager(apiVersion, type.kind(), all, fields));
            byPath.put(new Path(type.group(), type.version(), type.plural()), resource);
            if (type.stored()) {
                byKind.putIfAbsent(Kind.of(resource), resource);
            }
            byName.putIfAbsent(resource.stored().type().qualifiedName(), resource.stored());
        }
    }

    Optional<ServedResource> find(String group, String version, String plural) {
        var path = new Path(group, version, plural);
        var builtIn = byPath.get(path);
        return Optional.ofNullable(builtIn == null ? custom.get(path) : builtIn);
    }

    /** The resource whose objects are of this kind. */
    Optional<ServedResource> ofKind(String apiVersion, String kind) {
        var wanted = new Kind(apiVersion, kind);
        var builtIn = byKind.get(wanted);
        return Optional.ofNullable(builtIn == null ? customByKind.get(wanted) : builtIn);
    }

    /** Serves these custom resources from now on, and no others. */
    void publish(Collection<ServedResource> resources) {
        Map<Path, ServedResource> paths = new HashMap<>();
        Map<Kind, ServedResource> kinds = new HashMap<>();
        for (var resource : resources) {
            var type = resource.type();
            paths.put(new Path(type.group(), type.version(), type.plural()), resource);
            kinds.put(Kind.of(resource), resource);
        }
        customByKind = Map.copyOf(kinds);
        callsOut = resources.stream().anyMatch(r -> r.form().callsOut());
        custom = Map.copyOf(paths);
    }

    /** Whether somebody else must be asked to show objects of this resource. */
    boolean callsOut(String group, String version, String plural) {
        return callsOut
                && find(group, version, plural).filter(r -> r.form().callsOut()).isPresent();
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
