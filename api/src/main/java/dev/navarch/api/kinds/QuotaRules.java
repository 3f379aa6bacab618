package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a namespace may use as a whole, and what each of its pods, containers and claims may.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateLimitRange, ValidateResourceQuota),
 * pkg/apis/core/v1/defaults.go.
 */
final class QuotaRules {
    private static final List<String> LIMIT_TYPES = List.of("Pod", "Container", "PersistentVolumeClaim");
    private static final List<String> PARTS = List.of("max", "min", "default", "defaultRequest");
    private static final String NOT_OF_PODS = "may not be specified when `type` is 'Pod'";

    private static final Set<String> SCOPES = Set.of(
            "Terminating",
            "NotTerminating",
            "BestEffort",
            "NotBestEffort",
            "PriorityClass",
            "CrossNamespacePodAffinity",
            "VolumeAttributesClass");

    /** Scopes that a selector may only ask the existence of. */
    private static final Set<String> EXISTING =
            Set.of("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity");

    private static final Set<String> OF_PODS =
            Set.of("pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory");
    private static final Set<String> OF_CLAIMS = Set.of("persistentvolumeclaims", "requests.storage");
    private static final List<List<String>> OPPOSITES =
            List.of(List.of("BestEffort", "NotBestEffort"), List.of("Terminating", "NotTerminating"));

