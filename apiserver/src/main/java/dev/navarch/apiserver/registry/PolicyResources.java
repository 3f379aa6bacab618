package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.policy.ParamObjects;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Objects of any kind that is served, built in or custom, as parameters of policies. */
record PolicyResources(Resources resources, Objects objects) implements ParamObjects {

    @Override
    public Optional<Params> of(String apiVersion, String kind) {
        return resources.ofKind(apiVersion, kind).map(resource -> new Served(resource, objects));
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
