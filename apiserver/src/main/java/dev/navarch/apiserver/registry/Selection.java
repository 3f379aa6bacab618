package dev.navarch.apiserver.registry;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.GoText;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.storage.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which objects a list or watch is about. Tests entries as the store has them. Name and namespace are read off the key,
 * all else comes from {@link Selectable}. An entry that cannot be read matches only if nothing is asked of its content.
 */
final class Selection implements Predicate<Entry> {
    private static final String NAME = "metadata.name";
    private static final String NAMESPACE = "metadata.namespace";
    private static final String OLD_HOST = "spec.host";

    private final ServedResource resource;
    private final Objects objects;
    private final LabelSelector labels;
    private final FieldSelector fields;
    private final List<FieldSelector.Term> ofKey = new ArrayList<>();
    private final List<Place> ofContent = new ArrayList<>();

    /** A comparison, and where the value that it is about is found. */
    private record Place(FieldSelector.Term term, int index) {}

    private Selection(ServedResource resource, Objects objects, LabelSelector labels, FieldSelector fields) {
        this.resource = resource;
        this.objects = objects;
        this.labels = labels;
        this.fields = fields;
        var places = resource.selectable().places();
        for (var asked : fields.terms()) {
            var term = resource.is("", "pods") && asked.field().equals(OLD_HOST)
                    ? new FieldSelector.Term("spec.nodeName", asked.equal(), asked.value())
                    : asked;
            if (term.field().equals(NAME) || term.field().equals(NAMESPACE) && knowsNamespace(resource)) {
                ofKey.add(term);
                continue;
            }
            int index = places.applyAsInt(term.field());
            if (index < 0) {
                throw ApiFailure.badRequest(unsupported(resource, term.field()));
            }
            ofContent.add(new Place(term, index));
        }
    }

    /** Kinds that can be selected by name only know namespaces even where they have none. */
    private static boolean knowsNamespace(ServedResource resource) {
        return resource.type().namespaced() || resource.selectable().none();
    }

    /**
     * Source: k8s.io/apimachinery pkg/runtime/conversion.go, DefaultMetaV1FieldSelectorConversion, and for kinds that can be
     * selected by more than their name the conversion.go of their group in kubernetes pkg/apis.
     */
    private static String unsupported(ServedResource resource, String field) {
        return switch (resource.type().qualifiedName()) {
            case "jobs.batch" -> "field label " + GoText.quote(field) + " not supported for batchv1.Job";
            case "statefulsets.apps" -> "field label not supported for appsv1.StatefulSet: " + field;
            case "resourceslices.resource.k8s.io" ->
                "field label not supported for "
                        + resource.type().groupVersion().apiVersion() + ", Kind=ResourceSlice: " + field;
            default ->
                resource.selectable().none()
                        ? GoText.quote(field)
                                + " is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                        : "field label not supported: " + field;
        };
    }

    /**
     * @param name the one object that is asked for, or empty
     * @throws ApiFailure 400 if a selector cannot be read, names a field that cannot be selected by, or another object
     *     than {@code name} (source: k8s.io/apiserver pkg/endpoints/handlers/get.go, listOpts)
     */
    static Selection of(ServedResource resource, String labelText, String fieldText, String name, Objects objects) {
        LabelSelector labels;
        FieldSelector fields;
        try {
            labels = LabelSelector.parse(labelText);
            fields = FieldSelector.parse(fieldText);
        } catch (SelectorException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
        var selection = new Selection(resource, objects, labels, fields);
        if (name.isEmpty()) {
            return selection;
        }
        if (fields.matchesEverything()) {
            var one = new FieldSelector(List.of(new FieldSelector.Term(NAME, true, name)));
            return new Selection(resource, objects, labels, one);
        }
        if (!selection.name().equals(Optional.of(name))) {
            throw ApiFailure.badRequest("fieldSelector metadata.name doesn't match requested name");
        }
        return selection;
    }

    boolean everything() {
        return labels.matchesEverything() && fields.matchesEverything();
    }

    /** The only value of a field that can match, if there is one. */
    Optional<String> required(String field) {
        return fields.requiredValue(field);
    }

    /** The only name that can match, if it is known. */
    Optional<String> name() {
        return fields.requiredValue(NAME);
    }

    /** The only namespace that can match, if it is known. */
    Optional<String> namespace() {
        return resource.type().namespaced() ? fields.requiredValue(NAMESPACE) : Optional.empty();
    }

    /** Those of a list that match. */
    List<Entry> among(List<Entry> listed) {
        learn(listed);
        return listed.stream().filter(this).toList();
    }

    /** Entries that will be tested, for what can be found out about all of them at once. */
    void learn(List<Entry> listed) {
        if (!ofContent.isEmpty()) {
            resource.selectable().learn(listed, objects);
        }
    }

    @Override
    public boolean test(Entry stored) {
        if (!ofKey.isEmpty() && !matchesKey(stored.key())) {
            return false;
        }
        if (ofContent.isEmpty() && labels.matchesEverything()) {
            return true;
        }
        return resource.selectable().of(stored, objects).filter(this::matches).isPresent();
    }

    private boolean matchesKey(String key) {
        int slash = key.lastIndexOf('/');
        for (var term : ofKey) {
            boolean name = term.field().equals(NAME);
            int to = name ? key.length() : slash;
            int from = name ? slash + 1 : resource.type().namespaced() ? key.lastIndexOf('/', slash - 1) + 1 : slash;
            var wanted = term.value();
            boolean same = wanted.length() == to - from && key.startsWith(wanted, from);
            if (same != term.equal()) {
                return false;
            }
        }
        return true;
    }

    private boolean matches(Selectable.Facts facts) {
        for (var place : ofContent) {
            if (facts.fields()[place.index].equals(place.term.value()) != place.term.equal()) {
                return false;
            }
        }
        return labels.matches(facts.labels());
    }

    @Override
    public String toString() {
        return "labels " + labels + ", fields " + fields;
    }
}
