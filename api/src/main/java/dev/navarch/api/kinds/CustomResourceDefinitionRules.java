package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Definitions of custom resources, but for what is inside their schemas.
 *
 * <p>Source: apiextensions-apiserver pkg/apis/apiextensions/v1/defaults.go,
 * pkg/apis/apiextensions/validation/validation.go, pkg/registry/customresourcedefinition/strategy.go.
 */
final class CustomResourceDefinitionRules {
    private static final String APPROVAL = "api-approved.kubernetes.io";
    private static final String PULL = ", see https://github.com/kubernetes/enhancements/pull/1111";
    private static final List<String> COLUMN_TYPES = List.of("boolean", "date", "integer", "number", "string");
    private static final List<String> COLUMN_FORMATS =
            List.of("byte", "date", "date-time", "double", "float", "int32", "int64", "password");

    private CustomResourceDefinitionRules() {}

    static Map<String, KindRules> all() {
        return Map.of("apiextensions.k8s.io/CustomResourceDefinition", definition());
    }

    private static KindRules definition() {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .plainFinalizers()
                .defaults(CustomResourceDefinitionRules::defaults)
                .status()
                .counts("spec")
                .beforeCreate(CustomResourceDefinitionRules::noteStorageVersion)
                .beforeUpdate((now, old) -> noteStorageVersion(now))
                .check(CustomResourceDefinitionRules::check)
                .checkCreate((definition, problems) -> {
                    approval(definition, problems);
                    known(definition, problems);
                })
                .checkUpdate(CustomResourceDefinitionRules::checkUpdate)
                .checkStatus((now, old, problems) -> names(now.at("status", "acceptedNames"), problems))
                .build();
    }

    private static void defaults(ObjectNode definition) {
        ObjectNode spec = At.object(definition, "spec");
        ObjectNode names = At.object(spec, "names");
        String kind = names.path("kind").asString("");
        if (!kind.isEmpty()) {
            Defaults.put(names, "singular", kind.toLowerCase(Locale.ROOT));
            Defaults.put(names, "listKind", kind + "List");
        }
        if (!spec.path("conversion").isObject()) {
            spec.putObject("conversion").put("strategy", "None");
        }
        if (spec.path("conversion").path("webhook").path("clientConfig").path("service")
                instanceof ObjectNode service) {
            Defaults.put(service, "port", 443);
        }
        if (definition.path("status").path("storedVersions").isEmpty()) {
            noteStorageVersion(definition);
        }
        // Upstream writes null here, which kubectl wait takes for a fault; a list without conditions it waits for.
        ObjectNode status = At.object(definition, "status");
        if (!status.path("conditions").isArray()) {
            status.putArray("conditions");
        }
    }

    /** The versions in which objects may be stored: those that ever were the storage version. */
    private static void noteStorageVersion(ObjectNode definition) {
        for (ObjectNode version : At.objects(definition.path("spec").path("versions"))) {
            if (!version.path("storage").asBoolean(false)) {
                continue;
            }
            String name = version.path("name").asString("");
            At stored = At.root(definition).at("status", "storedVersions");
            if (!stored.texts().contains(name)) {
                At.object(definition, "status").withArray("/storedVersions").add(name);
            }
            return;
        }
    }

    private static void check(At definition, Problems problems) {
        At spec = definition.at("spec");
        At name = definition.at("metadata", "name");
        if (!name.is(spec.at("names", "plural").text() + "." + spec.at("group").text())) {
            problems.invalid(name, "must be spec.names.plural+\".\"+spec.group");
        }
        group(spec.at("group"), problems);
        problems.oneOf(spec.at("scope"), List.of("Cluster", "Namespaced"));
        for (At version : spec.at("versions").items()) {
            if (!version.at("schema", "openAPIV3Schema").isSet()) {
                problems.required(version.at("schema", "openAPIV3Schema"), "");
            }
        }
        versions(spec.at("versions"), problems);
        for (String field : List.of("plural", "singular", "kind", "listKind")) {
            problems.requiredText(spec.at("names", field));
        }
        names(spec.at("names"), problems);
        conversion(spec.at("conversion"), problems);
        names(definition.at("status", "acceptedNames"), problems);
        storedVersions(definition, problems);
    }

    private static void joined(At at, String shown, String intro, List<String> complaints, Problems problems) {
        if (!complaints.isEmpty()) {
            problems.invalid(at, shown, intro + String.join(",", complaints));
        }
    }

