package dev.navarch.apiserver.following;

import dev.navarch.api.StoredJson;
import dev.navarch.storage.Entry;
import java.lang.ref.Reference;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stored values as trees, each parsed once however many readers ask. The trees are shared and must not be changed.
 *
 * <p>A store's revision names exactly one value, so the cache is an array indexed by the revision's low bits; a slot
 * holds the last tree asked for there, as long as memory lasts; a large one, such as that of a definition with its schemas,
 * only as long as somebody reads it. Bytes are compared by identity too, because a value may
 * be served in more than one form.
 */
public final class TreeCache {
    private static final Logger log = LoggerFactory.getLogger(TreeCache.class);
    private static final int SLOTS = 1 << 10;

    /** Trees take some ten times their text. */
    private static final int LARGE = 64 << 10;

    private record Slot(long revision, Reference<Parsed> parsed) {}

    @SuppressWarnings("ArrayRecordComponent") // compared by identity
    private record Parsed(byte[] value, ObjectNode tree) {}

    private final AtomicReferenceArray<Slot> slots = new AtomicReferenceArray<>(SLOTS);

    /** The entry's value; empty if its bytes are not an object, which is logged and must not hurt other entries. */
    public Optional<ObjectNode> tree(Entry entry) {
        int index = (int) entry.revision() & (SLOTS - 1);
        var slot = slots.get(index);
        var value = entry.value();
        if (slot != null && slot.revision == entry.revision()) {
            var parsed = slot.parsed.get();
            if (parsed != null && parsed.value == value) {
                return Optional.of(parsed.tree);
            }
        }
        try {
            if (StoredJson.read(value) instanceof ObjectNode tree) {
                slots.set(index, new Slot(entry.revision(), kept(new Parsed(value, tree))));
                return Optional.of(tree);
            }
            log.error("The value of {} at revision {} is not an object", entry.key(), entry.revision());
        } catch (JacksonException e) {
            log.error("The value of {} at revision {} cannot be read", entry.key(), entry.revision(), e);
        }
        return Optional.empty();
    }

    private static Reference<Parsed> kept(Parsed parsed) {
        return parsed.value.length >= LARGE ? new WeakReference<>(parsed) : new SoftReference<>(parsed);
    }
}
