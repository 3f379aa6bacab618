package dev.navarch.apiserver.following;

import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads objects straight from the store. */
public final class StoreReader implements ObjectReader {
    private final Store store;
    private final TreeCache trees = new TreeCache();
    private final JsonMapper json = JsonMapper.shared();

    public StoreReader(Store store) {
        this.store = store;
    }

    @Override
    public Optional<ObjectNode> read(String group, String resource, String namespace, String name) {
        if (name.isEmpty() || name.indexOf('/') >= 0) {
            return Optional.empty();
        }
        var key = new StringBuilder("/registry/").append(group.isEmpty() ? "core" : group);
        key.append('/').append(resource);
        if (!namespace.isEmpty()) {
            key.append('/').append(namespace);
        }
        key.append('/').append(name);
        return store.get(key.toString()).map(entry -> (ObjectNode) json.readTree(entry.value()));
    }

    /** All of a namespace; of all if it is empty, as well as what has none. They are shared: never change one. */
    public List<ObjectNode> list(String group, String resource, String namespace) {
        var prefix = "/registry/" + (group.isEmpty() ? "core" : group) + "/" + resource + "/"
                + (namespace.isEmpty() ? "" : namespace + "/");
        return store.range(Range.all(prefix)).entries().stream()
                .flatMap(entry -> trees.tree(entry).stream())
                .toList();
    }
}
