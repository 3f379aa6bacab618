package dev.navarch.api.values;

import java.util.Set;

/** Words that can't be names in expressions (source: k8s.io/apiserver pkg/cel/escaping.go, celReservedSymbols). */
public final class ReservedWords {
    private static final Set<String> WORDS = Set.of(
            "true",
            "false",
            "null",
            "in",
            "as",
            "break",
            "const",
            "continue",
            "else",
            "for",
            "function",
            "if",
            "import",
            "let",
            "loop",
            "package",
            "namespace",
            "return",
            "var",
            "void",
            "while");

    private ReservedWords() {}

    public static boolean contain(String name) {
        return WORDS.contains(name);
    }
}
