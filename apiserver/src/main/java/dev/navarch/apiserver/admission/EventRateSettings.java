package dev.navarch.apiserver.admission;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The configuration of EventRateLimit. Source: kubernetes plugin/pkg/admission/eventratelimit/apis/eventratelimit.
 *
 * @param limits each of which may refuse an event; none by default
 */
public record EventRateSettings(List<Limit> limits) {
    public static final EventRateSettings STANDARD = new EventRateSettings(List.of());

    /** What a configuration is of. */
    public static final String VERSION = "eventratelimit.admission.k8s.io/v1alpha1";

    private static final List<String> TYPES = List.of("Namespace", "Server", "SourceAndObject", "User");
    private static final int USUAL_CACHE = 4096;

    public EventRateSettings {
        limits = List.copyOf(limits);
    }

    /**
     * So many events a second.
     *
     * @param type what has such a limit each: the server, a namespace, a user, or a source with an object
     * @param burst how many may come at once
     * @param cacheSize how many of those are remembered
     */
    public record Limit(String type, int qps, int burst, int cacheSize) {}

    /** @throws IllegalArgumentException if it is wrong; names all that is */
    public static EventRateSettings of(Map<?, ?> configuration) {
        only(configuration, "", Set.of("apiVersion", "kind", "limits"));
        List<FieldError> errors = new ArrayList<>();
        List<Limit> limits = new ArrayList<>();
        var list = configuration.get("limits") instanceof List<?> given ? given : List.of();
        if (list.isEmpty()) {
            errors.add(FieldError.invalid("limits", list, "must not be empty"));
        }
        for (int i = 0; i < list.size(); i++) {
            var path = "limits[" + i + "]";
            if (!(list.get(i) instanceof Map<?, ?> limit)) {
                throw new IllegalArgumentException(path + " must be a map");
            }
            limits.add(limit(limit, path, errors));
        }
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    String.join(", ", errors.stream().map(FieldError::message).toList()));
        }
        return new EventRateSettings(limits);
    }

    private static Limit limit(Map<?, ?> limit, String path, List<FieldError> errors) {
        only(limit, path + ".", Set.of("type", "qps", "burst", "cacheSize"));
        var type = limit.get("type") instanceof String text ? text : "";
        int burst = number(limit, path, "burst");
        int qps = number(limit, path, "qps");
        int cacheSize = number(limit, path, "cacheSize");
        if (!TYPES.contains(type)) {
            errors.add(FieldError.notSupported(path + ".type", type, TYPES));
        }
        if (burst <= 0) {
            errors.add(FieldError.invalid(path + ".burst", burst, "must be positive"));
        }
        if (qps <= 0) {
            errors.add(FieldError.invalid(path + ".qps", qps, "must be positive"));
        }
        if (cacheSize < 0 && !type.equals("Server")) {
            errors.add(FieldError.invalid(path + ".cacheSize", cacheSize, "must not be negative"));
        }
        return new Limit(type, qps, burst, cacheSize > 0 ? cacheSize : USUAL_CACHE);
    }

    private static void only(Map<?, ?> object, String path, Set<String> fields) {
        var others = new TreeSet<String>();
        object.keySet().forEach(key -> others.add(String.valueOf(key)));
        others.removeAll(fields);
        if (!others.isEmpty()) {
            throw new IllegalArgumentException("strict decoding error: unknown field \"" + path + others.first() + '"');
        }
    }

    private static int number(Map<?, ?> in, String path, String field) {
        return switch (in.get(field)) {
            case null -> 0;
            case Integer number -> number;
            default -> throw new IllegalArgumentException(path + "." + field + " must be a number");
        };
    }
}
