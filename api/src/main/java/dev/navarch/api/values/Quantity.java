package dev.navarch.api.values;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * An exact amount of a resource, such as {@code 500m} or {@code 1536Mi}, that remembers the family of its suffix.
 *
 * <p>Amounts finer than a nano unit are rounded away from zero; binary amounts are capped at 2<sup>63</sup>-1.
 * Two quantities are equal when their amounts are; the notation does not count. Beyond upstream, texts of more than
 * {@value #MAX_LENGTH} characters and exponents beyond ±{@value #MAX_EXPONENT} are refused, so that no text can
 * cost more than its length.
 *
 * <p>Source: apimachinery pkg/api/resource/quantity.go, suffix.go.
 */
public final class Quantity implements Comparable<Quantity> {
    static final int MAX_LENGTH = 1_000;
    static final int MAX_EXPONENT = 1_000;

    public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Format.DECIMAL_SI, Optional.empty());

    private static final BigDecimal MAX_BINARY = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final BigDecimal KIBI = BigDecimal.valueOf(1024);
    private static final BigInteger KIBI_INTEGER = BigInteger.valueOf(1024);

    /** The family of suffixes a quantity was written with. */
    public enum Format {
        DECIMAL_SI,
        BINARY_SI,
        DECIMAL_EXPONENT
    }

    private final BigDecimal amount;
    private final Format format;
    private final Optional<String> verbatim;

    private Quantity(BigDecimal amount, Format format, Optional<String> verbatim) {
        this.amount = amount;
        this.format = format;
        this.verbatim = verbatim;
    }

    /**
     * Reads a quantity.
     *
     * @throws QuantityException with upstream's message if {@code text} is none
     */
    public static Quantity parse(String text) {
        return QuantityParser.parse(text);
    }

    /** An amount in whole units. */
    public static Quantity of(long units) {
        return new Quantity(BigDecimal.valueOf(units), Format.DECIMAL_SI, Optional.empty());
    }

    /** An amount in thousandths. */
    public static Quantity ofMillis(long millis) {
        return new Quantity(BigDecimal.valueOf(millis, 3), Format.DECIMAL_SI, Optional.empty());
    }

    /** An amount in bytes, written with binary suffixes. */
    public static Quantity ofBytes(long bytes) {
        return new Quantity(BigDecimal.valueOf(bytes), Format.BINARY_SI, Optional.empty());
    }

    /** The amount bounded as a parsed one is; {@code verbatim} is the text to print if it counts as canonical. */
    static Quantity bounded(BigDecimal amount, Format format, Optional<String> verbatim) {
        BigDecimal fine = amount.scale() > 9 ? amount.setScale(9, RoundingMode.UP) : amount;
        if (format != Format.BINARY_SI) {
            return new Quantity(fine, format, verbatim);
        }
        BigDecimal size = fine.abs().min(MAX_BINARY);
        boolean fraction = size.signum() > 0 && size.compareTo(BigDecimal.ONE) < 0;
        return new Quantity(fine.signum() < 0 ? size.negate() : size, fraction ? Format.DECIMAL_SI : format, verbatim);
    }

    public Format format() {
        return format;
    }

    /** The exact amount. */
    public BigDecimal amount() {
        return amount;
    }

    public boolean isZero() {
        return amount.signum() == 0;
    }

    /** -1, 0 or 1. */
    public int sign() {
        return amount.signum();
    }

    /** Whole units, rounded away from zero, capped to the range of {@code long}. */
    public long value() {
        return scaled(0);
    }

    /** Thousandths, rounded away from zero, capped to the range of {@code long}. */
    public long milliValue() {
        return scaled(3);
    }

    private long scaled(int digits) {
        BigInteger whole =
                amount.scaleByPowerOfTen(digits).setScale(0, RoundingMode.UP).unscaledValue();
        if (whole.bitLength() < Long.SIZE) {
            return whole.longValue();
        }
        return whole.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    /** The sum, in this quantity's notation, or in the other's if this is zero. */
    public Quantity plus(Quantity other) {
        return new Quantity(amount.add(other.amount), isZero() ? other.format : format, Optional.empty());
    }

    /** The difference, in this quantity's notation, or in the other's if this is zero. */
    public Quantity minus(Quantity other) {
        return new Quantity(amount.subtract(other.amount), isZero() ? other.format : format, Optional.empty());
    }

    public Quantity negate() {
        return new Quantity(amount.negate(), format, Optional.empty());
    }

    /**
     * The canonical text: no fraction, and the largest suffix of the family that loses nothing. A parsed decimal text
     * whose fraction has a multiple of three digits is kept as it was, which is what upstream does.
     */
    @Override
    public String toString() {
        return verbatim.orElseGet(this::canonical);
    }

    private String canonical() {
        if (isZero()) {
            return "0";
        }
        boolean small = amount.abs().compareTo(KIBI) < 0;
        boolean whole = amount.stripTrailingZeros().scale() <= 0;
        return switch (format) {
            case BINARY_SI -> small || !whole ? decimal(Format.DECIMAL_SI) : binary();
            case DECIMAL_SI, DECIMAL_EXPONENT -> decimal(format);
        };
    }

    private String binary() {
        BigInteger mantissa = amount.toBigIntegerExact();
        int power = 0;
        while (power < QuantityParser.BINARY.size() - 1
                && mantissa.mod(KIBI_INTEGER).signum() == 0) {
            mantissa = mantissa.shiftRight(10);
            power++;
        }
        return mantissa + QuantityParser.BINARY.get(power);
    }

    private String decimal(Format notation) {
        BigDecimal stripped = amount.stripTrailingZeros();
        int exponent = Math.floorDiv(-stripped.scale(), 3) * 3;
        if (notation == Format.DECIMAL_SI) {
            exponent = Math.min(exponent, 18);
        }
        String mantissa =
                stripped.scaleByPowerOfTen(-exponent).toBigIntegerExact().toString();
        if (notation == Format.DECIMAL_SI) {
            return mantissa + QuantityParser.DECIMAL.get(exponent / 3 + 3);
        }
        return exponent == 0 ? mantissa : mantissa + "e" + exponent;
    }

    @Override
    public int compareTo(Quantity other) {
        return amount.compareTo(other.amount);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantity that && amount.compareTo(that.amount) == 0;
    }

    @Override
    public int hashCode() {
        return amount.stripTrailingZeros().hashCode();
    }
}
