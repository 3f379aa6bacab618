package dev.navarch.storage.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.navarch.storage.Draft;
import dev.navarch.storage.ReplicaStore.Change;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.TransformException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.storage.etcd.rpc.KeyValue;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drafts as they lie in etcd, sealed where that is asked for. */
final class Values {
    private static final Logger log = LoggerFactory.getLogger(Values.class);

    private final Keys keys;
    private final ValueTransformer transformer;

    Values(Keys keys, ValueTransformer transformer) {
        this.keys = keys;
        this.transformer = transformer;
    }

    /** @throws TransformException if it can't be sealed */
    ByteString stored(String key, ByteString name, Draft draft) {
        var value = StoredValue.encode(draft);
        return transformer == ValueTransformer.PLAIN
                ? value
                : UnsafeByteOperations.unsafeWrap(transformer.seal(key, name.toStringUtf8(), value.toByteArray()));
    }

    /** Empty for what none of us wrote. */
    Optional<Change.Put> put(KeyValue kv) {
        var key = keys.inStore(kv.getKey());
        var value = kv.getValue();
        if (transformer != ValueTransformer.PLAIN || ValueTransformer.sealed(start(value))) {
            var name = kv.getKey().toStringUtf8();
            try {
                value = opened(key, name, kv);
            } catch (TransformException e) {
                log.warn("A value can't be read now: {}", e.getMessage());
                return Optional.of(Change.Put.unread(
                        key,
                        () -> StoredValue.decode(opened(key, name, kv))
                                .orElseThrow(() -> new StoreException("the value of " + key + " can't be read")),
                        kv.getCreateRevision(),
                        kv.getModRevision()));
            }
        }
        return StoredValue.decode(value)
                .map(draft -> new Change.Put(key, draft, kv.getCreateRevision(), kv.getModRevision()));
    }

    private static byte[] start(ByteString value) {
        return value.substring(0, Math.min(value.size(), ValueTransformer.PREFIX.length()))
                .toByteArray();
    }

    private ByteString opened(String key, String name, KeyValue kv) {
        return UnsafeByteOperations.unsafeWrap(
                transformer.open(key, name, kv.getValue().toByteArray()));
    }

    boolean transforms() {
        return transformer != ValueTransformer.PLAIN;
    }

    boolean stale(String key, KeyValue kv) {
        return transformer.stale(key, kv.getKey().toStringUtf8(), kv.getValue().toByteArray());
    }
}
