package dev.navarch.cel.library;

import java.util.Optional;
import java.util.regex.Pattern;

/** A version as semver.org defines it; build metadata does not count when two are compared. */
record Semver(long major, long minor, long patch, String preRelease) implements Comparable<Semver> {
    private static final String NUMBER = "(0|[1-9][0-9]{0,17})";
    private static final String PART = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
    private static final Pattern FORM = Pattern.compile(NUMBER + "\\." + NUMBER + "\\." + NUMBER + "(?:-(" + PART
            + "(?:\\." + PART + ")*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?");
    private static final Pattern LEADING_ZEROS = Pattern.compile("^0+(?=[0-9])");

    static Optional<Semver> parse(String text) {
        var form = FORM.matcher(text);
        return form.matches()
                ? Optional.of(new Semver(
                        Long.parseLong(form.group(1)),
                        Long.parseLong(form.group(2)),
                        Long.parseLong(form.group(3)),
                        form.group(4) == null ? "" : form.group(4)))
                : Optional.empty();
    }

    /** Without a leading {@code v}, with three numbers, and without leading zeros. */
    static String normalized(String text) {
        var rest = text.startsWith("v") ? text.substring(1) : text;
        int end = 0;
        while (end < rest.length() && (Character.isDigit(rest.charAt(end)) || rest.charAt(end) == '.')) {
            end++;
        }
        var numbers = rest.substring(0, end).split("\\.", -1);
        var normal = new StringBuilder();
        for (int i = 0; i < Math.max(3, numbers.length); i++) {
            normal.append(i == 0 ? "" : ".");
            normal.append(i < numbers.length ? LEADING_ZEROS.matcher(numbers[i]).replaceFirst("") : "0");
        }
        return normal + rest.substring(end);
    }

    @Override
    public int compareTo(Semver other) {
        int numbers = Long.compare(major, other.major);
        numbers = numbers != 0 ? numbers : Long.compare(minor, other.minor);
        numbers = numbers != 0 ? numbers : Long.compare(patch, other.patch);
        if (numbers != 0 || preRelease.equals(other.preRelease)) {
            return numbers;
        }
        if (preRelease.isEmpty() || other.preRelease.isEmpty()) {
            return preRelease.isEmpty() ? 1 : -1;
        }
        var mine = preRelease.split("\\.");
        var its = other.preRelease.split("\\.");
        for (int i = 0; i < Math.min(mine.length, its.length); i++) {
            int parts = compareParts(mine[i], its[i]);
            if (parts != 0) {
                return parts;
            }
        }
        return Integer.compare(mine.length, its.length);
    }

    private static int compareParts(String a, String b) {
        boolean numberA = a.chars().allMatch(Character::isDigit);
        boolean numberB = b.chars().allMatch(Character::isDigit);
        if (numberA && numberB) {
            return new java.math.BigInteger(a).compareTo(new java.math.BigInteger(b));
        }
        return numberA == numberB ? a.compareTo(b) : numberA ? -1 : 1;
    }
}
