package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.Query;
import dev.navarch.apiserver.Status.Cause;
import java.util.ArrayList;
import java.util.List;

/**
 * How a write is to be done (source: k8s.io/apimachinery pkg/apis/meta/v1/validation, and types.go CreateOptions).
 *
 * @param fieldManager who writes, for managed fields; may be empty
 */
record WriteOptions(boolean dryRun, FieldValidation fieldValidation, String fieldManager, boolean force) {
    private static final int LONGEST_MANAGER = 128;

    /** What happens to unknown and duplicate fields; unset means {@link #WARN}. */
    enum FieldValidation {
        IGNORE,
        WARN,
        STRICT
    }

    /** @param kind of options, for error messages: "CreateOptions" and so on */
    static WriteOptions of(Query query, String kind) {
        List<Cause> wrong = new ArrayList<>();
        var validation = query.value("fieldValidation");
        if (!List.of("", "Ignore", "Warn", "Strict").contains(validation)) {
            wrong.add(new Cause(
                    "FieldValueNotSupported",
                    "Unsupported value: \"" + validation
                            + "\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
                    "fieldValidation"));
        }
        var manager = query.value("fieldManager");
        if (manager.length() > LONGEST_MANAGER) {
            wrong.add(new Cause(
                    "FieldValueTooLong",
                    "Too long: may not be more than " + LONGEST_MANAGER + " bytes",
                    "fieldManager"));
        }
        boolean dryRun = dryRun(query.all("dryRun"), wrong);
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
        for (var value : values) {
            if (!value.equals("All") && !value.isEmpty()) {
                wrong.add(new Cause(
                        "FieldValueNotSupported",
                        "Unsupported value: \"" + value + "\": supported values: \"All\"",
                        "dryRun"));
            }
        }
        return values.contains("All");
    }
}