    private static void group(At group, Problems problems) {
        if (group.isEmpty()) {
            problems.required(group, "");
            return;
        }
        List<String> complaints = Names.dns1123Subdomain(group.text());
        joined(group, group.text(), "", complaints, problems);
        if (complaints.isEmpty() && !group.text().contains(".")) {
            problems.invalid(group, "should be a domain with at least one dot");
        }
    }

    private static void names(At names, Problems problems) {
        for (String field : List.of("plural", "singular")) {
            At at = names.at(field);
            if (!at.isEmpty()) {
                joined(at, at.text(), "", Names.dns1035Label(at.text()), problems);
            }
        }
        for (String field : List.of("kind", "listKind")) {
            At at = names.at(field);
            if (!at.isEmpty()) {
                List<String> complaints = Names.dns1035Label(at.text().toLowerCase(Locale.ROOT));
                joined(at, at.text(), "may have mixed case, but should otherwise match: ", complaints, problems);
            }
        }
        for (String list : List.of("shortNames", "categories")) {
            for (At at : names.at(list).items()) {
                joined(at, at.text(), "", Names.dns1035Label(at.text()), problems);
            }
        }
        if (!names.at("kind").isEmpty()
                && names.at("kind").is(names.at("listKind").text())) {
            problems.invalid(names.at("listKind"), "kind and listKind may not be the same");
        }
    }

    private static void versions(At versions, Problems problems) {
        int storage = 0;
        Set<String> seen = new HashSet<>();
        boolean unique = true;
        for (At version : versions.items()) {
            storage += version.at("storage").isTrue() ? 1 : 0;
            unique &= seen.add(version.at("name").text());
            At name = version.at("name");
            joined(name, name.text(), "", Names.dns1035Label(name.text()), problems);
            deprecation(version, problems);
            scale(version.at("subresources", "scale"), problems);
            version.at("additionalPrinterColumns").items().forEach(column -> column(column, problems));
        }
        if (!unique) {
            problems.invalid(versions, "must contain unique version names");
        }
        if (storage != 1) {
            problems.invalid(versions, "must have exactly one version marked as storage version");
        }
    }

    private static void deprecation(At version, Problems problems) {
        At warning = version.at("deprecationWarning");
        if (!warning.isSet()) {
            return;
        }
        if (!version.at("deprecated").isTrue()) {
            problems.invalid(warning, "can only be set for deprecated versions");
            return;
        }
        if (Names.utf8Length(warning.text()) > 256) {
            problems.invalid(warning, "must be <= 256 characters long");
        }
        if (warning.isEmpty()) {
            problems.invalid(warning, "must not be an empty string");
        }
        for (int i = 0; i < warning.text().length(); i++) {
            if (Character.isISOControl(warning.text().charAt(i))) {
                problems.invalid(
                        warning,
                        "must only contain printable UTF-8 characters; non-printable character found at index " + i);
                break;
            }
        }
    }

    /** Upstream names the two steps as one. */
    private static void scale(At scale, Problems problems) {
        if (!scale.isSet()) {
            return;
        }
        for (String field : List.of("specReplicasPath", "statusReplicasPath")) {
            At path = scale.at(field);
            String root = field.startsWith("spec") ? ".spec" : ".status";
            if (path.isEmpty()) {
                problems.required(path, "");
            } else if (!path.text().startsWith(".")) {
                problems.invalid(path, "must be a simple json path starting with .");
            } else if (!path.text().startsWith(root + ".")) {
                problems.invalid(path, "should be a json path under " + root);
            }
        }
        At labels = scale.at("labelSelectorPath");
        if (!labels.isEmpty() && !labels.text().startsWith(".")) {
            problems.invalid(labels, "must be a simple json path starting with .");
        } else if (!labels.isEmpty()
                && !labels.text().startsWith(".spec.")
                && !labels.text().startsWith(".status.")) {
            problems.invalid(labels, "should be a json path under either .spec or .status");
        }
    }

    private static void column(At column, Problems problems) {
        problems.requiredText(column.at("name"));
        At type = column.at("type");
        String types = "must be one of " + String.join(",", COLUMN_TYPES);
        if (type.isEmpty()) {
            problems.required(type, types);
        } else if (!COLUMN_TYPES.contains(type.text())) {
            problems.invalid(type, types);
        }
        At format = column.at("format");
        if (!format.isEmpty() && !COLUMN_FORMATS.contains(format.text())) {
            problems.invalid(format, "must be one of " + String.join(",", COLUMN_FORMATS));
        }
        At path = column.at("JSONPath").with(column.at("jsonPath").node());
        problems.requiredText(path);
        if (!path.isEmpty() && !path.text().startsWith(".")) {
            problems.invalid(path, "must be a simple json path starting with .");
        }
    }

