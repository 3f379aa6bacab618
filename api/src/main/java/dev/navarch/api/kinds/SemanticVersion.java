package dev.navarch.api.kinds;

/** The grammar of semantic versions (source: semver.org 2.0.0). */
final class SemanticVersion {
    private SemanticVersion() {}

    static boolean isValid(String text) {
        int plus = text.indexOf('+');
        String build = plus < 0 ? "0" : text.substring(plus + 1);
        String rest = plus < 0 ? text : text.substring(0, plus);
        int dash = rest.indexOf('-');
        String[] core = (dash < 0 ? rest : rest.substring(0, dash)).split("\\.", -1);
        if (core.length != 3) {
            return false;
        }
        for (String number : core) {
            if (!isDigits(number) || hasLeadingZero(number)) {
                return false;
            }
        }
        if (dash >= 0) {
            for (String part : rest.substring(dash + 1).split("\\.", -1)) {
                if (!isIdentifier(part) || (isDigits(part) && hasLeadingZero(part))) {
                    return false;
                }
            }
        }
        for (String part : build.split("\\.", -1)) {
            if (!isIdentifier(part)) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasLeadingZero(String number) {
        return number.length() > 1 && number.startsWith("0");
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(c ->
                                (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-');
    }
}
