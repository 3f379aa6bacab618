package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What webhooks and policies share: which requests they are for, the conditions under which, and whom to call.
 *
 * <p>Source: kubernetes pkg/apis/admissionregistration/validation/validation.go, pkg/apis/admissionregistration/v1/defaults.go;
 * apiserver pkg/util/webhook/validation.go.
 */
final class RuleChecks {
    static final List<String> FAILURE_POLICIES = List.of("Fail", "Ignore");
    static final List<String> MATCH_POLICIES = List.of("Equivalent", "Exact");
    private static final List<String> OPERATIONS = List.of("*", "CONNECT", "CREATE", "DELETE", "UPDATE");
    private static final List<String> SCOPES = List.of("*", "Cluster", "Namespaced");
    private static final String URL_FORM = "; desired format: https://host[/path]";

    private RuleChecks() {}

    /** The scope of rules that name none is all. */
    static void defaults(ObjectNode parent, String list) {
        At.objects(parent.path(list)).forEach(rule -> Defaults.put(rule, "scope", "*"));
    }

    static void rule(At rule, Problems problems) {
        At operations = rule.at("operations");
        problems.requiredText(operations);
        alone(operations, "operations", problems);
        for (At operation : operations.items()) {
            if (!OPERATIONS.contains(operation.text())) {
                problems.notSupported(operation, operation.text(), OPERATIONS);
            }
        }
        problems.requiredText(rule.at("apiGroups"));
        alone(rule.at("apiGroups"), "API groups", problems);
        At versions = rule.at("apiVersions");
        problems.requiredText(versions);
        alone(versions, "API versions", problems);
        versions.items().forEach(problems::requiredText);
        resources(rule.at("resources"), problems);
        problems.oneOfIfSet(rule.at("scope"), SCOPES);
    }

    private static void alone(At list, String what, Problems problems) {
        if (list.size() > 1 && list.texts().contains("*")) {
            problems.invalid(list, "if '*' is present, must not specify other " + what);
        }
    }

    private static void resources(At resources, Problems problems) {
        problems.requiredText(resources);
        Set<String> wholeResources = new HashSet<>();
        Set<String> wholeSubresources = new HashSet<>();
        boolean plain = false;
        for (At resource : resources.items()) {
            String text = resource.text();
            problems.requiredText(resource);
            int slash = text.indexOf('/');
            if (slash < 0) {
                plain = plain || (!text.isEmpty() && !text.equals("*"));
                continue;
            }
            String name = text.substring(0, slash);
            String part = text.substring(slash + 1);
            if (wholeResources.contains(name)) {
                problems.invalid(resource, "if '" + name + "/*' is present, must not specify " + text);
            }
            if (wholeSubresources.contains(part)) {
                problems.invalid(resource, "if '*/" + part + "' is present, must not specify " + text);
            }
            if (part.equals("*")) {
                wholeResources.add(name);
            }
            if (name.equals("*")) {
                wholeSubresources.add(part);
            }
        }
        List<String> all = resources.texts();
        if (all.size() > 1 && all.contains("*/*")) {
            problems.invalid(resources, "if '*/*' is present, must not specify other resources");
        }
        if (all.contains("*") && plain) {
            problems.invalid(resources, "if '*' is present, must not specify other resources without subresources");
        }
    }

    /** The conditions of a match, but for whether their expressions compile. */
    static void conditions(At conditions, Problems problems) {
        if (conditions.size() > 64) {
            problems.tooMany(conditions, 64);
        }
        Set<String> names = new HashSet<>();
        for (At condition : conditions.items()) {
            if (condition.at("expression").text().isBlank()) {
                problems.required(condition.at("expression"), "");
            }
            At name = condition.at("name");
            problems.requiredGrammar(name, Names::qualifiedName);
            if (!name.isEmpty() && !names.add(name.text())) {
                problems.duplicate(name, name.text());
            }
        }
    }

    /** A name of at least three parts (source: apimachinery validation, IsFullyQualifiedName). */
    static void fullyQualified(At name, Problems problems) {
        if (name.isEmpty()) {
            problems.required(name, "");
            return;
        }
        List<String> complaints = Names.dns1123Subdomain(name.text());
        if (!complaints.isEmpty()) {
            problems.invalid(name, String.join(",", complaints));
        } else if (name.text().split("\\.", -1).length < 3) {
            problems.invalid(name, "should be a domain with at least three segments separated by dots");
        }
    }

    /** Where a webhook is: at an URL or behind a service. */
    static void client(At client, Problems problems) {
        At url = client.at("url");
        At service = client.at("service");
        if (url.isSet() == service.isSet()) {
            problems.required(client, "exactly one of url or service is required");
        } else if (url.isSet()) {
            url(url, problems);
        } else {
            service(service, problems);
        }
    }

    private static void url(At at, Problems problems) {
        URI url;
        try {
            url = new URI(at.text());
        } catch (URISyntaxException e) {
            problems.required(at, "url must be a valid URL: parse \"" + at.text() + "\": " + e.getReason() + URL_FORM);
            return;
        }
        String scheme = part(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https")) {
            problems.invalid(at, scheme, "'https' is the only allowed URL scheme" + URL_FORM);
        }
        if (part(url.getRawAuthority()).isEmpty()) {
            problems.invalid(at, "", "host must be specified" + URL_FORM);
        }
        if (url.getRawUserInfo() != null) {
            problems.invalid(at, url.getRawUserInfo(), "user information is not permitted in the URL");
        }
        if (!part(url.getRawFragment()).isEmpty()) {
            problems.invalid(at, part(url.getFragment()), "fragments are not permitted in the URL");
        }
        if (!part(url.getRawQuery()).isEmpty()) {
            problems.invalid(at, part(url.getRawQuery()), "query parameters are not permitted in the URL");
        }
    }

    private static String part(@Nullable String part) {
        return part == null ? "" : part;
    }

    private static void service(At service, Problems problems) {
        if (service.at("name").isEmpty()) {
            problems.required(service.at("name"), "service name is required");
        }
        if (service.at("namespace").isEmpty()) {
            problems.required(service.at("namespace"), "service namespace is required");
        }
        At port = service.at("port");
        List<String> complaints = Names.portNumber(port.number());
        if (!complaints.isEmpty()) {
            problems.invalid(port, port.number(), "port is not valid: " + String.join(",", complaints));
        }
        At path = service.at("path");
        String text = path.text();
        if (text.isEmpty() || text.equals("/")) {
            return;
        }
        if (text.equals("//")) {
            problems.invalid(path, "segment[0] may not be empty");
            return;
        }
        if (!text.startsWith("/")) {
            problems.invalid(path, "must start with a '/'");
        }
        String rest = text.substring(1);
        String[] steps = (rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest).split("/", -1);
        for (int i = 0; i < steps.length; i++) {
            String place = "segment[" + i + "]";
            if (steps[i].isEmpty()) {
                problems.invalid(path, place + " may not be empty");
            } else {
                Names.dns1123Subdomain(steps[i]).forEach(complaint -> problems.invalid(path, place + ": " + complaint));
            }
        }
    }
}