    /** The internal form, whose names messages have, is flatter than that of v1. */
    private static void conversion(At conversion, Problems problems) {
        At strategy = conversion.at("strategy");
        problems.oneOf(strategy, List.of("None", "Webhook"));
        At webhook = conversion.at("webhook");
        At client = conversion
                .at("webhookClientConfig")
                .with(webhook.at("clientConfig").node());
        At versions = conversion
                .at("conversionReviewVersions")
                .with(webhook.at("conversionReviewVersions").node());
        if (!strategy.is("Webhook")) {
            if (client.isSet()) {
                problems.forbidden(client, "should not be set when strategy is not set to Webhook");
            }
            if (!versions.isEmpty()) {
                problems.forbidden(versions, "should not be set when strategy is not set to Webhook");
            }
            return;
        }
        if (!client.isSet()) {
            problems.required(client, "required when strategy is set to Webhook");
        } else {
            RuleChecks.client(client, problems);
        }
        if (versions.isEmpty()) {
            problems.required(versions, "");
            return;
        }
        Set<String> seen = new HashSet<>();
        for (At version : versions.items()) {
            if (!seen.add(version.text())) {
                problems.invalid(version, "duplicate version");
            } else {
                problems.grammar(version, Names::dns1035Label);
            }
        }
        if (!seen.contains("v1") && !seen.contains("v1beta1")) {
            problems.invalid(versions, "must include at least one of v1, v1beta1");
        }
    }

    private static void storedVersions(At definition, Problems problems) {
        At stored = definition.at("status", "storedVersions");
        if (stored.isEmpty()) {
            problems.invalid(stored, null, "must have at least one stored version");
            return;
        }
        List<String> names = definition.at("spec", "versions").items().stream()
                .map(version -> version.at("name").text())
                .toList();
        for (At version : definition.at("spec", "versions").items()) {
            String name = version.at("name").text();
            if (version.at("storage").isTrue() && !stored.texts().contains(name)) {
                problems.invalid(stored, "must have the storage version " + name);
            }
        }
        for (At version : stored.items()) {
            String name = version.text();
            if (!names.contains(name)) {
                problems.invalid(
                        version,
                        "missing from spec.versions; " + name
                                + " was previously a storage version, and must remain in spec.versions until a storage"
                                + " migration ensures no data remains persisted in " + name + " and removes " + name
                                + " from status.storedVersions");
            }
        }
    }

    /** Groups of the project itself need a word that their API was looked at. */
    private static void approval(At definition, Problems problems) {
        String group = definition.at("spec", "group").text();
        boolean ours = ("." + group).endsWith(".k8s.io") || ("." + group).endsWith(".kubernetes.io");
        if (!ours) {
            return;
        }
        At approval = definition.at("metadata", "annotations").key(APPROVAL);
        String start = "protected groups must have approval annotation \"" + APPROVAL + "\"";
        if (approval.isEmpty()) {
            problems.required(approval, start + PULL);
        } else if (!approval.text().startsWith("unapproved") && !approval.text().matches("[a-z]+://[^/]+.*")) {
            problems.invalid(approval, start + " with either a URL or a reason starting with \"unapproved\"" + PULL);
        }
    }

    private static void checkUpdate(At now, At old, Problems problems) {
        boolean established = old.at("status", "conditions").items().stream()
                .anyMatch(condition -> condition.at("type").is("Established")
                        && condition.at("status").is("True"));
        if (established) {
            problems.immutable(now.at("spec", "scope"), old.at("spec", "scope"));
            problems.immutable(now.at("spec", "names", "kind"), old.at("spec", "names", "kind"));
        }
        problems.immutable(now.at("spec", "group"), old.at("spec", "group"));
        problems.immutable(now.at("spec", "names", "plural"), old.at("spec", "names", "plural"));
        At approval = now.at("metadata", "annotations").key(APPROVAL);
        if (!approval.is(old.at("metadata", "annotations").key(APPROVAL).text())) {
            approval(now, problems);
        }
        if (!old.at("spec", "preserveUnknownFields").isTrue()) {
            known(now, problems);
        }
    }

    /** What a schema does not know is dropped, unless the schema says otherwise. */
    private static void known(At definition, Problems problems) {
        At unknown = definition.at("spec", "preserveUnknownFields");
        if (unknown.isTrue()) {
            problems.invalid(
                    unknown,
                    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema"
                            + " instead");
        }
    }
}
