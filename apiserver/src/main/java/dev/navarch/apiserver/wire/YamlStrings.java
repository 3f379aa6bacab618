package dev.navarch.apiserver.wire;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/**
 * Quotes texts that a reader of YAML 1.1 would take for something else, as Go's writer does: {@code True}, {@code on}, a
 * time, {@code 1:30} (source: sigs.k8s.io/yaml goyaml.v2, encode.go stringv and resolve.go).
 */
final class YamlStrings extends StandardRepresenter {
    private static final Set<String> WORDS = Set.of(
            "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "", ".inf", "-.inf", "+.inf", ".nan");
    private static final int LONGEST_WORD = 5;
    private static final Pattern NUMBER = Pattern.compile(
            "[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*|[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?"
                    + "|(\\.[0-9_]+|[0-9][0-9_]*(\\.[0-9_]*)?)([eE][-+]?[0-9]+)?)");
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \\t].*)?");

    YamlStrings(DumpSettings settings) {
        super(settings);
        var plain = representers.get(String.class);
        representers.put(
                String.class,
                data -> means((String) data)
                        ? representScalar(Tag.STR, (String) data, ScalarStyle.DOUBLE_QUOTED)
                        : plain.representData(data));
    }

    private static boolean means(String text) {
        if (text.length() <= LONGEST_WORD && WORDS.contains(text.toLowerCase(Locale.ROOT))) {
            return true;
        }
        char first = text.charAt(0);
        boolean maybe = first >= '0' && first <= '9' || first == '-' || first == '+' || first == '.';
        return maybe
                && text.length() <= 128
                && (NUMBER.matcher(text).matches() || DATE.matcher(text).matches());
    }
}
