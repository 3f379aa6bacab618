package dev.navarch.apiserver.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One clause of an Accept header or a Content-Type, in lower case but for the parameters' values.
 *
 * @param quality of an Accept clause, 0 to 1
 */
public record MediaType(String type, Map<String, String> parameters, double quality) {
    private static final int MOST_CLAUSES = 64;

    public String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** The clauses of an Accept header, the best first; those of equal quality in their order. */
    public static List<MediaType> list(String accept) {
        List<MediaType> clauses = new ArrayList<>();
        for (var clause : accept.split(",", MOST_CLAUSES)) {
            if (!clause.isBlank()) {
                clauses.add(of(clause));
            }
        }
        clauses.sort(Comparator.comparingDouble(MediaType::quality).reversed());
        return clauses;
    }

    public static MediaType of(String text) {
        var parts = text.split(";");
        if (parts.length == 1) {
            return new MediaType(text.strip().toLowerCase(Locale.ROOT), Map.of(), 1);
        }
        Map<String, String> parameters = new HashMap<>();
        double quality = 1;
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 0) {
                continue;
            }
            var name = parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT);
            var value = parts[i].substring(equals + 1).strip();
            if (name.equals("q")) {
                quality = parseQuality(value);
            } else {
                parameters.put(name, value);
            }
        }
        return new MediaType(parts[0].strip().toLowerCase(Locale.ROOT), parameters, quality);
    }

    private static double parseQuality(String text) {
        try {
            return Math.clamp(Double.parseDouble(text), 0, 1);
        } catch (NumberFormatException _) {
            return 1;
        }
    }
}
