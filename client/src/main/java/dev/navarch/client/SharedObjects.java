package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;

/**
 * The decoded objects of a process, which the informers of all its components hold together. An object is known by its
 * uid and resource version; who is sent it again gets the one that is there, so that an event is decoded once however
 * many look at it. Nobody gets an object that the server has not sent to it. Objects are held weakly, and belong to the
 * informers' readers, who must not change them.
 *
 * <p>They are kept small: what is empty or alone is no collection of its own, texts that recur are the same, and
 * {@code metadata.managedFields} are left out (source of the last: kubernetes
 * cmd/kube-controller-manager/app/controllermanager.go, its informers' transform).
 *
 * <p>A cluster that begins as another one was shares with it what was there until then: that is decoded once for both.
 */
public final class SharedObjects {
    private final SharedStrings strings;
    private final Optional<Earlier> earlier;
    private final Map<ResourceKind<?>, SharedVersions<?>> kinds = new HashMap<>();

    /** Those of a cluster that this one was until a revision of its store. */
    private record Earlier(SharedObjects objects, long until) {}

    public SharedObjects() {
        strings = new SharedStrings();
        earlier = Optional.empty();
    }

    private SharedObjects(Earlier earlier) {
        strings = earlier.objects.strings;
        this.earlier = Optional.of(earlier);
    }

    /** Those of a cluster that begins as this one was at a revision of its store. */
    public SharedObjects from(long revision) {
        return new SharedObjects(new Earlier(this, revision));
    }

    @SuppressWarnings("unchecked") // the value's type parameter is that of the kind
    synchronized <T extends HasMetadata> SharedVersions<T> of(ResourceKind<T> kind) {
        var known = (SharedVersions<T>) kinds.get(kind);
        if (known != null) {
            return known;
        }
        var made = new SharedVersions<>(
                kind,
                new Decoder<>(kind, Optional.of(strings)),
                earlier.map(before -> before.objects.of(kind)),
                earlier.map(Earlier::until).orElse(0L));
        kinds.forEach((other, versions) -> {
            if (other.apiVersion().equals(kind.apiVersion())
                    && other.plural().equals(kind.plural())
                    && other.metadataOnly() != kind.metadataOnly()) {
                made.pair(versions);
            }
        });
        kinds.put(kind, made);
        return made;
    }

    /** Makes objects of documents. */
    interface Reader<T> {

        /**
         * Reads the object that begins where the parser stands. The parser may be left there or at the object's end.
         *
         * @param document what the parser reads
         */
        T read(byte[] document, JsonParser parser);

        /** Reads an object that is not at the version which it names: one that left a watch's selection. */
        T readAlone(JsonParser parser);
    }
}
