package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import dev.navarch.api.StoredJson;
import dev.navarch.api.versions.StoredAs;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a resource is kept. Most are as they are served, and cost nothing here. One of another form is converted where its
 * objects come in and where they are shown, so that everything between sees the stored form only. The store's keys and
 * revisions are the same in both.
 */
final class StoredForm {
    private final ResourceType served;
    private final StoredAs stored;
    private final boolean converts;
    private final long since;
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final ObjectDecoder decoder = new ObjectDecoder();

    StoredForm(ResourceType served, StoredAs stored) {
        this(served, stored, 0);
    }

    /** @param since entries that were written before this revision are converted even if they have the served form */
    StoredForm(ResourceType served, StoredAs stored, long since) {
        this.since = since;
        this.served = served;
        this.stored = stored;
        converts = !served.equals(stored.type());
    }

    /** Whether stored and served form differ. */
    boolean converts() {
        return converts;
    }

    ResourceType type() {
        return stored.type();
    }

    /** Whether showing an object may take a while, because somebody else is asked how it looks. */
    boolean callsOut() {
        return stored.conversion().callsOut();
    }

    private boolean isServed(Entry entry) {
        return !converts && entry.revision() >= since;
    }

    /** The entry as it is shown. A value that cannot be read stays as it is, for who reads it to complain. */
    Entry served(Entry entry) {
        if (isServed(entry)) {
            return entry;
        }
        return readable(entry)
                .map(tree -> encoded(entry, stored.conversion().toServed(tree)))
                .orElse(entry);
    }

    /** Likewise all entries of a list. */
    List<Entry> served(List<Entry> entries) {
        if (!converts && since == 0) {
            return entries;
        }
        List<Entry> shown = new ArrayList<>(entries);
        List<Integer> places = new ArrayList<>();
        List<ObjectNode> trees = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            var tree = isServed(entries.get(i)) ? Optional.<ObjectNode>empty() : readable(entries.get(i));
            if (tree.isPresent()) {
                places.add(i);
                trees.add(tree.get());
            }
        }
        var converted = stored.conversion().allToServed(trees);
        for (int i = 0; i < places.size(); i++) {
            shown.set(places.get(i), encoded(entries.get(places.get(i)), converted.get(i)));
        }
        return shown;
    }

    private static Optional<ObjectNode> readable(Entry entry) {
        try {
            return StoredJson.read(entry.value()) instanceof ObjectNode tree ? Optional.of(tree) : Optional.empty();
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }

    private Entry encoded(Entry entry, ObjectNode tree) {
        Meta.of(tree).remove("resourceVersion");
        var encoded = encoder.encode(tree, served.schema());
        var digits = Long.toString(entry.revision()).getBytes(StandardCharsets.US_ASCII);
        return new Entry(
                entry.key(),
                Objects.splice(encoded.bytes(), encoded.revisionAt(), 0, digits),
                encoded.revisionAt(),
                entry.createRevision(),
                entry.revision());
    }

    /** @param tree in the stored form, left as it is */
    ObjectNode served(ObjectNode tree) {
        return stored.conversion().toServed(tree);
    }

    /** Likewise several, at once. */
    List<ObjectNode> allServed(List<ObjectNode> trees) {
        return trees.isEmpty() ? List.of() : stored.conversion().allToServed(trees);
    }

    /**
     * A tree in the stored form; the same one where that is the served form.
     *
     * @throws ApiFailure 400 if what is kept in annotations is not what it should be
     */
    ObjectNode stored(ObjectNode tree) {
        if (!converts()) {
            return tree;
        }
        try {
            return decoder.conform(stored.conversion().toStored(tree), type().schema())
                    .tree();
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }
}
