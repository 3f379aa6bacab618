package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/** The objects of one kind that somebody holds, by their versions. */
final class SharedVersions<T extends HasMetadata> implements SharedObjects.Reader<T> {
    private final ResourceKind<T> kind;
    private final Decoder<T> decoder;
    private final Optional<SharedVersions<T>> earlier;
    private final long until;
    private final Map<Long, Held<T>> held = new ConcurrentHashMap<>();
    private final ReferenceQueue<T> dropped = new ReferenceQueue<>();
    /** The same resource, whole if this is its metadata only, and the other way round. */
    private volatile @Nullable SharedVersions<?> otherForm;

    private static final class Held<T> extends WeakReference<T> {
        private final long version;

        Held(T object, long version, ReferenceQueue<T> queue) {
            super(object, queue);
            this.version = version;
        }
    }

    /** @param earlier hold the versions up to {@code until} */
    SharedVersions(ResourceKind<T> kind, Decoder<T> decoder, Optional<SharedVersions<T>> earlier, long until) {
        this.kind = kind;
        this.decoder = decoder;
        this.earlier = earlier;
        this.until = until;
    }

    @Override
    public T read(byte[] document, JsonParser parser) {
        var identity = Identity.of(document, (int) parser.currentTokenLocation().getByteOffset());
        if (identity == null) {
            return readAlone(parser);
        }
        var holder = holder(identity);
        var found = holder.find(identity);
        return found != null ? found : holder.hold(identity, () -> decode(parser, identity));
    }

    /** The first of those who are at this version. */
    private SharedVersions<T> holder(Identity identity) {
        var at = this;
        while (at.earlier.isPresent() && identity.version() <= at.until) {
            at = at.earlier.get();
        }
        return at;
    }

    void pair(SharedVersions<?> form) {
        otherForm = form;
        form.otherForm = this;
    }

    /** The metadata of both forms are the same, so that they are held once. */
    private T decode(JsonParser parser, Identity identity) {
        if (kind.metadataOnly()) {
            var metadata = otherMetadata(identity);
            if (metadata != null) {
                var alone = new PartialObjectMetadata();
                alone.setMetadata(metadata);
                return Resource.named(kind, kind.type().cast(alone));
            }
            return readAlone(parser);
        }
        var object = readAlone(parser);
        var metadata = otherMetadata(identity);
        if (metadata != null) {
            object.setMetadata(metadata);
        }
        return object;
    }

    private @Nullable ObjectMeta otherMetadata(Identity identity) {
        var form = otherForm;
        var object = form == null ? null : form.holder(identity).find(identity);
        return object == null ? null : object.getMetadata();
    }

    @Override
    public T readAlone(JsonParser parser) {
        return decoder.read(parser);
    }

    private @Nullable T find(Identity identity) {
        return same(held.get(identity.version()), identity);
    }

    private @Nullable T same(@Nullable Held<T> one, Identity identity) {
        var object = one == null ? null : one.get();
        return object != null && identity.uid().equals(object.getMetadata().getUid()) ? object : null;
    }

    /** Of several that are sent the same object at once, one decodes it and the others wait. */
    private T hold(Identity identity, Supplier<T> decode) {
        forgetDropped();
        var result = new Object() {
            @Nullable
            T object;
        };
        held.compute(identity.version(), (version, there) -> {
            var object = same(there, identity);
            if (object != null) {
                result.object = object;
                return there;
            }
            var decoded = decode.get();
            result.object = decoded;
            return new Held<>(decoded, version, dropped);
        });
        return java.util.Objects.requireNonNull(result.object);
    }

    @SuppressWarnings("unchecked") // only what is held can be dropped
    private void forgetDropped() {
        for (var one = dropped.poll(); one != null; one = dropped.poll()) {
            var last = (Held<T>) one;
            held.remove(last.version, last);
        }
    }

    /** How many objects are held, or were until recently. */
    int size() {
        forgetDropped();
        return held.size();
    }
}
