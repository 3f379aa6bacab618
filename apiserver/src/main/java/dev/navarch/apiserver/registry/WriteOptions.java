package dev.navarch.apiserver.registry;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.Query;
import dev.navarch.apiserver.Status.Cause;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

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
        checkManager(manager, wrong);
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

    private static void checkManager(String manager, List<Cause> wrong) {
        if (manager.getBytes(StandardCharsets.UTF_8).length > LONGEST_MANAGER) {
            wrong.add(new Cause(
                    "FieldValueTooLong",
                    "Too long: may not be more than " + LONGEST_MANAGER + " bytes",
                    "fieldManager"));
        }
        for (int at = 0; at < manager.length(); at += Character.charCount(manager.codePointAt(at))) {
            int c = manager.codePointAt(at);
            if (!GoText.isPrintable(c)) {
                int position = manager.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
                wrong.add(new Cause(
                        "FieldValueInvalid",
                        "Invalid value: " + GoText.quote(manager) + ": invalid character "
                                + String.format(Locale.ROOT, "U+%04X", c) + " (at position " + position + ")",
                        "fieldManager"));
            }
        }
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
