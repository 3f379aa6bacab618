package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.structural.Structural;
import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks that what custom resources embed are objects, with a version, a kind and metadata that hold (source:
 * k8s.io/apiextensions-apiserver pkg/apiserver/schema/objectmeta/validation.go).
 */
public final class EmbeddedObjects {
    private EmbeddedObjects() {}

    /** @param object a whole one, which is not embedded itself */
    public static List<FieldError> check(ObjectNode object, Structural schema) {
        var problems = new Problems();
        below(At.root(object), schema, problems);
        return problems.list();
    }

    private static void check(At at, @Nullable Structural schema, Problems problems) {
        if (schema == null) {
            return;
        }
        if (schema.traits().embeddedResource() && at.node().isObject()) {
            embedded(at, problems);
        }
        below(at, schema, problems);
    }

    private static void below(At at, Structural schema, Problems problems) {
        if (at.node().isObject()) {
            for (var name : at.node().propertyNames()) {
                var named = schema.properties().get(name);
                if (named != null) {
                    check(at.at(name), named, problems);
                } else {
                    check(at.key(name), schema.additional(), problems);
                }
            }
        } else if (at.node().isArray() && schema.items() != null) {
            at.items().forEach(item -> check(item, schema.items(), problems));
        }
    }

    private static void embedded(At at, Problems problems) {
        if (text(at.at("apiVersion"), problems)) {
            var version = at.at("apiVersion");
            if (version.text().chars().filter(c -> c == '/').count() > 1) {
                problems.invalid(version, "unexpected GroupVersion string: " + version.text());
            }
        }
        if (text(at.at("kind"), problems)) {
            var kind = at.at("kind");
            var complaints = Names.dns1035Label(kind.text().toLowerCase(Locale.ROOT));
            if (!complaints.isEmpty()) {
                problems.invalid(
                        kind, "may have mixed case, but should otherwise match: " + String.join(",", complaints));
            }
        }
        metadata(at.at("metadata"), problems);
    }

    /** @return whether it is one, and not empty */
    private static boolean text(At at, Problems problems) {
        if (at.node().isMissingNode()) {
            problems.required(at, "must not be empty");
        } else if (!at.node().isString()) {
            problems.invalid(at, "must be a string");
        } else if (at.text().isEmpty()) {
            problems.invalid(at, "must not be empty");
        } else {
            return true;
        }
        return false;
    }

    /** Names may be left to others. */
    private static void metadata(At at, Problems problems) {
        if (!at.node().isObject()) {
            return;
        }
        JsonNode named = at.node();
        if (at.at("name").isEmpty()) {
            named = ((ObjectNode) at.node().deepCopy()).put("name", "fakename");
        }
        var rules = new ObjectMetaRules(!at.at("namespace").isEmpty(), Names::pathSegment);
        rules.validate(at.with(named), problems);
    }
}
