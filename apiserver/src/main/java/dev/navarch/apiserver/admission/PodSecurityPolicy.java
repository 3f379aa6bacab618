package dev.navarch.apiserver.admission;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** What a namespace's labels ask of its pods (source: k8s.io/pod-security-admission api/helpers.go). */
record PodSecurityPolicy(Standard enforce, Standard warn) {
    static final String PREFIX = "pod-security.kubernetes.io/";
    private static final Pattern VERSION = Pattern.compile("v1\\.(0|[1-9][0-9]{0,5})");

    /** From the most lenient to the strictest. */
    enum Level {
        PRIVILEGED,
        BASELINE,
        RESTRICTED
    }

    /** A level as some minor version defines it; {@link Integer#MAX_VALUE} is the latest. */
    record Standard(Level level, int minor) {
        static final Standard NONE = new Standard(Level.PRIVILEGED, Integer.MAX_VALUE);

        @Override
        public String toString() {
            return level.name().toLowerCase(Locale.ROOT) + ":"
                    + (minor == Integer.MAX_VALUE ? "latest" : "v1." + minor);
        }
    }

    boolean asksNothing() {
        return enforce.level == Level.PRIVILEGED && warn.level == Level.PRIVILEGED;
    }

    /** Labels that make no sense are refused when they are set; should there be some, they enforce the strictest level. */
    static PodSecurityPolicy of(Map<String, String> labels) {
        var enforce = standard(labels, "enforce", Level.RESTRICTED);
        var warn = standard(labels, "warn", Level.PRIVILEGED);
        boolean warns = labels.containsKey(PREFIX + "warn");
        return new PodSecurityPolicy(enforce, warns || enforce.level == Level.PRIVILEGED ? warn : enforce);
    }

    private static Standard standard(Map<String, String> labels, String mode, Level broken) {
        var text = labels.get(PREFIX + mode);
        var level = text == null ? Level.PRIVILEGED : level(text, broken);
        var matcher = VERSION.matcher(labels.getOrDefault(PREFIX + mode + "-version", "latest"));
        return new Standard(level, matcher.matches() ? Integer.parseInt(matcher.group(1)) : Integer.MAX_VALUE);
    }

    private static Level level(String text, Level broken) {
        return switch (text) {
            case "privileged" -> Level.PRIVILEGED;
            case "baseline" -> Level.BASELINE;
            case "restricted" -> Level.RESTRICTED;
            default -> broken;
        };
    }

    static List<FieldError> errors(Map<String, String> labels) {
        List<FieldError> errors = new ArrayList<>();
        for (var mode : List.of("enforce", "audit", "warn")) {
            var level = labels.get(PREFIX + mode);
            if (level != null
                    && !List.of("privileged", "baseline", "restricted").contains(level)) {
                errors.add(FieldError.invalid(
                        "metadata.labels[" + PREFIX + mode + "]",
                        level,
                        "must be one of privileged, baseline, restricted"));
            }
            var key = PREFIX + mode + "-version";
            var version = labels.get(key);
            if (version != null
                    && !version.equals("latest")
                    && !VERSION.matcher(version).matches()) {
                errors.add(
                        FieldError.invalid("metadata.labels[" + key + "]", version, "must be \"latest\" or \"v1.x\""));
            }
        }
        return errors;
    }
}
