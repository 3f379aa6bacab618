package dev.navarch.api.kinds;

import dev.navarch.api.ManagerNames;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The rules of {@code metadata}, which every kind shares.
 *
 * <p>Source: apimachinery pkg/api/validation/objectmeta.go.
 *
 * @param name the grammar of the kind's names
 * @param plainFinalizers whether finalizers may be without a domain, as those of kinds that the core's own validation does
 *     not look at
 */
record ObjectMetaRules(boolean namespaced, Function<String, List<String>> name, boolean plainFinalizers) {
    ObjectMetaRules(boolean namespaced, Function<String, List<String>> name) {
        this(namespaced, name, false);
    }

    private static final int MAX_ANNOTATIONS_BYTES = 256 * 1024;
    private static final int LONGEST_SUBRESOURCE = 256;
    private static final Set<String> STANDARD_FINALIZERS = Set.of("kubernetes", "orphan", "foregroundDeletion");

    void validate(At metadata, Problems problems) {
        At generateName = metadata.at("generateName");
        if (!generateName.isEmpty()) {
            name.apply(withoutTrailingDash(generateName.text()))
                    .forEach(complaint -> problems.invalid(generateName, complaint));
        }
        if (metadata.at("name").isEmpty()) {
            problems.required(metadata.at("name"), "name or generateName is required");
        } else {
            problems.grammar(metadata.at("name"), name);
        }
        validateNamespace(metadata.at("namespace"), problems);
        problems.notNegative(metadata.at("generation"));
        labels(metadata.at("labels"), problems);
        annotations(metadata.at("annotations"), problems);
        ownerReferences(metadata.at("ownerReferences"), problems);
        finalizers(metadata.at("finalizers"), plainFinalizers, problems);
        managedFields(metadata.at("managedFields"), problems);
    }

    /** Source: apimachinery pkg/apis/meta/v1/validation/validation.go, ValidateManagedFields. */
    private static void managedFields(At entries, Problems problems) {
        for (At entry : entries.items()) {
            At operation = entry.at("operation");
            if (!operation.is("Apply") && !operation.is("Update")) {
                problems.invalid(operation, "must be `Apply` or `Update`");
            }
            At type = entry.at("fieldsType");
            if (!type.isEmpty() && !type.is("FieldsV1")) {
                problems.invalid(type, "must be `FieldsV1`");
            }
            At manager = entry.at("manager");
            if (!ManagerNames.isPlain(manager.text())) {
                problems.found(ManagerNames.check(manager.path(), manager.text()));
            }
            problems.notLonger(entry.at("subresource"), LONGEST_SUBRESOURCE);
        }
    }

    private void validateNamespace(At namespace, Problems problems) {
        if (namespaced) {
            problems.requiredGrammar(namespace, Names::dns1123Label);
        } else if (!namespace.isEmpty()) {
            problems.forbidden(namespace, "not allowed on this type");
        }
    }

    /** A generated name will have more after the dash. */
    private static String withoutTrailingDash(String prefix) {
        return prefix.length() > 1 && prefix.endsWith("-") ? prefix.substring(0, prefix.length() - 2) + "a" : prefix;
    }

    static void labels(At labels, Problems problems) {
        for (Map.Entry<String, At> label : labels.entries()) {
            Names.qualifiedName(label.getKey())
                    .forEach(complaint -> problems.invalid(labels, label.getKey(), complaint));
            Names.labelValue(label.getValue().text())
                    .forEach(complaint ->
                            problems.invalid(labels, label.getValue().text(), complaint));
        }
    }

    static void annotations(At annotations, Problems problems) {
        long total = 0;
        for (Map.Entry<String, At> annotation : annotations.entries()) {
            String key = annotation.getKey();
            Names.qualifiedName(key.toLowerCase(Locale.ROOT))
                    .forEach(complaint -> problems.invalid(annotations, key, complaint));
            total += Names.utf8Length(key)
                    + (long) Names.utf8Length(annotation.getValue().text());
        }
        if (total > MAX_ANNOTATIONS_BYTES) {
            problems.tooLong(annotations, MAX_ANNOTATIONS_BYTES);
        }
    }

