package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import dev.navarch.api.kinds.AutoscalerForms;
import dev.navarch.api.kinds.EventForms;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a resource is kept. Most are as they are served, and cost nothing here; one of another form is converted where it
 * goes into the store and where it comes out, so that everything between sees the served form only. The store's keys and
 * revisions are the same in both (source of what is stored how: kubernetes
 * pkg/kubeapiserver/default_storage_factory_builder.go and the version priorities of each group's install.go).
 */
final class StoredForm {
    private final ResourceType served;
    private final ResourceType stored;
    private final UnaryOperator<ObjectNode> toStored;
    private final UnaryOperator<ObjectNode> toServed;
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final ObjectDecoder decoder = new ObjectDecoder();

    private StoredForm(
            ResourceType served,
            ResourceType stored,
            UnaryOperator<ObjectNode> toStored,
            UnaryOperator<ObjectNode> toServed) {
        this.served = served;
        this.stored = stored;
        this.toStored = toStored;
        this.toServed = toServed;
    }

    static StoredForm of(ResourceType type, Catalogue catalogue) {
        return switch (type.groupVersion().apiVersion() + " " + type.plural()) {
            case "events.k8s.io/v1 events" ->
                other(type, catalogue.find("", "v1", "events"), EventForms::toCore, EventForms::toEvents);
            case "autoscaling/v1 horizontalpodautoscalers" ->
                other(
                        type,
                        catalogue.find("autoscaling", "v2", "horizontalpodautoscalers"),
                        AutoscalerForms::toV2,
                        AutoscalerForms::toV1);
            default -> asServed(type);
        };
    }

    private static StoredForm other(
            ResourceType served,
            Optional<ResourceType> stored,
            UnaryOperator<ObjectNode> toStored,
            UnaryOperator<ObjectNode> toServed) {
        return stored.map(s -> new StoredForm(served, s, toStored, toServed)).orElseGet(() -> asServed(served));
    }

    private static StoredForm asServed(ResourceType type) {
        return new StoredForm(type, type, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /** Whether stored and served form differ. */
    boolean converts() {
        return served != stored;
    }

    ResourceType type() {
        return stored;
    }

    /** A value that cannot be read stays as it is, for who reads it to complain. */
    Entry served(Entry entry) {
        if (!converts()) {
            return entry;
        }
        try {
            if (JsonMapper.shared().readTree(entry.value()) instanceof ObjectNode tree) {
                var encoded = encoder.encode(toServed.apply(tree), served.schema());
                var digits = Long.toString(entry.revision()).getBytes(StandardCharsets.US_ASCII);
                return new Entry(
                        entry.key(),
                        Objects.splice(encoded.bytes(), encoded.revisionAt(), 0, digits),
                        encoded.revisionAt(),
                        entry.createRevision(),
                        entry.revision());
            }
        } catch (JacksonException _) {
            return entry;
        }
        return entry;
    }

    /** A tree in the stored form; the same one where that is the served form. */
    ObjectNode stored(ObjectNode tree) {
        return toStored.apply(tree);
    }

    /** @throws ApiFailure 400 if what is kept in annotations is not what it should be */
    Draft stored(Draft draft) {
        if (!converts()) {
            return draft;
        }
        var tree = (ObjectNode) JsonMapper.shared().readTree(draft.bytes());
        Meta.of(tree).remove("resourceVersion");
        try {
            var conforming = decoder.conform(toStored.apply(tree), stored.schema());
            var encoded = encoder.encode(conforming.tree(), stored.schema());
            return new Draft(encoded.bytes(), encoded.revisionAt(), draft.timeToLive());
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }
}
