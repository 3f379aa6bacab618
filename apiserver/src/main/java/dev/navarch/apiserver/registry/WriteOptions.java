package dev.navarch.apiserver.registry;

import dev.navarch.api.ManagerNames;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.Status.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How a write is to be done (source: k8s.io/apimachinery pkg/apis/meta/v1/validation, and types.go CreateOptions).
 *
 * @param fieldManager who writes, for managed fields; may be empty
 */
record WriteOptions(boolean dryRun, FieldValidation fieldValidation, String fieldManager, boolean force) {

    /** What happens to unknown and duplicate fields; unset means {@link #WARN}. */
    enum FieldValidation {
        IGNORE,
        WARN,
        STRICT
    }

    /** @param applies whether the patch is one of server-side apply */
    static WriteOptions ofPatch(Query query, boolean applies) {
        List<Cause> wrong = new ArrayList<>();
        if (applies && query.value("fieldManager").isEmpty()) {
            wrong.add(new Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager"));
        }
        if (!applies && query.has("force")) {
            wrong.add(new Cause("FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force"));
        }
        return of(query, "PatchOptions", wrong);
    }

    /** @param kind of options, for error messages: "CreateOptions" and so on */
    static WriteOptions of(Query query, String kind) {
        return of(query, kind, new ArrayList<>());
    }

    private static WriteOptions of(Query query, String kind, List<Cause> wrong) {
        var manager = query.value("fieldManager");
        ManagerNames.check("fieldManager", manager)
                .forEach(e -> wrong.add(new Cause(e.type().reason(), e.body(), e.field())));
        boolean dryRun = dryRun(query.all("dryRun"), wrong);
        var validation = query.value("fieldValidation");
        if (!List.of("", "Ignore", "Warn", "Strict").contains(validation)) {
            wrong.add(new Cause(
                    "FieldValueNotSupported",
                    "Unsupported value: " + GoText.quote(validation)
                            + ": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
                    "fieldValidation"));
        }
        if (!wrong.isEmpty()) {
            throw ApiFailure.invalid("meta.k8s.io", kind, "", wrong);
        }
        return new WriteOptions(
                dryRun,
                switch (validation) {
                    case "Ignore" -> FieldValidation.IGNORE;
                    case "Strict" -> FieldValidation.STRICT;
                    default -> FieldValidation.WARN;
                },
                manager,
                query.flag("force"));
    }

    /** Whether {@code values} ask for a dry run; unknown ones are added to {@code wrong}. */
    static boolean dryRun(List<String> values, List<Cause> wrong) {
        if (!values.stream().allMatch("All"::equals)) {
            var given = values.stream().map(GoText::quote).collect(Collectors.joining(",", "[", "]"));
            wrong.add(new Cause(
                    "FieldValueNotSupported", "Unsupported value: " + given + ": supported values: \"All\"", "dryRun"));
        }
        return values.contains("All");
    }
}
