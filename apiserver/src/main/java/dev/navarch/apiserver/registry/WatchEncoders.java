package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.registry.TableForm.Include;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.watch.EventEncoder;
import dev.navarch.apiserver.watch.EventType;
import dev.navarch.apiserver.watch.SharedFrames;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.apiserver.wire.Negotiated.Format;
import dev.navarch.storage.Entry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The forms in which watches are answered. Those that are the same for all watchers are encoded once an event. */
final class WatchEncoders {
    private static final byte[] END = "}\n".getBytes(StandardCharsets.UTF_8);
    private static final String META_GROUP = "meta.k8s.io/";

    private final Objects objects;
    private final Renderer renderer;
    private final SharedFrames shared = new SharedFrames();
    private final WatchMetrics metrics = new WatchMetrics();

    /** What frames are shared by. */
    private enum Sharing {
        JSON,
        JSON_PARTIAL,
        PROTOBUF,
        PROTOBUF_PARTIAL
    }

    WatchEncoders(Objects objects, Renderer renderer) {
        this.objects = objects;
        this.renderer = renderer;
    }

    void register(PrometheusRegistry registry) {
        metrics.register(registry);
    }

    EventEncoder of(ApiRequest request, Negotiated form, ServedResource resource) {
        return metrics.counted(encoder(request, form, resource), resource);
    }

    private EventEncoder encoder(ApiRequest request, Negotiated form, ServedResource resource) {
        boolean protobuf = form.format() == Format.PROTOBUF;
        return switch (form.shape()) {
            // upstream stumbles over a list of partial objects here, and goes on with whole ones
            case OBJECT, PARTIAL_LIST -> protobuf ? new ProtobufWhole(resource) : new Whole(resource);
            case PARTIAL ->
                protobuf ? new ProtobufPartial(resource, form.version()) : new Partial(resource, form.version());
            case TABLE -> new Rows(request, form, resource);
        };
    }

    private static byte[] jsonFrame(EventType type, byte[] object) {
        var head = ("{\"type\":\"" + type + "\",\"object\":").getBytes(StandardCharsets.US_ASCII);
        var frame = new byte[head.length + object.length + END.length];
        System.arraycopy(head, 0, frame, 0, head.length);
        System.arraycopy(object, 0, frame, head.length, object.length);
        System.arraycopy(END, 0, frame, head.length + object.length, END.length);
        return frame;
    }

    /** An empty object that says how far the watch is (source: k8s.io/apiserver pkg/storage/cacher/cacher.go). */
    private static ObjectNode marker(String kind, String apiVersion, long revision, boolean initialEventsEnd) {
        var marker = Tree.object().put("kind", kind).put("apiVersion", apiVersion);
        var metadata = marker.putObject("metadata").put("resourceVersion", Long.toString(revision));
        if (initialEventsEnd) {
            metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
        }
        return marker;
    }

    private abstract class Encoder implements EventEncoder {
        final ServedResource resource;

        Encoder(ServedResource resource) {
            this.resource = resource;
        }

        /** What frames of the same form are shared by; this if by none. */
        abstract Object sharedBy();

        abstract byte[] object(Entry entry, long revision);

        @Override
        public byte[] event(EventType type, Entry entry, long revision) {
            var known = shared.find(revision, type, sharedBy());
            if (known != null) {
                return known;
            }
            var frame = frame(type, object(entry, revision));
            shared.keep(revision, type, sharedBy(), frame);
            return frame;
        }

        byte[] frame(EventType type, byte[] object) {
            return jsonFrame(type, object);
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            return frame(
                    EventType.BOOKMARK,
                    Tree.json(marker(
                            resource.type().kind(),
                            resource.type().groupVersion().apiVersion(),
                            revision,
                            initialEventsEnd)));
        }

        @Override
        public byte[] error(Status status) {
            return frame(EventType.ERROR, Tree.json(status.tree()));
        }
    }

    /** The entry's tree as of another revision. */
    private ObjectNode treeAt(Entry entry, long revision) {
        var tree = objects.trees().tree(entry).orElseGet(Tree::object);
        if (revision == entry.revision()) {
            return tree;
        }
        var copy = tree.deepCopy();
        Tree.childObject(copy, "metadata").put("resourceVersion", Long.toString(revision));
        return copy;
    }

    private final class Whole extends Encoder {
        Whole(ServedResource resource) {
            super(resource);
        }

        @Override
        Object sharedBy() {
            return resource.form().converts() ? this : Sharing.JSON;
        }

