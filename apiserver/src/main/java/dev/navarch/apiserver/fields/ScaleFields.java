package dev.navarch.apiserver.fields;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.fields.Managed.Entry;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Managed fields of an object and of its {@code scale} subresource, which has one field of the object under another path
 * (source: apimachinery pkg/util/managedfields/scalehandler.go).
 */
public final class ScaleFields {
    private static final List<PathElement> REPLICAS = PathElement.path("spec", "replicas");

    private final Map<String, List<PathElement>> replicas;
    private final String apiVersion;
    private final String scaleVersion;
    private final FieldsTexts texts;

    /**
     * @param replicas where objects have their replicas, by version
     * @param apiVersion of the object, as the request names it
     * @param scaleVersion of the scale
     */
    public ScaleFields(
            Map<String, List<PathElement>> replicas,
            String apiVersion,
            String scaleVersion,
            FieldManager.Shared shared) {
        this.replicas = Map.copyOf(replicas);
        this.apiVersion = requireNonNull(apiVersion);
        this.scaleVersion = requireNonNull(scaleVersion);
        this.texts = shared.texts();
    }

    /** The managers of the replicas, as those of a scale. */
    public JsonNode toScale(JsonNode ofObject) {
        var scale = new Managed();
        for (var entry : read(ofObject).all()) {
            var path = replicas.get(entry.apiVersion());
            if (path != null && entry.fields().set().has(path)) {
                scale.put(
                        new Entry(inScale(entry.id()), scaleVersion, new Fields(FieldSet.of(REPLICAS)), entry.time()));
            }
        }
        return scale.write(texts);
    }

    /** What the managers of the object are after its scale was written. */
    public JsonNode toObject(JsonNode ofObject, JsonNode ofScale) {
        var scale = read(ofScale);
        var object = new Managed();
        for (var entry : read(ofObject).all()) {
            var path = replicas.get(entry.apiVersion());
            if (path == null) {
                continue; // of a version that is no longer served
            }
            boolean had = entry.fields().set().has(path);
            boolean kept = scale.get(inScale(entry.id())) != null;
            if (!had || kept) {
                object.put(entry);
                if (had) {
                    scale.remove(inScale(entry.id()));
                }
                continue;
            }
            var left = entry.fields().set().difference(FieldSet.of(path));
            if (!left.isEmpty()) {
                object.put(entry.with(new Fields(left)));
            }
        }
        for (var entry : scale.all()) {
            if (entry.fields().set().has(REPLICAS)) {
                var path = requireNonNull(replicas.get(apiVersion));
                object.put(
                        new Entry(at(entry.id(), apiVersion), apiVersion, new Fields(FieldSet.of(path)), entry.time()));
            }
        }
        return object.write(texts);
    }

    private ManagerId inScale(ManagerId id) {
        return at(id, scaleVersion);
    }

    private static ManagerId at(ManagerId id, String version) {
        return id.applied() ? id : ManagerId.updater(id.manager(), version, id.subresource());
    }

    private Managed read(JsonNode list) {
        var managed = Managed.read(list, texts);
        managed.readSets();
        return managed;
    }
}
