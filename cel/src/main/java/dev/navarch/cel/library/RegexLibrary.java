package dev.navarch.cel.library;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelEvaluationException;
import java.util.ArrayList;
import java.util.List;

/** {@code find} and {@code findAll} of strings. */
public final class RegexLibrary extends Library {
    public RegexLibrary() {
        member("find", "string_find_string", SimpleType.STRING, SimpleType.STRING, List.of(SimpleType.STRING), a -> {
            var found = findAll((String) a[0], (String) a[1], 1);
            return found.isEmpty() ? "" : found.getFirst();
        });
        member(
                "findAll",
                "string_find_all_string",
                STRINGS,
                SimpleType.STRING,
                List.of(SimpleType.STRING),
                a -> findAll((String) a[0], (String) a[1], -1));
        member(
                "findAll",
                "string_find_all_string_int",
                STRINGS,
                SimpleType.STRING,
                List.of(SimpleType.STRING, SimpleType.INT),
                a -> findAll((String) a[0], (String) a[1], (Long) a[2]));
    }

    /** @param limit negative for none */
    private static List<String> findAll(String text, String regex, long limit) throws CelEvaluationException {
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw failure("Illegal regex: " + e.getMessage());
        }
        List<String> found = new ArrayList<>();
        var matcher = pattern.matcher(text);
        while ((limit < 0 || found.size() < limit) && matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }
}
