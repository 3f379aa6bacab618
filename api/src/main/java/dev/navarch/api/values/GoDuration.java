package dev.navarch.api.values;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;

/** Numbers with units, such as {@code 1h30m}. Source: Go's time.ParseDuration. */
public final class GoDuration {
    private static final Map<String, Long> UNITS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "μs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);
    private static final int LONGEST_NUMBER = 40;
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private GoDuration() {}

    /** @throws IllegalArgumentException with Go's message */
    public static Duration parse(String text) {
        String quoted = GoText.quote(text);
        boolean negative = text.startsWith("-");
        int i = negative || text.startsWith("+") ? 1 : 0;
        if (text.length() == i) {
            throw new IllegalArgumentException("time: invalid duration " + quoted);
        }
        if (text.substring(i).equals("0")) {
            return Duration.ZERO;
        }
        BigDecimal nanos = BigDecimal.ZERO;
        while (i < text.length()) {
            int start = i;
            boolean digits = false;
            boolean dot = false;
            while (i < text.length() && (isDigit(text.charAt(i)) || (text.charAt(i) == '.' && !dot))) {
                digits |= isDigit(text.charAt(i));
                dot |= text.charAt(i) == '.';
                i++;
            }
            if (!digits || i - start > LONGEST_NUMBER) {
                throw new IllegalArgumentException("time: invalid duration " + quoted);
            }
            int unit = i;
            while (i < text.length() && !isDigit(text.charAt(i)) && text.charAt(i) != '.') {
                i++;
            }
            if (unit == i) {
                throw new IllegalArgumentException("time: missing unit in duration " + quoted);
            }
            String name = text.substring(unit, i);
            Long scale = UNITS.get(name);
            if (scale == null) {
                throw new IllegalArgumentException(
                        "time: unknown unit " + GoText.quote(name) + " in duration " + quoted);
            }
            BigDecimal value = new BigDecimal(text.substring(start, unit)).multiply(BigDecimal.valueOf(scale));
            nanos = nanos.add(value.setScale(0, RoundingMode.DOWN));
            if (nanos.compareTo(MOST) > 0) {
                throw new IllegalArgumentException("time: invalid duration " + quoted);
            }
        }
        return Duration.ofNanos(negative ? -nanos.longValue() : nanos.longValue());
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
