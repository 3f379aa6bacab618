package dev.navarch.apiserver.registry;

import dev.navarch.api.ObjectSchema;
import dev.navarch.apiserver.policy.ParamObjects;
import dev.navarch.apiserver.policy.TypeChecks;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What is served, built in or custom, as policies know it: objects as parameters, and their schemas. */
record PolicyResources(Resources resources, Objects objects) implements ParamObjects, TypeChecks.Schemas {

    @Override
    public Optional<Params> of(String apiVersion, String kind) {
        return resources.ofKind(apiVersion, kind).map(resource -> new Served(resource, objects));
    }

    @Override
    public Optional<String> kind(String group, String version, String resource) {
        return resources
                .find(group, version, resource)
                .map(served -> served.type().kind());
    }

    @Override
    public Optional<ObjectSchema> schema(String apiVersion, String kind) {
        return resources
                .ofKind(apiVersion, kind)
                .flatMap(served -> served.fields().versions().schema(apiVersion));
    }

    private record Served(ServedResource resource, Objects objects) implements Params {
        @Override
        public String plural() {
            return resource.type().plural();
        }

        @Override
        public boolean namespaced() {
            return resource.type().namespaced();
        }

        @Override
        public Optional<ObjectNode> get(String namespace, String name) {
            return objects.find(resource, namespace, name).map(this::tree);
        }

        @Override
        public List<ObjectNode> list(String namespace) {
            return objects.store().range(Range.all(resource.prefix(namespace))).entries().stream()
                    .map(this::tree)
                    .toList();
        }

        private ObjectNode tree(Entry entry) {
            return resource.form().served(objects.tree(entry));
        }
    }
}
