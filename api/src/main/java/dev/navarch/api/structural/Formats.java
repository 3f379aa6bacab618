package dev.navarch.api.structural;

import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The formats of strings that are checked; all others say nothing (source: k8s.io/apiextensions-apiserver
 * pkg/apiserver/validation/formats.go; k8s.io/kube-openapi pkg/validation/strfmt).
 */
public final class Formats {
    private static final Pattern DASHES = Pattern.compile("-", Pattern.LITERAL);
    private static final String UUID = "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?%s-?[0-9a-f]{12}";
    private static final String IPV4_PART = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
    private static final Pattern DIGITS_IN_CARDS = Pattern.compile("[^0-9]+");
    private static final Pattern CARD = Pattern.compile(
            "(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}"
                    + "|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\\d{3})\\d{11})");
    private static final Pattern DURATION =
            Pattern.compile("[+-]?(?:0|(?:(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h))+)|\\d+(?:\\.\\d+)?"
                    + " *(?:ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?"
                    + "|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)");
    private static final String LABEL = "[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?";

    private static final Predicate<String> HOST = matches(LABEL + "(?:\\." + LABEL + ")*\\.?");
    private static final Predicate<String> LABELS =
            matches("[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*");

    private static final Map<String, Predicate<String>> STRINGS = Map.ofEntries(
            Map.entry("bsonobjectid", matches("[0-9a-fA-F]{24}")),
            Map.entry("uri", Formats::isUri),
            Map.entry("email", matches("[^@\\s]+@[^@\\s]+")),
            Map.entry("hostname", text -> text.length() <= 255 && HOST.test(text)),
            Map.entry("ipv4", matches(IPV4_PART + "(?:\\." + IPV4_PART + "){3}")),
            Map.entry("ipv6", Formats::isIpv6),
            Map.entry("cidr", Formats::isCidr),
            Map.entry(
                    "mac",
                    matches("(?i)[0-9a-f]{2}(?::[0-9a-f]{2}){5,19}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5,19}"
                            + "|[0-9a-f]{4}(?:\\.[0-9a-f]{4}){2,9}")),
            Map.entry("uuid", matches(UUID.formatted("[0-9a-f]{4}-?[0-9a-f]{4}"))),
            Map.entry("uuid3", matches(UUID.formatted("3[0-9a-f]{3}-?[0-9a-f]{4}"))),
            Map.entry("uuid4", matches(UUID.formatted("4[0-9a-f]{3}-?[89ab][0-9a-f]{3}"))),
            Map.entry("uuid5", matches(UUID.formatted("5[0-9a-f]{3}-?[89ab][0-9a-f]{3}"))),
            Map.entry("isbn", text -> isIsbn10(text) || isIsbn13(text)),
            Map.entry("isbn10", Formats::isIsbn10),
            Map.entry("isbn13", Formats::isIsbn13),
            Map.entry(
                    "creditcard",
                    text -> CARD.matcher(DIGITS_IN_CARDS.matcher(text).replaceAll(""))
                            .matches()),
            Map.entry("ssn", matches("\\d{3}[- ]?\\d{2}[- ]?\\d{4}")),
            Map.entry("hexcolor", matches("#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")),
            Map.entry("rgbcolor", matches("rgb\\(\\s*" + IPV4_PART + "\\s*(?:,\\s*" + IPV4_PART + "\\s*){2}\\)")),
            Map.entry("byte", Formats::isBase64),
            Map.entry("password", _ -> true),
            Map.entry("date", parses(LocalDate::parse)),
            Map.entry("duration", text -> DURATION.matcher(text).matches()),
            Map.entry("datetime", parses(OffsetDateTime::parse)),
            Map.entry("quantity", Formats::isQuantity),
            Map.entry("k8sshortname", text -> text.length() <= 63 && LABELS.test(text) && text.indexOf('.') < 0),
            Map.entry("k8slongname", text -> text.length() <= 253 && LABELS.test(text)));

    private Formats() {}

    /** The format if values of the type are checked for it, else empty. */
    static String checked(String type, String format) {
        boolean known = switch (type) {
            case "", "string" -> STRINGS.containsKey(key(format));
            case "integer" -> format.equals("int32") || format.equals("int64");
            case "number" -> format.equals("float") || format.equals("double");
            default -> false;
        };
        return known ? format : "";
    }

    /** Whether a string is what a {@link #checked} format of strings wants. */
    public static boolean holds(String format, String text) {
        var check = STRINGS.get(key(format));
        return check == null || check.test(text);
    }

    private static String key(String format) {
        return format.indexOf('-') < 0 ? format : DASHES.matcher(format).replaceAll("");
    }

    private static Predicate<String> matches(String pattern) {
        var compiled = Pattern.compile(pattern);
        return text -> compiled.matcher(text).matches();
    }

    private interface Parser {
        Object parse(String text);
    }

    private static Predicate<String> parses(Parser parser) {
        return text -> {
            try {
                parser.parse(text);
                return true;
            } catch (DateTimeParseException _) {
                return false;
            }
        };
    }

    private static boolean isUri(String text) {
        try {
            return text.startsWith("/") || new URI(text).isAbsolute();
        } catch (URISyntaxException _) {
            return false;
        }
    }

    private static boolean isIpv6(String text) {
        return text.indexOf(':') >= 0 && isAddress(text);
    }

    private static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
            return false;
        }
        var address = text.substring(0, slash);
        int most = address.indexOf(':') >= 0 ? 128 : 32;
        return Integer.parseInt(text.substring(slash + 1)) <= most
                && (most == 32 ? STRINGS.get("ipv4").test(address) : isAddress(address));
    }

    /** Only called for texts with a colon, which Java never takes for a host to look up. */
    private static boolean isAddress(String text) {
        try {
            return text.indexOf('%') < 0 && java.net.Inet6Address.ofLiteral(text) != null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean isBase64(String text) {
        try {
            Base64.getDecoder().decode(text);
            return text.length() % 4 == 0;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean isQuantity(String text) {
        try {
            Quantity.parse(text);
            return true;
        } catch (QuantityException _) {
            return false;
        }
    }

    private static boolean isIsbn10(String text) {
        var digits = text.replaceAll("[\\s-]", "");
        if (!digits.matches("[0-9]{9}[0-9X]")) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < 10; i++) {
            sum += (i + 1) * (digits.charAt(i) == 'X' ? 10 : digits.charAt(i) - '0');
        }
        return sum % 11 == 0;
    }

    private static boolean isIsbn13(String text) {
        var digits = text.replaceAll("[\\s-]", "");
        if (!digits.matches("[0-9]{13}")) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < 13; i++) {
            sum += (i % 2 == 0 ? 1 : 3) * (digits.charAt(i) - '0');
        }
        return sum % 10 == 0;
    }
}
