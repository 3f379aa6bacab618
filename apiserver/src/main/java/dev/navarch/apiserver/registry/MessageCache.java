package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.following.TreeCache;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.storage.Entry;
import java.lang.ref.SoftReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Stored values as protobuf messages, each encoded once however many readers and watchers ask; built like
 * {@link TreeCache}, from which the trees come. Costs nothing until somebody speaks protobuf but the empty slots.
 */
final class MessageCache {
    private static final int SLOTS = 1 << 14;

    @SuppressWarnings("ArrayRecordComponent") // compared by identity
    private record Slot(long revision, byte[] value, SoftReference<byte[]> message) {}

    private final AtomicReferenceArray<@Nullable Slot> slots = new AtomicReferenceArray<>(SLOTS);
    private final TreeCache trees;
    private final ProtobufBodies protobuf;

    MessageCache(TreeCache trees, ProtobufBodies protobuf) {
        this.trees = trees;
        this.protobuf = protobuf;
    }

    /** The entry's message in its served form, without an envelope; empty if its value cannot be read. */
    Optional<byte[]> message(ServedResource resource, Entry entry) {
        return resource.form().converts() ? made(resource, entry) : kept(resource, entry);
    }

    private Optional<byte[]> made(ServedResource resource, Entry entry) {
        return trees.tree(entry)
                .map(tree -> protobuf.message(
                        resource.form().served(tree), resource.type().schema()));
    }

    private Optional<byte[]> kept(ServedResource resource, Entry entry) {
        int index = (int) entry.revision() & (SLOTS - 1);
        var slot = slots.get(index);
        if (slot != null && slot.revision == entry.revision() && slot.value == entry.value()) {
            var message = slot.message.get();
            if (message != null) {
                return Optional.of(message);
            }
        }
        var made = made(resource, entry);
        made.ifPresent(
                message -> slots.set(index, new Slot(entry.revision(), entry.value(), new SoftReference<>(message))));
        return made;
    }
}
