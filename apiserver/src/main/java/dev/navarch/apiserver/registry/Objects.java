package dev.navarch.apiserver.registry;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.following.TreeCache;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects in the store: keys and bytes on one side, resources and trees on the other. Made once a server, and shared by
 * all that read what is stored.
 */
public final class Objects implements StoredObjects, AutoCloseable {
    /** What nearly every write or token asks for, and few write. */
    private static final Set<String> REMEMBERED = Set.of(
            "namespaces",
            "serviceaccounts",
            "limitranges",
            "resourcequotas",
            "priorityclasses.scheduling.k8s.io",
            "runtimeclasses.node.k8s.io",
            "storageclasses.storage.k8s.io",
            "ingressclasses.networking.k8s.io");

    private final Store store;
    private final TreeCache trees = new TreeCache();
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final Map<String, Place> places = new HashMap<>();

    /** Where objects of a resource lie, whatever their version, and what is remembered of them. */
    private record Place(
            ResourceType type, String prefix, @Nullable RecentReads recent) {
        String prefix(String namespace) {
            return type.namespaced() && !namespace.isEmpty() ? prefix + namespace + "/" : prefix;
        }

        <T> T get(String key, Supplier<T> read) {
            return recent == null ? read.get() : recent.get(key, read);
        }
    }

    public Objects(Store store, Catalogue catalogue) {
        this.store = requireNonNull(store);
        for (var type : catalogue.types()) {
            places.computeIfAbsent(type.qualifiedName(), name -> place(name, type));
        }
    }

    private Place place(String name, ResourceType type) {
        var prefix = type.storagePrefix();
        return new Place(type, prefix, REMEMBERED.contains(name) ? new RecentReads(store, prefix) : null);
    }

    private @Nullable Place place(String group, String resource) {
        return places.get(group.isEmpty() ? resource : resource + "." + group);
    }

    Store store() {
        return store;
    }

    TreeCache trees() {
        return trees;
    }

    Optional<Entry> find(ServedResource resource, String namespace, String name) {
        return store.get(resource.key(namespace, name));
    }

    /** The tree of an entry, which is shared: not to be changed. */
    ObjectNode tree(Entry entry) {
        return trees.tree(entry).orElseThrow(() -> unreadable(entry));
    }

    static ApiFailure unreadable(Entry entry) {
        return ApiFailure.internalError("the stored value of " + entry.key() + " cannot be read");
    }

    @Override
    public Optional<ObjectNode> read(String group, String resource, String namespace, String name) {
        var place = place(group, resource);
        if (place == null) {
            return Optional.empty();
        }
        var key = place.prefix(namespace) + name;
        return place.get(key, () -> read(key));
    }

    private Optional<ObjectNode> read(String key) {
        return store.get(key).flatMap(trees::tree);
    }

    @Override
    public List<ObjectNode> list(String group, String resource, String namespace) {
        var place = place(group, resource);
        if (place == null) {
            return List.of();
        }
        var prefix = place.prefix(namespace);
        return place.get(prefix, () -> list(prefix));
    }

    private List<ObjectNode> list(String prefix) {
        return store.range(Range.all(prefix)).entries().stream()
                .flatMap(e -> trees.tree(e).stream())
                .toList();
    }

    @Override
    public boolean replace(String group, String resource, ObjectNode old, ObjectNode now) {
        var type = requireNonNull(place(group, resource)).type;
        var stored = store.get(key(type, Meta.namespace(old), Meta.name(old)));
        if (stored.isEmpty()
                || !Meta.resourceVersion(old).equals(Long.toString(stored.get().revision()))) {
            return false;
        }
        var encoded = encoder.encode(now, type.schema());
        return update(stored.get(), new Draft(encoded.bytes(), encoded.revisionAt(), Optional.empty()))
                .isPresent();
    }

    static String key(ResourceType type, String namespace, String name) {
        return prefix(type, namespace) + name;
    }

    /** @param namespace empty for all */
    static String prefix(ResourceType type, String namespace) {
        return type.namespaced() && !namespace.isEmpty()
                ? type.storagePrefix() + namespace + "/"
                : type.storagePrefix();
    }

    Draft draft(ServedResource resource, ObjectNode object) {
        var encoded = encoder.encode(object, resource.form().type().schema());
        return new Draft(
                encoded.bytes(), encoded.revisionAt(), resource.traits().timeToLive(), Topics.of(resource, object));
    }

    /** The entry that the draft would become at this revision; for answers to dry runs. */
    static Entry imagine(String key, Draft draft, long revision) {
        var digits = Long.toString(revision).getBytes(StandardCharsets.US_ASCII);
        return new Entry(
                key, splice(draft.bytes(), draft.revisionAt(), 0, digits), draft.revisionAt(), revision, revision);
    }

    /** {@code bytes} with {@code digits} in the place of {@code length} bytes at {@code at}. */
    static byte[] splice(byte[] bytes, int at, int length, byte[] digits) {
        var spliced = new byte[bytes.length - length + digits.length];
        System.arraycopy(bytes, 0, spliced, 0, at);
        System.arraycopy(digits, 0, spliced, at, digits.length);
        System.arraycopy(bytes, at + length, spliced, at + digits.length, bytes.length - at - length);
        return spliced;
    }

    /** Whether writing the draft would change nothing but the resource version. */
    static boolean same(Entry entry, Draft draft) {
        int at = draft.revisionAt();
        var value = entry.value();
        int digits = value.length - draft.bytes().length;
        return at >= 0
                && at == entry.revisionAt()
                && digits == Long.toString(entry.revision()).length()
                && Arrays.equals(value, 0, at, draft.bytes(), 0, at)
                && Arrays.equals(value, at + digits, value.length, draft.bytes(), at, draft.bytes().length);
    }

    /** Empty if the key exists. */
    Optional<Entry> create(String key, Draft draft) {
        return committed(store.write(new Write.Create(key, draft)));
    }

    /** Empty if the key's value is no longer {@code old}. */
    Optional<Entry> update(Entry old, Draft draft) {
        return committed(store.write(new Write.Update(old.key(), old.revision(), draft)));
    }

    /** Empty if the key's value is no longer {@code old}. */
    Optional<Entry> delete(Entry old) {
        return committed(store.write(new Write.Delete(old.key(), old.revision())));
    }

    private static Optional<Entry> committed(WriteResult result) {
        return switch (result) {
            case WriteResult.Committed(var entry) -> Optional.of(entry);
            case WriteResult.Stale _ -> Optional.empty();
        };
    }

    @Override
    public void close() {
        for (var place : places.values()) {
            if (place.recent != null) {
                place.recent.close();
            }
        }
    }
}
