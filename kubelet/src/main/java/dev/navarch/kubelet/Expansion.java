package dev.navarch.kubelet;

import java.util.List;
import java.util.Map;

/**
 * Replaces {@code $(NAME)} by a variable's value. {@code $$} is a dollar sign; an unknown name stays as written.
 *
 * <p>Source of the behaviour: kubernetes third_party/forked/golang/expansion/expand.go.
 */
final class Expansion {

    private Expansion() {}

    static String expand(String text, Map<String, String> variables) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        var out = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c != '$' || i + 1 == text.length()) {
                out.append(c);
                i++;
                continue;
            }
            char next = text.charAt(i + 1);
            int end = next == '(' ? text.indexOf(')', i + 2) : -1;
            if (next == '$') {
                out.append('$');
                i += 2;
            } else if (end < 0) {
                out.append('$').append(next);
                i += 2;
            } else {
                var name = text.substring(i + 2, end);
                var value = variables.get(name);
                out.append(value == null ? "$(" + name + ")" : value);
                i = end + 1;
            }
        }
        return out.toString();
    }

    static List<String> expand(List<String> texts, Map<String, String> variables) {
        return texts.stream().map(t -> expand(t, variables)).toList();
    }
}