    private static void ownerReferences(At references, Problems problems) {
        String controller = "";
        for (At reference : references.items()) {
            String apiVersion = reference.at("apiVersion").text();
            if (apiVersion.substring(apiVersion.indexOf('/') + 1).isEmpty()) {
                problems.invalid(references.at("apiVersion"), apiVersion, "version must not be empty");
            }
            for (String field : List.of("kind", "name", "uid")) {
                if (reference.at(field).isEmpty()) {
                    problems.invalid(references.at(field), "", "must not be empty");
                }
            }
            if (apiVersion.equals("v1") && reference.at("kind").is("Event")) {
                problems.invalid(references, reference.value(), "/v1, Kind=Event is disallowed from being an owner");
            }
            if (reference.at("controller").isTrue()) {
                String owner = reference.at("name").text();
                if (!controller.isEmpty()) {
                    problems.invalid(
                            references,
                            references.value(),
                            "Only one reference can have Controller set to true. Found \"true\" in references for "
                                    + controller + " and " + owner);
                }
                controller = owner;
            }
        }
    }

    static void finalizers(At finalizers, Problems problems) {
        finalizers(finalizers, false, problems);
    }

    private static void finalizers(At finalizers, boolean plain, Problems problems) {
        boolean orphan = false;
        boolean foreground = false;
        for (At finalizer : finalizers.items()) {
            String text = finalizer.text();
            Names.qualifiedName(text).forEach(complaint -> problems.invalid(finalizers, text, complaint));
            if (!plain && !text.contains("/") && !STANDARD_FINALIZERS.contains(text)) {
                problems.invalid(
                        finalizers, text, "name is neither a standard finalizer name nor is it fully qualified");
            }
            orphan |= text.equals("orphan");
            foreground |= text.equals("foregroundDeletion");
        }
        if (orphan && foreground) {
            problems.invalid(finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
        }
    }

    void validateUpdate(At now, At old, Problems problems) {
        if (!old.at("deletionTimestamp").isEmpty()) {
            finalizersOfDeleted(now.at("finalizers"), old.at("finalizers"), problems);
        }
        for (String field : List.of(
                "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")) {
            problems.immutable(now.at(field), old.at(field));
        }
        if (now.at("generation").number() < old.at("generation").number()) {
            problems.invalid(now.at("generation"), "must not be decremented");
        }
        managedFields(now.at("managedFields"), problems);
    }

    private static void finalizersOfDeleted(At now, At old, Problems problems) {
        Set<String> before = old.items().stream().map(At::text).collect(Collectors.toSet());
        List<String> added = now.items().stream()
                .map(At::text)
                .filter(name -> !before.contains(name))
                .sorted()
                .toList();
        if (!added.isEmpty()) {
            String set = added.stream()
                    .map(name -> "\"" + name + "\":sets.Empty{}")
                    .collect(Collectors.joining(", ", "sets.Set[string]{", "}"));
            problems.forbidden(
                    now, "no new finalizers can be added if the object is being deleted, found new finalizers " + set);
        }
    }

    /** A label selector in its object form, which may be absent. */
    static void labelSelector(At selector, Problems problems) {
        for (Map.Entry<String, At> label : selector.at("matchLabels").entries()) {
            Names.qualifiedName(label.getKey())
                    .forEach(complaint -> problems.invalid(selector.at("matchLabels"), label.getKey(), complaint));
            Names.labelValue(label.getValue().text())
                    .forEach(complaint -> problems.invalid(
                            selector.at("matchLabels"), label.getValue().text(), complaint));
        }
        for (At expression : selector.at("matchExpressions").items()) {
            labelSelectorRequirement(expression, problems);
        }
    }

    private static void labelSelectorRequirement(At expression, Problems problems) {
        At values = expression.at("values");
        switch (expression.at("operator").text()) {
            case "In", "NotIn" -> {
                if (values.isEmpty()) {
                    problems.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (!values.isEmpty()) {
                    problems.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }
            }
            default -> problems.invalid(expression.at("operator"), "not a valid selector operator");
        }
        problems.grammar(expression.at("key"), Names::qualifiedName);
        values.items().forEach(value -> problems.grammar(value, Names::labelValue));
    }

    /** Whether a selector that passed {@link #labelSelector} restricts nothing. */
    static boolean isEmptySelector(At selector) {
        return Stream.of("matchLabels", "matchExpressions")
                .allMatch(part -> selector.at(part).isEmpty());
    }

    /** Whether a selector matches labels; one that is not well formed matches none. */
    static boolean matches(JsonNode selector, JsonNode labels) {
        try {
            return LabelSelector.ofObject(selector)
                    .matches(labels.properties().stream()
                            .collect(Collectors.toMap(
                                    Map.Entry::getKey, label -> label.getValue().asString(""))));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
