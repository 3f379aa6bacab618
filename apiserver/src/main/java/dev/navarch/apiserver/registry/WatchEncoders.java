package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.Status;
import dev.navarch.apiserver.registry.Negotiated.Shape;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.watch.EventEncoder;
import dev.navarch.apiserver.watch.EventType;
import dev.navarch.apiserver.watch.SharedFrames;
import dev.navarch.storage.Entry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The forms in which watches are answered. */
final class WatchEncoders {
    private static final byte[] END = "}\n".getBytes(StandardCharsets.UTF_8);

    private final Objects objects;
    private final Renderer renderer;
    private final SharedFrames shared = new SharedFrames();

    WatchEncoders(Objects objects, Renderer renderer) {
        this.objects = objects;
        this.renderer = renderer;
    }

    EventEncoder of(ApiRequest request, Negotiated form, ServedResource resource) {
        return switch (form.shape()) {
            case OBJECT -> new Whole(resource);
            case PARTIAL -> new Partial(resource, form.version());
            case TABLE -> new Rows(request, form, resource);
        };
    }

    private static byte[] frame(EventType type, byte[] object) {
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

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            var type = resource.type();
            return frame(
                    EventType.BOOKMARK,
                    Tree.json(marker(type.kind(), type.groupVersion().apiVersion(), revision, initialEventsEnd)));
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
            return resource.form().converts() ? this : Shape.OBJECT;
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
            return version.equals("v1") && !resource.form().converts() ? Shape.PARTIAL : this;
        }

        @Override
        byte[] object(Entry entry, long revision) {
            return Tree.json(Renderer.partial(resource.form().served(treeAt(entry, revision)), version));
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            return frame(
                    EventType.BOOKMARK,
                    Tree.json(marker("PartialObjectMetadata", "meta.k8s.io/" + version, revision, initialEventsEnd)));
        }
    }

    /** Tables of one row; only the first names the columns. */
    private final class Rows extends Encoder {
        private final ApiRequest request;
        private final Negotiated form;
        private boolean columnsSent;

        Rows(ApiRequest request, Negotiated form, ServedResource resource) {
            super(resource);
            this.request = request;
            this.form = form;
        }

        @Override
        Object sharedBy() {
            return this;
        }

        @Override
        byte[] object(Entry entry, long revision) {
            var tree = treeAt(entry, revision);
            var table = renderer.table(request, form, resource, List.of(tree), Tree.at(tree, "metadata"), !columnsSent);
            columnsSent = true;
            return Tree.json(table);
        }

        @Override
        public byte[] event(EventType type, Entry entry, long revision) {
            return frame(type, object(entry, revision));
        }

        @Override
        public byte[] bookmark(long revision, boolean initialEventsEnd) {
            var row = marker(
                    resource.type().kind(), resource.type().groupVersion().apiVersion(), revision, initialEventsEnd);
            var table = renderer.table(request, form, resource, List.of(row), Tree.at(row, "metadata"), false);
            return frame(EventType.BOOKMARK, Tree.json(table));
        }
    }
}
