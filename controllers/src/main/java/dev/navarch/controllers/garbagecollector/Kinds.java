package dev.navarch.controllers.garbagecollector;

import dev.navarch.client.ResourceKind;
import dev.navarch.controllers.Discovery;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.util.List;
import java.util.Optional;

/** The kinds that owner references may name, as discovery last told. */
final class Kinds {
    private volatile List<Discovery.Found> found = List.of();

    void set(List<Discovery.Found> resources) {
        found = List.copyOf(resources);
    }

    /** By version and kind; the group's other version of the kind will do. */
    Optional<ResourceKind<PartialObjectMetadata>> of(String apiVersion, String kind) {
        var group = apiVersion.contains("/") ? apiVersion.substring(0, apiVersion.indexOf('/')) : "";
        var all = found;
        return all.stream()
                .filter(f -> f.kind().equals(kind) && f.apiVersion().equals(apiVersion))
                .findFirst()
                .or(() -> all.stream()
                        .filter(f -> f.kind().equals(kind) && f.group().equals(group))
                        .findFirst())
                .map(Kinds::metadata);
    }

    static ResourceKind<PartialObjectMetadata> metadata(Discovery.Found found) {
        return ResourceKind.metadataOf(
                found.group(), found.version(), found.plural(), found.kind(), found.namespaced());
    }
}
