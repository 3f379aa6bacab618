package dev.navarch.apiserver.aggregation;

import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Objects as they are stored. */
final class StoredObjects implements ServiceAddress.Objects {
    private final Store store;

    StoredObjects(Store store) {
        this.store = store;
    }

    @Override
    public Optional<ObjectNode> read(String group, String resource, String namespace, String name) {
        return name.isEmpty() || name.indexOf('/') >= 0
                ? Optional.empty()
                : store.get(prefix(group, resource, namespace) + name)
                        .map(entry -> (ObjectNode) JsonMapper.shared().readTree(entry.value()));
    }

    @Override
    public List<ObjectNode> list(String group, String resource, String namespace) {
        return store.range(Range.all(prefix(group, resource, namespace))).entries().stream()
                .map(entry -> (ObjectNode) JsonMapper.shared().readTree(entry.value()))
                .toList();
    }

    private static String prefix(String group, String resource, String namespace) {
        return "/registry/" + (group.isEmpty() ? "core" : group) + "/" + resource + "/"
                + (namespace.isEmpty() ? "" : namespace + "/");
    }
}