        @Override
        byte[] object(Entry stored, long revision) {
            var entry = resource.form().served(stored);
            if (revision == entry.revision() || entry.revisionAt() < 0) {
                return entry.value();
            }
            var digits = Long.toString(revision).getBytes(StandardCharsets.US_ASCII);
            int length = Long.toString(entry.revision()).length();
            return Objects.splice(entry.value(), entry.revisionAt(), length, digits);
        }
    }

    private final class Partial extends Encoder {
        private final String version;

        Partial(ServedResource resource, String version) {
            super(resource);
            this.version = version;
        }

        @Override
        Object sharedBy() {
            return version.equals("v1") && !resource.form().converts() ? Sharing.JSON_PARTIAL : this;
        }

        @Override
        byte[] object(Entry entry, long revision) {
            var metadata = revision == entry.revision() && !resource.form().converts()
                    ? StoredMetadata.of(entry)
                    : Optional.<byte[]>empty();
            return metadata.map(m -> Renderer.partial(m, version))
                    .orElseGet(() ->
                            Tree.json(Renderer.partial(resource.form().served(treeAt(entry, revision)), version)));
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            return frame(
                    EventType.BOOKMARK,
                    Tree.json(marker("PartialObjectMetadata", META_GROUP + version, revision, initialEventsEnd)));
        }
    }

    private abstract class Protobuf extends Encoder {
        Protobuf(ServedResource resource) {
            super(resource);
        }

        /** Of an object that is no stored one. */
        abstract Parts enveloped(ObjectNode tree);

        @Override
        byte[] frame(EventType type, byte[] object) {
            return renderer.protobuf().frame(type.name(), object);
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            var marker = marker("", "", revision, initialEventsEnd);
            return frame(EventType.BOOKMARK, enveloped(marker).toByteArray());
        }

        @Override
        public byte[] error(Status status) {
            return frame(EventType.ERROR, renderer.protobuf().status(status));
        }
    }

    private final class ProtobufWhole extends Protobuf {
        ProtobufWhole(ServedResource resource) {
            super(resource);
        }

        @Override
        Object sharedBy() {
            return resource.form().converts() ? this : Sharing.PROTOBUF;
        }

        @Override
        byte[] object(Entry entry, long revision) {
            if (revision == entry.revision()) {
                var message = renderer.messages().message(resource, entry);
                if (message.isPresent()) {
                    return enveloped(message.get()).toByteArray();
                }
            }
            return enveloped(resource.form().served(treeAt(entry, revision))).toByteArray();
        }

        @Override
        Parts enveloped(ObjectNode tree) {
            return enveloped(renderer.protobuf().message(tree, resource.type().schema()));
        }

        private Parts enveloped(byte[] message) {
            var type = resource.type();
            return renderer.protobuf().object(type.groupVersion().apiVersion(), type.kind(), message);
        }
    }

    private final class ProtobufPartial extends Protobuf {
        private final String version;

        ProtobufPartial(ServedResource resource, String version) {
            super(resource);
            this.version = version;
        }

        @Override
        Object sharedBy() {
            return version.equals("v1") && !resource.form().converts() ? Sharing.PROTOBUF_PARTIAL : this;
        }

        @Override
        byte[] object(Entry entry, long revision) {
            return enveloped(resource.form().served(treeAt(entry, revision))).toByteArray();
        }

        @Override
        Parts enveloped(ObjectNode tree) {
            var message = renderer.protobuf().partialMessage(Renderer.metadata(tree));
            return renderer.protobuf().object(META_GROUP + version, "PartialObjectMetadata", message);
        }
    }

    /** Tables of one row; only the first names the columns. */
    private final class Rows extends Encoder {
        private final Include include;
        private final Negotiated form;
        private boolean columnsSent;

        Rows(ApiRequest request, Negotiated form, ServedResource resource) {
            super(resource);
            this.include = Include.of(request);
            this.form = form;
        }

        @Override
        Object sharedBy() {
            return this;
        }

        @Override
        byte[] object(Entry entry, long revision) {
            return table(treeAt(entry, revision), include);
        }

        private byte[] table(ObjectNode shown, Include parts) {
            var table = renderer.tables()
                    .table(resource, form.version(), parts, List.of(shown), Renderer.metadata(shown), !columnsSent);
            columnsSent = true;
            return Tree.json(table);
        }

        @Override
        public byte[] event(EventType type, Entry entry, long revision) {
            return frame(type, object(entry, revision));
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            var type = resource.form().type();
            var marker = marker(type.kind(), type.groupVersion().apiVersion(), revision, initialEventsEnd);
            return frame(EventType.BOOKMARK, table(marker, initialEventsEnd ? Include.METADATA : include));
        }
    }
}
