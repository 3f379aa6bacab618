package dev.navarch.api.values;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * The grammars of names. Each method returns what is wrong with a text, in upstream's words; nothing means valid.
 *
 * <p>The grammars are checked by scanning, not by regular expressions, so that long texts cost linear time and
 * no stack. Source: apimachinery pkg/util/validation/validation.go and pkg/api/validate/content.
 */
public final class Names {
    private static final String LABEL_FORMAT = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private static final String SUBDOMAIN_FORMAT = LABEL_FORMAT + "(\\." + LABEL_FORMAT + ")*";
    private static final String QUALIFIED_FORMAT = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    private static final String EMPTY = "must be non-empty";

    private Names() {}

    /** A label of a DNS name (RFC 1123): lower case, digits, dashes inside; at most 63. */
    public static List<String> dns1123Label(String text) {
        List<String> wrong = tooLong(text, 63);
        if (!isLabel(text)) {
            wrong.add(
                    isSubdomain(text)
                            ? "must not contain dots"
                            : grammar(
                                    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or"
                                            + " '-', and must start and end with an alphanumeric character",
                                    LABEL_FORMAT,
                                    "my-name",
                                    "123-abc"));
        }
        return wrong;
    }

    /** Labels joined by dots; at most 253. */
    public static List<String> dns1123Subdomain(String text) {
        List<String> wrong = tooLong(text, 253);
        if (!isSubdomain(text)) {
            wrong.add(grammar(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and"
                            + " must start and end with an alphanumeric character",
                    SUBDOMAIN_FORMAT,
                    "example.com"));
        }
        return wrong;
    }

    /** As {@link #dns1123Subdomain}, with underscores. */
    public static List<String> underscoredSubdomain(String text) {
        List<String> wrong = tooLong(text, 253);
        boolean valid = true;
        for (String label : text.split("\\.", -1)) {
            int last = label.length() - 1;
            valid &= last >= 0
                    && (isLowerAlphanumeric(label.charAt(0)) || label.charAt(0) == '_')
                    && (isLowerAlphanumeric(label.charAt(last)) || label.charAt(last) == '_')
                    && all(label, c -> isLowerAlphanumeric((char) c) || c == '-' || c == '_');
        }
        if (!valid) {
            wrong.add(grammar(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and"
                            + " must start and end with an alphanumeric character or '_'",
                    "[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?(\\.[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?)*",
                    "example.com"));
        }
        return wrong;
    }

    /** A label that starts with a letter (RFC 1035), as names of services are. */
    public static List<String> dns1035Label(String text) {
        List<String> wrong = tooLong(text, 63);
        if (!isLabel(text) || !isLower(text.charAt(0))) {
            wrong.add(grammar(
                    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
                            + " alphabetic character, and end with an alphanumeric character",
                    "[a-z]([-a-z0-9]*[a-z0-9])?",
                    "my-name",
                    "abc-123"));
        }
        return wrong;
    }

    /** {@code *.} followed by a subdomain. */
    public static List<String> wildcardDns1123Subdomain(String text) {
        List<String> wrong = tooLong(text, 253);
        if (!text.startsWith("*.") || !isSubdomain(text.substring(2))) {
            wrong.add(grammar(
                    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must"
                            + " consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric"
                            + " character",
                    "\\*\\." + SUBDOMAIN_FORMAT,
                    "*.example.com"));
        }
        return wrong;
    }

