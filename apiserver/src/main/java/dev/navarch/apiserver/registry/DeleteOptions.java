package dev.navarch.apiserver.registry;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * How an object is to be deleted, from the request's body or, if it has none, from its query (source: k8s.io/apiserver
 * pkg/endpoints/handlers/delete.go; k8s.io/apimachinery pkg/apis/meta/v1/validation).
 *
 * @param orphans the deprecated way to ask for a propagation
 */
record DeleteOptions(
        Optional<Long> gracePeriodSeconds,
        Optional<Propagation> propagation,
        Optional<Boolean> orphans,
        Optional<String> uid,
        Optional<String> resourceVersion,
        boolean dryRun) {

    /** As the kind does it. */
    static final DeleteOptions NONE = new DeleteOptions(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);

    enum Propagation {
        BACKGROUND,
        FOREGROUND,
        ORPHAN
    }

    static DeleteOptions of(ObjectNode body) {
        return checked(
                Tree.has(body, "gracePeriodSeconds")
                        ? Optional.of(Tree.number(body, 0, "gracePeriodSeconds"))
                        : Optional.empty(),
                Tree.text(body, "propagationPolicy"),
                Tree.has(body, "orphanDependents")
                        ? Optional.of(Tree.flag(body, false, "orphanDependents"))
                        : Optional.empty(),
                text(body, "uid"),
                text(body, "resourceVersion"),
                Tree.strings(body, "dryRun"));
    }

    static DeleteOptions of(Query query) {
        Optional<Long> grace = Optional.empty();
        var text = query.value("gracePeriodSeconds");
        if (!text.isEmpty()) {
            try {
                grace = Optional.of(Long.parseLong(text));
            } catch (NumberFormatException _) {
                throw ApiFailure.badRequest("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
            }
        }
        return checked(
                grace,
                query.value("propagationPolicy"),
                query.has("orphanDependents") ? Optional.of(query.flag("orphanDependents")) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                query.all("dryRun"));
    }

    private static Optional<String> text(ObjectNode body, String precondition) {
        return Tree.has(body, "preconditions", precondition)
                ? Optional.of(Tree.text(body, "preconditions", precondition))
                : Optional.empty();
    }

    private static DeleteOptions checked(
            Optional<Long> grace,
            String policy,
            Optional<Boolean> orphan,
            Optional<String> uid,
            Optional<String> version,
            List<String> dryRuns) {
        List<Cause> wrong = new ArrayList<>();
        if (!policy.isEmpty() && orphan.isPresent()) {
            wrong.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: " + GoText.quote(policy)
                            + ": orphanDependents and deletionPropagation cannot be both set",
                    "propagationPolicy"));
        }
        Optional<Propagation> propagation = switch (policy) {
            case "" -> orphan.map(o -> o ? Propagation.ORPHAN : Propagation.BACKGROUND);
            case "Background" -> Optional.of(Propagation.BACKGROUND);
            case "Foreground" -> Optional.of(Propagation.FOREGROUND);
            case "Orphan" -> Optional.of(Propagation.ORPHAN);
            default -> {
                wrong.add(new Cause(
                        "FieldValueNotSupported",
                        "Unsupported value: " + GoText.quote(policy)
                                + ": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
                        "propagationPolicy"));
                yield Optional.empty();
            }
        };
        boolean dryRun = WriteOptions.dryRun(dryRuns, wrong);
        if (!wrong.isEmpty()) {
            throw ApiFailure.invalid("meta.k8s.io", "DeleteOptions", "", wrong);
        }
        return new DeleteOptions(grace.map(g -> g < 0 ? 1L : g), propagation, orphan, uid, version, dryRun);
    }

    /** Whether the client wants to be told, by a 202, that the object is not gone yet. */
    boolean waits() {
        return orphans.equals(Optional.of(false));
    }

    /** The same, for exactly this version of this object. */
    DeleteOptions withResourceVersion(String version) {
        return new DeleteOptions(gracePeriodSeconds, propagation, orphans, uid, Optional.of(version), dryRun);
    }

    DeleteOptions dry() {
        return new DeleteOptions(gracePeriodSeconds, propagation, orphans, uid, resourceVersion, true);
    }
}
