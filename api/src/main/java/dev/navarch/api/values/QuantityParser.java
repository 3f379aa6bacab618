package dev.navarch.api.values;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code [sign] digits [. digits] [suffix]}, in one pass.
 *
 * <p>Source: apimachinery pkg/api/resource/quantity.go (parseQuantityString, ParseQuantity).
 */
final class QuantityParser {
    /** Suffixes of 1024 to the power of their index. */
    static final List<String> BINARY = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");

    /** Suffixes of 1000 to the power of their index less three. */
    static final List<String> DECIMAL = List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");

    private static final String WRONG_FORMAT =
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    private static final String WRONG_NUMBER = "unable to parse numeric part of quantity";
    private static final String WRONG_SUFFIX = "unable to parse quantity's suffix";

    private final String text;
    private int at;

    private QuantityParser(String text) {
        this.text = text;
    }

    static Quantity parse(String text) {
        if (text.isEmpty()) {
            throw new QuantityException(WRONG_FORMAT);
        }
        if (text.length() > Quantity.MAX_LENGTH) {
            throw new QuantityException(WRONG_NUMBER);
        }
        return new QuantityParser(text).read();
    }

    private Quantity read() {
        boolean negative = text.charAt(0) == '-';
        if (negative || text.charAt(0) == '+') {
            at++;
        }
        String whole = withoutLeadingZeros(digits());
        String fraction = "";
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            fraction = digits();
        }
        String suffix = suffix();
        BigDecimal number = new BigDecimal(new BigInteger("0" + whole + fraction), fraction.length());
        return scale(negative ? number.negate() : number, suffix, verbatim(whole, fraction));
    }

    private static String withoutLeadingZeros(String digits) {
        int from = 0;
        while (from < digits.length() && digits.charAt(from) == '0') {
            from++;
        }
        return digits.substring(from);
    }

    private String digits() {
        int from = at;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    private String suffix() {
        int from = at;
        while (at < text.length() && "eEinumkKMGTP".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
            at++;
        }
        digits();
        if (at < text.length()) {
            throw new QuantityException(WRONG_FORMAT);
        }
        return text.substring(from);
    }

    private static Quantity scale(BigDecimal number, String suffix, Optional<String> verbatim) {
        int decimal = DECIMAL.indexOf(suffix);
        if (decimal >= 0) {
            return Quantity.bounded(number.scaleByPowerOfTen((decimal - 3) * 3), Quantity.Format.DECIMAL_SI, verbatim);
        }
        int binary = BINARY.indexOf(suffix);
        if (binary >= 0) {
            BigDecimal unit = new BigDecimal(BigInteger.ONE.shiftLeft(10 * binary));
            return Quantity.bounded(number.multiply(unit), Quantity.Format.BINARY_SI, Optional.empty());
        }
        return Quantity.bounded(
                number.scaleByPowerOfTen(exponent(suffix)), Quantity.Format.DECIMAL_EXPONENT, Optional.empty());
    }

    private static int exponent(String suffix) {
        if (suffix.length() < 2 || (suffix.charAt(0) != 'e' && suffix.charAt(0) != 'E')) {
            throw new QuantityException(WRONG_SUFFIX);
        }
        try {
            int exponent = Integer.parseInt(suffix.substring(1));
            if (Math.abs((long) exponent) <= Quantity.MAX_EXPONENT) {
                return exponent;
            }
        } catch (NumberFormatException _) {
            throw new QuantityException(WRONG_SUFFIX);
        }
        throw new QuantityException(WRONG_NUMBER);
    }

    /** Upstream keeps a short decimal text whose fraction is a multiple of three digits, as {@code 1.500}. */
    private Optional<String> verbatim(String whole, String fraction) {
        boolean kept = !whole.isEmpty()
                && !fraction.isEmpty()
                && fraction.length() % 3 == 0
                && whole.length() + fraction.length() <= 18
                && fraction.length() <= 9
                && !fraction.endsWith("000");
        return kept ? Optional.of(text) : Optional.empty();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
