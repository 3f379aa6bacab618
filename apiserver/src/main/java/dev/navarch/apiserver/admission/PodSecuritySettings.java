package dev.navarch.apiserver.admission;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.FieldError;
import dev.navarch.api.values.Names;
import dev.navarch.apiserver.admission.PodSecurityPolicy.Level;
import dev.navarch.apiserver.admission.PodSecurityPolicy.Standard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The configuration of PodSecurity (source: k8s.io/pod-security-admission admission/api/types.go).
 *
 * @see #of
 */
public final class PodSecuritySettings {
    /** Nothing is asked of pods but by their namespace's labels. */
    public static final PodSecuritySettings STANDARD =
            new PodSecuritySettings(PodSecurityPolicy.PRIVILEGED, Set.of(), Set.of(), Set.of());

    private final PodSecurityPolicy defaults;
    private final Set<String> usernames;
    private final Set<String> namespaces;
    private final Set<String> runtimeClasses;

    private PodSecuritySettings(
            PodSecurityPolicy defaults, Set<String> usernames, Set<String> namespaces, Set<String> runtimeClasses) {
        this.defaults = requireNonNull(defaults);
        this.usernames = Set.copyOf(usernames);
        this.namespaces = Set.copyOf(namespaces);
        this.runtimeClasses = Set.copyOf(runtimeClasses);
    }

    /**
     * Reads a PodSecurityConfiguration (source: .../admission/api/validation/validation.go).
     *
     * @throws IllegalArgumentException if it is wrong; names all that is
     */
    public static PodSecuritySettings of(Map<?, ?> configuration) {
        List<FieldError> errors = new ArrayList<>();
        only(configuration, "", Set.of("apiVersion", "kind", "defaults", "exemptions"));
        var defaults = map(configuration, "defaults");
        only(
                defaults,
                "defaults.",
                Set.of("enforce", "enforce-version", "audit", "audit-version", "warn", "warn-version"));
        var enforce = standard(defaults, "enforce", errors);
        var warn = standard(defaults, "warn", errors);
        var audit = standard(defaults, "audit", errors);
        var exemptions = map(configuration, "exemptions");
        only(exemptions, "exemptions.", Set.of("usernames", "namespaces", "runtimeClasses"));
        var namespaces = exempt(exemptions, "namespaces", Names::dns1123Label, errors);
        var runtimeClasses = exempt(exemptions, "runtimeClasses", Names::dns1123Subdomain, errors);
        var usernames = exempt(exemptions, "usernames", _ -> List.of(), errors);
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    String.join(", ", errors.stream().map(FieldError::message).toList()));
        }
        return new PodSecuritySettings(
                new PodSecurityPolicy(enforce, audit, warn), usernames, namespaces, runtimeClasses);
    }

    private static void only(Map<?, ?> object, String path, Set<String> fields) {
        var others = new TreeSet<String>();
        object.keySet().forEach(key -> others.add(String.valueOf(key)));
        others.removeAll(fields);
        if (!others.isEmpty()) {
            throw new IllegalArgumentException("strict decoding error: unknown field \"" + path + others.first() + '"');
        }
    }

    private static Map<?, ?> map(Map<?, ?> in, String field) {
        return switch (in.get(field)) {
            case null -> Map.of();
            case Map<?, ?> map -> map;
            default -> throw new IllegalArgumentException(field + " must be a map");
        };
    }

    private static String text(Map<?, ?> in, String field, String otherwise) {
        return switch (in.get(field)) {
            case null -> otherwise;
            case String text -> text.isEmpty() ? otherwise : text;
            default -> throw new IllegalArgumentException(field + " must be a string");
        };
    }

    private static Standard standard(Map<?, ?> defaults, String mode, List<FieldError> errors) {
        var level = text(defaults, mode, "privileged");
        var version = text(defaults, mode + "-version", "latest");
        var known = Level.parse(level);
        if (known.isEmpty()) {
            errors.add(FieldError.invalid("defaults." + mode, level, Level.VALID));
        }
        var minor = Standard.parseVersion(version);
        if (minor.isEmpty()) {
            errors.add(FieldError.invalid("defaults." + mode + "-version", version, Standard.VALID));
        }
        return new Standard(known.orElse(Level.RESTRICTED), minor.orElse(Standard.LATEST));
    }

    private static Set<String> exempt(
            Map<?, ?> exemptions, String field, Function<String, List<String>> check, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (var element : exemptions.get(field) instanceof List<?> list ? list : List.of()) {
            var name = String.valueOf(element);
            var path = "exemptions." + field + "[" + index++ + "]";
            var wrong = check.apply(name);
            if (field.equals("usernames") && name.isEmpty()) {
                errors.add(FieldError.required(path, ""));
            } else if (!wrong.isEmpty()) {
                errors.add(FieldError.invalid(path, name, String.join(", ", wrong)));
            } else if (!names.add(name)) {
                errors.add(FieldError.duplicate(path, name));
            }
        }
        return names;
    }

    PodSecurityPolicy defaults() {
        return defaults;
    }

    boolean exemptsNamespace(String namespace) {
        return namespaces.contains(namespace);
    }

    boolean exemptsUser(String username) {
        return usernames.contains(username);
    }

    boolean exemptsRuntimeClass(String runtimeClass) {
        return runtimeClasses.contains(runtimeClass);
    }

    /** Why nothing is asked of what a user does in a namespace; empty if something may be. */
    Optional<String> exemption(String namespace, String username) {
        return exemptsNamespace(namespace)
                ? Optional.of("namespace")
                : exemptsUser(username) ? Optional.of("user") : Optional.empty();
    }
}