    private QuotaRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/ResourceQuota", quota(), "/LimitRange", limitRange());
    }

    private static KindRules quota() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .status()
                .check((quota, problems) -> {
                    amounts(quota.at("spec", "hard"), problems);
                    scopes(quota.at("spec"), problems);
                    selector(quota.at("spec"), problems);
                    amounts(quota.at("status", "hard"), problems);
                    amounts(quota.at("status", "used"), problems);
                })
                .checkUpdate((now, old, problems) -> {
                    At scopes = now.at("spec", "scopes");
                    Set<String> before = new HashSet<>(old.at("spec", "scopes").texts());
                    if (!before.equals(new HashSet<>(scopes.texts()))) {
                        problems.invalid(scopes, scopes.isSet() ? scopes.value() : null, "field is immutable");
                    }
                })
                .checkStatus((now, old, problems) -> {
                    amounts(now.at("status", "hard"), problems);
                    amounts(now.at("status", "used"), problems);
                })
                .build();
    }

    private static void amounts(At list, Problems problems) {
        for (Map.Entry<String, At> entry : list.entries()) {
            ResourceChecks.quotaResource(entry.getKey(), entry.getValue(), problems);
            ResourceChecks.amount(entry.getKey(), entry.getValue(), problems);
        }
    }

    private static void scopes(At spec, Problems problems) {
        At scopes = spec.at("scopes");
        for (At scope : scopes.items()) {
            if (!SCOPES.contains(scope.text())) {
                problems.invalid(scopes, "unsupported scope");
            }
            appliesToAll(scope.text(), spec, scopes, problems);
        }
        opposites(new HashSet<>(scopes.texts()), scopes, problems);
    }

    private static void selector(At spec, Problems problems) {
        At selector = spec.at("scopeSelector");
        if (!selector.isSet()) {
            return;
        }
        At expressions = selector.at("matchExpressions");
        Set<String> seen = new HashSet<>();
        for (At expression : expressions.items()) {
            String scope = expression.at("scopeName").text();
            if (!SCOPES.contains(scope)) {
                problems.invalid(expressions.at("scopeName"), scope, "unsupported scope");
            }
            appliesToAll(scope, spec, selector, problems);
            At operator =
                    expressions.at("operator").with(expression.at("operator").node());
            if (EXISTING.contains(scope) && !operator.is("Exists")) {
                problems.invalid(
                        operator,
                        operator.text(),
                        "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating,"
                                + " ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort,"
                                + " ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
            }
            At values = expressions.at("values").with(expression.at("values").node());
            switch (operator.text()) {
                case "In", "NotIn" -> {
                    if (values.isEmpty()) {
                        problems.required(
                                values,
                                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
                    }
                }
                case "Exists", "DoesNotExist" -> {
                    if (!values.isEmpty()) {
                        problems.invalid(
                                values,
                                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
                    }
                }
                default -> problems.invalid(operator, operator.text(), "not a valid selector operator");
            }
            seen.add(scope);
        }
        opposites(seen, expressions, problems);
    }

    /** Each thing that is limited must be a thing of the scope. */
    private static void appliesToAll(String scope, At spec, At where, Problems problems) {
        for (String resource : new TreeSet<>(spec.at("hard").node().propertyNames())) {
            if (ResourceChecks.isStandardForQuota(resource) && !applies(scope, resource)) {
                problems.invalid(where, "unsupported scope applied to resource");
            }
        }
    }

    private static boolean applies(String scope, String resource) {
        return switch (scope) {
            case "Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity" ->
                OF_PODS.contains(resource);
            case "BestEffort" -> resource.equals("pods");
            case "VolumeAttributesClass" -> OF_CLAIMS.contains(resource);
            default -> true;
        };
    }

    private static void opposites(Set<String> scopes, At where, Problems problems) {
        for (List<String> pair : OPPOSITES) {
            if (scopes.containsAll(pair)) {
                problems.invalid(where, "conflicting scopes");
            }
        }
    }

    private static KindRules limitRange() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .createsOnUpdate()
                .defaults(range -> At.objects(range.path("spec").path("limits")).forEach(QuotaRules::limitDefaults))
                .check(QuotaRules::limitRange)
                .build();
    }

    private static void limitDefaults(ObjectNode limit) {
        if (!limit.path("type").asString("").equals("Container")) {
            return;
        }
        fill(limit, "max", "default");
        fill(limit, "default", "defaultRequest");
        fill(limit, "min", "defaultRequest");
    }

    private static void fill(ObjectNode limit, String from, String to) {
        for (var entry : limit.path(from).properties()) {
            ObjectNode target = At.object(limit, to);
            if (!target.has(entry.getKey())) {
                target.set(entry.getKey(), entry.getValue());
            }
        }
    }

    private static void limitRange(At range, Problems problems) {
        Set<String> types = new HashSet<>();
        for (At limit : range.at("spec", "limits").items()) {
            At type = limit.at("type");
            List<String> complaints = Names.qualifiedName(type.text());
            complaints.forEach(complaint -> problems.invalid(type, type.text(), complaint));
            if (complaints.isEmpty() && !type.text().contains("/") && !LIMIT_TYPES.contains(type.text())) {
                problems.invalid(type, "must be a standard limit type or fully qualified");
            }
            if (!types.add(type.text())) {
                problems.duplicate(type, type.text());
            }
            limit(limit, type.text(), problems);
        }
    }

    private static void limit(At limit, String type, Problems problems) {
        Set<String> names = new TreeSet<>();
        boolean ofPods = type.equals("Pod");
        for (String part : PARTS) {
            if (ofPods && part.startsWith("default")) {
                if (!limit.at(part).isEmpty()) {
                    problems.forbidden(limit.at(part), NOT_OF_PODS);
                }
            } else {
                names(limit.at(part), type, names, problems);
            }
        }
        if (type.equals("PersistentVolumeClaim")
                && !limit.at("min").key("storage").isSet()
                && !limit.at("max").key("storage").isSet()) {
            problems.required(
                    limit.at("limits"),
                    "either minimum or maximum storage value is required, but neither was provided");
        }
        names(limit.at("maxLimitRequestRatio"), type, names, problems);
        for (String name : names) {
            compare(limit, name, ofPods, problems);
        }
    }

    private static void names(At part, String type, Set<String> names, Problems problems) {
        for (Map.Entry<String, At> entry : part.entries()) {
            names.add(entry.getKey());
            if (type.equals("Pod") || type.equals("Container")) {
                ResourceChecks.containerResource(entry.getKey(), entry.getValue(), problems);
            } else {
                ResourceChecks.anyResource(entry.getKey(), entry.getValue(), problems);
            }
        }
    }

    /** An amount, the field that it is of and how the messages call it. */
    private record Amount(At at, String what, Optional<Quantity> quantity) {
        boolean exceeds(Amount other) {
            return quantity.isPresent()
                    && other.quantity.isPresent()
                    && quantity.get().compareTo(other.quantity.get()) > 0;
        }

        @Override
        public String toString() {
            return what + " " + quantity.map(Quantity::toString).orElse("");
        }
    }

    private static Amount amount(At limit, String part, String what, String name, boolean counts) {
        At at = limit.at(part).key(name);
        return new Amount(at, what, counts ? ResourceChecks.quantity(at) : Optional.empty());
    }

    private static void compare(At limit, String name, boolean ofPods, Problems problems) {
        Amount min = amount(limit, "min", "min value", name, true);
        Amount max = amount(limit, "max", "max value", name, true);
        Amount usual = amount(limit, "default", "default value", name, !ofPods);
        Amount asLimit = new Amount(usual.at, "default limit value", usual.quantity);
        Amount request = amount(limit, "defaultRequest", "default request value", name, !ofPods);
        notGreater(min, max, min, min, problems);
        notGreater(min, request, request, request, problems);
        notGreater(request, max, request, request, problems);
        notGreater(request, asLimit, request, request, problems);
        notGreater(min, usual, usual, min, problems);
        notGreater(usual, max, usual, max, problems);
        ratio(limit.at("maxLimitRequestRatio").key(name), min, max, problems);
        if (!ResourceChecks.canOvercommit(name)
                && usual.quantity.isPresent()
                && request.quantity.isPresent()
                && usual.quantity.get().compareTo(request.quantity.get()) != 0) {
            problems.invalid(
                    request.at,
                    request.quantity.get().toString(),
                    usual + " must equal to defaultRequest value " + request.quantity.get() + " in " + name);
        }
    }

    private static void notGreater(Amount less, Amount more, Amount where, Amount shown, Problems problems) {
        if (less.exceeds(more)) {
            problems.invalid(
                    where.at, shown.quantity.map(Quantity::toString).orElse(""), less + " is greater than " + more);
        }
    }

    private static void ratio(At at, Amount min, Amount max, Problems problems) {
        Optional<Quantity> ratio = ResourceChecks.quantity(at);
        if (ratio.isEmpty()) {
            return;
        }
        String text = ratio.get().toString();
        if (ratio.get().milliValue() < 1000) {
            problems.invalid(at, text, "ratio " + text + " is less than 1");
        }
        if (min.quantity.isPresent() && max.quantity.isPresent()) {
            double most = (double) max.quantity.get().milliValue()
                    / min.quantity.get().milliValue();
            if (ratio.get().milliValue() / 1000.0 > most) {
                problems.invalid(
                        at, text, String.format(Locale.ROOT, "ratio %s is greater than max/min = %f", text, most));
            }
        }
    }
}
