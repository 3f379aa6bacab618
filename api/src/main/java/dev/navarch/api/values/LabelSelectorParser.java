package dev.navarch.api.values;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Recursive descent over the tokens of a label query.
 *
 * <p>Source: apimachinery pkg/labels/selector.go (Lexer, Parser).
 */
final class LabelSelectorParser {
    private static final String BINARY_OPERATORS = "in, notin, =, ==, !=, gt, lt";

    private enum Kind {
        WORD,
        SYMBOL,
        END
    }

    private record Token(Kind kind, String text) {
        boolean isSymbol(String symbol) {
            return kind == Kind.SYMBOL && text.equals(symbol);
        }
    }

    private static final Token END = new Token(Kind.END, "");

    private final List<Token> tokens;
    private int at;

    private LabelSelectorParser(List<Token> tokens) {
        this.tokens = tokens;
    }

    static List<Requirement> parse(String text) {
        return new LabelSelectorParser(scan(text)).requirements();
    }

    private List<Requirement> requirements() {
        List<Requirement> all = new ArrayList<>();
        while (true) {
            Token next = peek();
            if (next.kind == Kind.END) {
                return all;
            }
            if (!startsRequirement(next)) {
                throw unexpected(next, ", expected: !, identifier, or 'end of string'");
            }
            try {
                all.add(requirement());
            } catch (SelectorException e) {
                throw new SelectorException("unable to parse requirement: " + e.getMessage());
            }
            Token separator = take();
            if (separator.kind == Kind.END) {
                return all;
            }
            if (!separator.isSymbol(",")) {
                throw unexpected(separator, ", expected: ',' or 'end of string'");
            }
            if (!startsRequirement(peek())) {
                throw unexpected(peek(), ", expected: identifier after ','");
            }
        }
    }

    private static boolean startsRequirement(Token token) {
        return token.kind == Kind.WORD || token.isSymbol("!");
    }

    private Requirement requirement() {
        Token first = take();
        boolean absent = first.isSymbol("!");
        Token key = absent ? take() : first;
        if (key.kind != Kind.WORD) {
            throw unexpected(key, ", expected: identifier");
        }
        List<String> wrong = Names.qualifiedName(key.text);
        if (!wrong.isEmpty()) {
            throw new SelectorException(
                    "<nil>: Invalid value: " + GoText.quote(key.text) + ": " + String.join("; ", wrong));
        }
        if (absent) {
            return Requirement.checked(key.text, Requirement.Operator.DOES_NOT_EXIST, List.of());
        }
        if (peek().kind == Kind.END || peek().isSymbol(",")) {
            return Requirement.checked(key.text, Requirement.Operator.EXISTS, List.of());
        }
        Requirement.Operator operator = operator();
        boolean set = operator == Requirement.Operator.IN || operator == Requirement.Operator.NOT_IN;
        return Requirement.checked(key.text, operator, set ? set() : List.of(exactValue()));
    }

    private Requirement.Operator operator() {
        Token token = take();
        return switch (token.text) {
            case "in" -> Requirement.Operator.IN;
            case "notin" -> Requirement.Operator.NOT_IN;
            case "=" -> Requirement.Operator.EQUALS;
            case "==" -> Requirement.Operator.DOUBLE_EQUALS;
            case "!=" -> Requirement.Operator.NOT_EQUALS;
            case ">" -> Requirement.Operator.GREATER_THAN;
            case "<" -> Requirement.Operator.LESS_THAN;
            default -> throw unexpected(token, ", expected: " + BINARY_OPERATORS);
        };
    }

    /** {@code (x,,y)}: the empty text counts as a value where nothing stands. */
    private List<String> set() {
        Token open = take();
        if (!open.isSymbol("(")) {
            throw unexpected(open, " expected: '('");
        }
        if (peek().isSymbol(")")) {
            take();
            return List.of("");
        }
        if (peek().kind != Kind.WORD && !peek().isSymbol(",")) {
            throw unexpected(peek(), ", expected: ',', ')' or identifier");
        }
        SortedSet<String> values = new TreeSet<>();
        while (true) {
            Token token = take();
            if (token.kind == Kind.WORD) {
                values.add(token.text);
                if (!peek().isSymbol(",") && !peek().isSymbol(")")) {
                    throw unexpected(peek(), ", expected: ',' or ')'");
                }
            } else if (token.isSymbol(",")) {
                if (values.isEmpty() || peek().isSymbol(",") || peek().isSymbol(")")) {
                    values.add("");
                }
            } else {
                throw unexpected(token, ", expected: ',', or identifier");
            }
            if (peek().isSymbol(")")) {
                take();
                return List.copyOf(values);
            }
        }
    }

    private String exactValue() {
        if (peek().kind == Kind.END || peek().isSymbol(",")) {
            return "";
        }
        Token token = take();
        if (token.kind != Kind.WORD) {
            throw unexpected(token, ", expected: identifier");
        }
        return token.text;
    }

    private Token peek() {
        return at < tokens.size() ? tokens.get(at) : END;
    }

    private Token take() {
        Token token = peek();
        at++;
        return token;
    }

    private static SelectorException unexpected(Token found, String expected) {
        return new SelectorException("found '" + found.text + "'" + expected);
    }

    private static List<Token> scan(String text) {
        List<Token> tokens = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (isSpace(c)) {
                at++;
                continue;
            }
            int from = at;
            if (isSpecial(c)) {
                Token symbol = symbol(text, from);
                tokens.add(symbol);
                at += symbol.text.length();
                continue;
            }
            while (at < text.length() && !isSpecial(text.charAt(at)) && !isSpace(text.charAt(at))) {
                at++;
            }
            tokens.add(new Token(Kind.WORD, text.substring(from, at)));
        }
        return tokens;
    }

    private static Token symbol(String text, int from) {
        if (text.startsWith("==", from) || text.startsWith("!=", from)) {
            return new Token(Kind.SYMBOL, text.substring(from, from + 2));
        }
        return new Token(Kind.SYMBOL, text.substring(from, from + 1));
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static boolean isSpecial(char c) {
        return "=!(),><".indexOf(c) >= 0;
    }
}
