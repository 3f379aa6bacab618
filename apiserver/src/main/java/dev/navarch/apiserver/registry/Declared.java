package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/** Kinds that a program declares in the form of CustomResourceDefinitions; they are all that its server serves. */
public final class Declared {
    private final List<CustomDefinition> definitions;

    /** @param definitions with {@code spec.group}, {@code names}, {@code scope} and {@code versions} */
    public Declared(List<ObjectNode> definitions) {
        this.definitions = definitions.stream().map(Declared::read).toList();
    }

    private static CustomDefinition read(ObjectNode definition) {
        return CustomDefinition.of(
                definition,
                i -> Tree.at(definition, "spec", "versions")
                        .path(i)
                        .path("schema")
                        .path("openAPIV3Schema"));
    }

    /** These kinds and no others. */
    public Catalogue catalogue() {
        List<ResourceType> types = definitions.stream()
                .flatMap(d -> CustomKind.documented(d).stream())
                .toList();
        return nothing().with(types);
    }

    private static Catalogue nothing() {
        return Catalogue.builtIn(_ -> false);
    }

    /** Serves them. */
    public ResourceRegistry registry(
            Store store,
            Authorizer authorizer,
            Function<StoredObjects, List<AdmissionPlugin>> admission,
            TimeSource time,
            RandomGenerator random) {
        var objects = new Objects(store, catalogue());
        var registry = new ResourceRegistry(
                RegistryConfig.standard(),
                nothing(),
                objects,
                Map.of(),
                authorizer,
                admission.apply(objects),
                time,
                random);
        registry.declare(definitions);
        return registry;
    }
}
