package dev.navarch.apiserver.request;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The query part of a URL, decoded. As Go's net/url does, a pair that cannot be decoded, or that holds a semicolon, is
 * left out, and a name without {@code =} has an empty value.
 */
public final class Query {
    public static final Query EMPTY = new Query("", Map.of());

    private final String raw;
    private final Map<String, List<String>> values;

    private Query(String raw, Map<String, List<String>> values) {
        this.raw = raw;
        this.values = values;
    }

    /** Parses what follows the question mark. */
    public static Query parse(String raw) {
        if (raw.isEmpty()) {
            return EMPTY;
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int start = 0; start <= raw.length(); ) {
            int end = raw.indexOf('&', start);
            if (end < 0) {
                end = raw.length();
            }
            add(values, raw.substring(start, end));
            start = end + 1;
        }
        return new Query(raw, values);
    }

    private static void add(Map<String, List<String>> values, String pair) {
        if (pair.isEmpty() || pair.indexOf(';') >= 0) {
            return;
        }
        int equals = pair.indexOf('=');
        try {
            var name = decode(equals < 0 ? pair : pair.substring(0, equals));
            var value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            values.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
        } catch (IllegalArgumentException _) {
            // a broken escape: the pair is ignored, as upstream does
        }
    }

    private static String decode(String text) {
        return text.indexOf('%') < 0 && text.indexOf('+') < 0 ? text : URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    public Optional<String> first(String name) {
        var all = values.get(name);
        return all == null ? Optional.empty() : Optional.of(all.getFirst());
    }

    /** The first value, or an empty string. */
    public String value(String name) {
        var all = values.get(name);
        return all == null ? "" : all.getFirst();
    }

    public List<String> all(String name) {
        return List.copyOf(values.getOrDefault(name, List.of()));
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /**
     * A boolean option: absent is false, and so are "false" and "0"; anything else, and no value at all, is true
     * (source: k8s.io/apimachinery pkg/runtime/conversion.go).
     */
    public boolean flag(String name) {
        var all = values.get(name);
        if (all == null) {
            return false;
        }
        var value = all.getFirst().toLowerCase(Locale.ROOT);
        return !value.equals("false") && !value.equals("0");
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** As it came, without the question mark. */
    public String raw() {
        return raw;
    }

    @Override
    public String toString() {
        return raw;
    }
}
