package dev.navarch.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The descriptions of the built-in types, read when the first is asked for: only documentation needs them.
 *
 * <p>The resource {@code descriptions.tsv} has a line {@code T<tab>type<tab>text} for each type, followed by a line
 * {@code field<tab>text} for each of its fields.
 */
final class DescriptionTable implements Descriptions {

    /** Large, and not needed once the documents are made, so it may go. */
    private volatile SoftReference<Map<String, String>> texts = new SoftReference<>(null);

    @Override
    public String of(String type, String field) {
        var now = texts.get();
        if (now == null) {
            now = load();
            texts = new SoftReference<>(now);
        }
        return unescaped(now.getOrDefault(type + "#" + field, ""));
    }

    private static Map<String, String> load() {
        var texts = new HashMap<String, String>(8192);
        try (var in = DescriptionTable.class.getResourceAsStream("descriptions.tsv")) {
            var type = "";
            for (var line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                int tab = line.indexOf('\t');
                if (line.startsWith("T\t")) {
                    int second = line.indexOf('\t', tab + 1);
                    type = line.substring(tab + 1, second);
                    texts.put(type + "#", line.substring(second + 1));
                } else {
                    texts.put(type + "#" + line.substring(0, tab), line.substring(tab + 1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return texts;
    }

    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                out.append(c);
                continue;
            }
            char next = text.charAt(++i);
            out.append(next == 'n' ? '\n' : next == 't' ? '\t' : next);
        }
        return out.toString();
    }
}
