package dev.navarch.api;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Finds what is wrong with a JSON text and says it in Go's words (source: sigs.k8s.io/json
 * internal/golang/encoding/json/scanner.go). Only used once a faster parser has given up; needs no stack, however
 * deeply the text is nested.
 */
final class GoJsonSyntax {

    private final byte[] text;
    private final int maxDepth;
    private final BitSet objects = new BitSet();
    private int depth;
    private int at;

    private GoJsonSyntax(byte[] text, int maxDepth) {
        this.text = text;
        this.maxDepth = maxDepth;
    }

    /** A mistake in the text; never leaves this class. */
    private static final class Mistake extends Exception {
        Mistake(String message) {
            super(message, null, false, false);
        }
    }

    /** What is wrong, or empty if the text is JSON for Go, which is lenient about UTF-8. */
    static String mistake(byte[] text, int maxDepth) {
        try {
            new GoJsonSyntax(text, maxDepth).document();
            return "";
        } catch (Mistake mistake) {
            return mistake.getMessage();
        }
    }

    private void document() throws Mistake {
        boolean valueDue = true;
        boolean mayClose = false;
        while (true) {
            if (valueDue) {
                byte c = token();
                if (mayClose && c == ']') {
                    mayClose = false;
                    depth--;
                    valueDue = false;
                    continue;
                }
                mayClose = false;
                if (c == '{' || c == '[') {
                    if (++depth > maxDepth) {
                        throw invalid(c, "exceeded max depth");
                    }
                    objects.set(depth, c == '{');
                    if (c == '[') {
                        mayClose = true;
                        continue;
                    }
                    if (!key(true)) {
                        depth--;
                        valueDue = false;
                    }
                    continue;
                }
                scalar(c);
                valueDue = false;
                continue;
            }
            if (depth == 0) {
                blanks();
                if (at < text.length) {
                    throw invalid(text[at], "after top-level value");
                }
                return;
            }
            byte c = token();
            if (objects.get(depth)) {
                if (c == '}') {
                    depth--;
                } else if (c == ',') {
                    key(false);
                    valueDue = true;
                } else {
                    throw invalid(c, "after object key:value pair");
                }
            } else if (c == ']') {
                depth--;
            } else if (c == ',') {
                valueDue = true;
            } else {
                throw invalid(c, "after array element");
            }
        }
    }

    /** Reads {@code "key":}; false if the object ends instead. */
    private boolean key(boolean mayClose) throws Mistake {
        byte c = token();
        if (mayClose && c == '}') {
            return false;
        }
        if (c != '"') {
            throw invalid(c, "looking for beginning of object key string");
        }
        string();
        c = token();
        if (c != ':') {
            throw invalid(c, "after object key");
        }
        return true;
    }

    private void scalar(byte first) throws Mistake {
        switch (first) {
            case '"' -> string();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number(first);
            default -> throw invalid(first, "looking for beginning of value");
        }
    }

    private void string() throws Mistake {
        while (true) {
            byte c = next();
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                byte escape = next();
                if (escape == 'u') {
                    for (int i = 0; i < 4; i++) {
                        byte digit = next();
                        if (Character.digit(digit, 16) < 0) {
                            throw invalid(digit, "in \\u hexadecimal character escape");
                        }
                    }
                } else if ("\"\\/bfnrt".indexOf(escape) < 0) {
                    throw invalid(escape, "in string escape code");
                }
            } else if (c >= 0 && c < 0x20) {
                throw invalid(c, "in string literal");
            }
        }
    }

    private void literal(String word) throws Mistake {
        for (int i = 1; i < word.length(); i++) {
            byte c = next();
            if (c != word.charAt(i)) {
                throw invalid(c, "in literal " + word + " (expecting " + quoted((byte) word.charAt(i)) + ")");
            }
        }
    }

    private void number(byte first) throws Mistake {
        byte c = first;
        if (c == '-') {
            c = next();
            if (c < '0' || c > '9') {
                throw invalid(c, "in numeric literal");
            }
        }
        if (c != '0') {
            digits();
        }
        if (at < text.length && text[at] == '.') {
            at++;
            digit("after decimal point in numeric literal");
            digits();
        }
        if (at < text.length && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (at < text.length && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            digit("in exponent of numeric literal");
            digits();
        }
    }

    private void digit(String context) throws Mistake {
        byte c = next();
        if (c < '0' || c > '9') {
            throw invalid(c, context);
        }
    }

    private void digits() {
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
    }

    private byte token() throws Mistake {
        blanks();
        return next();
    }

    private void blanks() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
            at++;
        }
    }

    private byte next() throws Mistake {
        if (at == text.length) {
            throw new Mistake("unexpected end of JSON input");
        }
        return text[at++];
    }

    private Mistake invalid(byte c, String context) {
        return new Mistake(
                context.equals("exceeded max depth") ? context : "invalid character " + quoted(c) + " " + context);
    }

    private static String quoted(byte c) {
        return switch (c) {
            case '\'' -> "'\\''";
            case '"' -> "'\"'";
            case '\\' -> "'\\\\'";
            case '\n' -> "'\\n'";
            case '\r' -> "'\\r'";
            case '\t' -> "'\\t'";
            default -> {
                if (c < 0) {
                    yield "'" + new String(new byte[] {c}, StandardCharsets.ISO_8859_1) + "'";
                }
                yield c < 0x20 || c == 0x7f ? String.format("'\\x%02x'", c) : "'" + (char) c + "'";
            }
        };
    }
}