    /** A key of a label or an annotation, a finalizer, a resource: {@code [subdomain/]name}. */
    public static List<String> qualifiedName(String text) {
        List<String> wrong = new ArrayList<>();
        String[] parts = text.split("/", -1);
        if (parts.length > 2) {
            wrong.add("a qualified name " + qualifiedGrammar()
                    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
            return wrong;
        }
        if (parts.length == 2) {
            if (parts[0].isEmpty()) {
                wrong.add("prefix part " + EMPTY);
            }
            if (!parts[0].isEmpty()) {
                dns1123Subdomain(parts[0]).forEach(message -> wrong.add("prefix part " + message));
            }
        }
        String name = parts[parts.length - 1];
        if (name.isEmpty()) {
            wrong.add("name part " + EMPTY);
        } else {
            tooLong(name, 63).forEach(message -> wrong.add("name part " + message));
        }
        if (!isQualified(name)) {
            wrong.add("name part " + qualifiedGrammar());
        }
        return wrong;
    }

    /** A label's value: empty, or as the name part of a qualified name. */
    public static List<String> labelValue(String text) {
        List<String> wrong = tooLong(text, 63);
        if (!text.isEmpty() && !isQualified(text)) {
            wrong.add(grammar(
                    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and"
                            + " must start and end with an alphanumeric character",
                    "(" + QUALIFIED_FORMAT + ")?",
                    "MyValue",
                    "my_value",
                    "12345"));
        }
        return wrong;
    }

    /** An environment variable: printable ASCII except {@code =}. */
    public static List<String> environmentVariable(String text) {
        List<String> wrong = new ArrayList<>();
        if (text.isEmpty()) {
            wrong.add("environment variable name " + EMPTY);
        }
        if (!all(text, c -> c >= ' ' && c < 127 && c != '=')) {
            wrong.add(
                    "a valid environment variable name must consist only of printable ASCII characters other than '='");
        }
        return wrong;
    }

    /** An identifier of C. */
    public static List<String> cIdentifier(String text) {
        boolean valid =
                !text.isEmpty() && !isDigit(text.charAt(0)) && all(text, c -> isAlphanumeric((char) c) || c == '_');
        return valid
                ? List.of()
                : List.of(grammar(
                        "a valid C identifier must start with alphabetic character or '_', followed by a string of"
                                + " alphanumeric characters or '_'",
                        "[A-Za-z_][A-Za-z0-9_]*",
                        "my_name",
                        "MY_NAME",
                        "MyName"));
    }

    /** The reason of a condition: a word, of letters, digits and {@code _,:}. */
    public static List<String> conditionReason(String text) {
        int last = text.length() - 1;
        boolean valid = last >= 0
                && (isLower(text.charAt(0)) || (text.charAt(0) >= 'A' && text.charAt(0) <= 'Z'))
                && (isAlphanumeric(text.charAt(last)) || text.charAt(last) == '_')
                && all(text, c -> isAlphanumeric((char) c) || "_,:".indexOf(c) >= 0);
        return valid
                ? List.of()
                : List.of(grammar(
                        "a condition reason must start with alphabetic character, optionally followed by a string of"
                                + " alphanumeric characters or '_,:', and must end with an alphanumeric character or"
                                + " '_'",
                        "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?",
                        "my_name",
                        "MY_NAME",
                        "MyName",
                        "ReasonA,ReasonB",
                        "ReasonA:ReasonB"));
    }

    /** A key of a config map or a secret. */
    public static List<String> configKey(String text) {
        List<String> wrong = tooLong(text, 253);
        if (text.isEmpty() || !all(text, c -> isAlphanumeric((char) c) || "-._".indexOf(c) >= 0)) {
            wrong.add(grammar(
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
                    "[-._a-zA-Z0-9]+",
                    "key.name",
                    "KEY_NAME",
                    "key-name"));
        }
        if (text.equals(".")) {
            wrong.add("must not be '.'");
        } else if (text.equals("..")) {
            wrong.add("must not be '..'");
        } else if (text.startsWith("..")) {
            wrong.add("must not start with '..'");
        }
        return wrong;
    }

    /** The name of a container's port (an IANA service name). */
    public static List<String> portName(String text) {
        List<String> wrong = tooLong(text, 15);
        if (text.isEmpty() || !all(text, c -> isLowerAlphanumeric((char) c) || c == '-')) {
            wrong.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        }
        if (text.chars().noneMatch(c -> isLower((char) c))) {
            wrong.add("must contain at least one letter (a-z)");
        }
        if (text.contains("--")) {
            wrong.add("must not contain consecutive hyphens");
        }
        if (text.startsWith("-") || text.endsWith("-")) {
            wrong.add("must not begin or end with a hyphen");
        }
        return wrong;
    }

    /** A number of a port: 1 to 65535. */
    public static List<String> portNumber(long port) {
        return inRange(port, 1, 65535);
    }

    /** A number between two others, both included. */
    public static List<String> inRange(long number, long least, long most) {
        return number >= least && number <= most
                ? List.of()
                : List.of("must be between " + least + " and " + most + ", inclusive");
    }

    /** A percentage such as {@code 25%}. */
    public static List<String> percent(String text) {
        boolean valid = text.length() > 1
                && text.endsWith("%")
                && text.chars().limit(text.length() - 1L).allMatch(c -> isDigit((char) c));
        return valid
                ? List.of()
                : List.of(grammar(
                        "a valid percent string must be a numeric string followed by an ending '%'",
                        "[0-9]+%", "1%", "93%"));
    }

    /** The name of an HTTP header. */
    public static List<String> httpHeader(String text) {
        boolean valid = !text.isEmpty() && all(text, c -> isAlphanumeric((char) c) || c == '-');
        return valid
                ? List.of()
                : List.of(grammar(
                        "a valid HTTP header must consist of alphanumeric characters or '-'",
                        "[-A-Za-z0-9]+",
                        "X-Header-Name"));
    }

    /** A name that is one segment of a path (roles, role bindings). */
    public static List<String> pathSegment(String text) {
        if (text.equals(".")) {
            return List.of("may not be '.'");
        }
        if (text.equals("..")) {
            return List.of("may not be '..'");
        }
        return Stream.of("/", "%")
                .filter(text::contains)
                .map(part -> "may not contain '" + part + "'")
                .toList();
    }

    /** By a loop: a create of a pod asks this dozens of times. */
    private static boolean all(String text, IntPredicate accepted) {
        for (int i = 0; i < text.length(); i++) {
            if (!accepted.test(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static boolean isLabel(String text) {
        return !text.isEmpty()
                && isLowerAlphanumeric(text.charAt(0))
                && isLowerAlphanumeric(text.charAt(text.length() - 1))
                && all(text, c -> isLowerAlphanumeric((char) c) || c == '-');
    }

    static boolean isSubdomain(String text) {
        int from = 0;
        while (true) {
            int dot = text.indexOf('.', from);
            if (!isLabel(text.substring(from, dot < 0 ? text.length() : dot))) {
                return false;
            }
            if (dot < 0) {
                return true;
            }
            from = dot + 1;
        }
    }

    private static boolean isQualified(String text) {
        return !text.isEmpty()
                && isAlphanumeric(text.charAt(0))
                && isAlphanumeric(text.charAt(text.length() - 1))
                && all(text, c -> isAlphanumeric((char) c) || "-_.".indexOf(c) >= 0);
    }

    private static String qualifiedGrammar() {
        return grammar(
                "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"
                        + " character",
                QUALIFIED_FORMAT,
                "MyName",
                "my.name",
                "123-abc");
    }

    private static List<String> tooLong(String text, int most) {
        List<String> wrong = new ArrayList<>();
        if (utf8Length(text) > most) {
            wrong.add("must be no more than " + most + " bytes");
        }
        return wrong;
    }

    /** How many bytes a text takes in UTF-8. */
    public static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return length;
    }

    private static String grammar(String message, String format, String... examples) {
        StringBuilder text = new StringBuilder(message).append(" (e.g. ");
        for (int i = 0; i < examples.length; i++) {
            text.append(i > 0 ? " or '" : "'").append(examples[i]).append("', ");
        }
        return text.append("regex used for validation is '")
                .append(format)
                .append("')")
                .toString();
    }

    private static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLowerAlphanumeric(char c) {
        return isLower(c) || isDigit(c);
    }

    private static boolean isAlphanumeric(char c) {
        return isLowerAlphanumeric(c) || (c >= 'A' && c <= 'Z');
    }
}
