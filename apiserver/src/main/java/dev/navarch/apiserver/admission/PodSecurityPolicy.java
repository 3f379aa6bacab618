package dev.navarch.apiserver.admission;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What is asked of a namespace's pods (source: k8s.io/pod-security-admission api/helpers.go). */
record PodSecurityPolicy(Standard enforce, Standard audit, Standard warn) {
    static final String PREFIX = "pod-security.kubernetes.io/";
    static final PodSecurityPolicy PRIVILEGED = new PodSecurityPolicy(Standard.NONE, Standard.NONE, Standard.NONE);
    private static final Pattern VERSION = Pattern.compile("v1\\.(0|[1-9][0-9]{0,5})");

    /** From the most lenient to the strictest. */
    enum Level {
        PRIVILEGED,
        BASELINE,
        RESTRICTED;

        static final String VALID = "must be one of privileged, baseline, restricted";

        static Optional<Level> parse(String text) {
            return switch (text) {
                case "privileged" -> Optional.of(PRIVILEGED);
                case "baseline" -> Optional.of(BASELINE);
                case "restricted" -> Optional.of(RESTRICTED);
                default -> Optional.empty();
            };
        }

        boolean stricterThan(Level other) {
            return compareTo(other) > 0;
        }
    }

    /** A level as some minor version defines it. */
    record Standard(Level level, int minor) {
        static final int LATEST = Integer.MAX_VALUE;
        static final Standard NONE = new Standard(Level.PRIVILEGED, LATEST);
        static final String VALID = "must be \"latest\" or \"v1.x\"";

        static Optional<Integer> parseVersion(String text) {
            if (text.equals("latest")) {
                return Optional.of(LATEST);
            }
            var matcher = VERSION.matcher(text);
            return matcher.matches() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
        }

        boolean asksNothing() {
            return level == Level.PRIVILEGED;
        }

        @Override
        public String toString() {
            return level.name().toLowerCase(Locale.ROOT) + ":" + (minor == LATEST ? "latest" : "v1." + minor);
        }
    }

    boolean asksNothing() {
        return enforce.asksNothing() && audit.asksNothing() && warn.asksNothing();
    }

    /**
     * What labels say, and where they say nothing the defaults. Labels that make no sense are refused when they are set;
     * should there be some, they enforce the strictest level. Who enforces more than is warned of by default is warned of
     * that.
     */
    static PodSecurityPolicy of(Map<String, String> labels, PodSecurityPolicy defaults) {
        if (labels.isEmpty()) {
            return defaults;
        }
        var enforce = standard(labels, "enforce", Level.RESTRICTED, defaults.enforce);
        var audit = standard(labels, "audit", Level.PRIVILEGED, defaults.audit);
        var warn = standard(labels, "warn", Level.PRIVILEGED, defaults.warn);
        boolean enforces = labels.containsKey(PREFIX + "enforce")
                && Level.parse(labels.get(PREFIX + "enforce")).isPresent();
        if (enforces && !labels.containsKey(PREFIX + "warn") && enforce.level.stricterThan(warn.level)) {
            warn = new Standard(
                    enforce.level, labels.containsKey(PREFIX + "warn-version") ? warn.minor : enforce.minor);
        }
        return new PodSecurityPolicy(enforce, audit, warn);
    }

    private static Standard standard(Map<String, String> labels, String mode, Level broken, Standard otherwise) {
        var level = labels.get(PREFIX + mode);
        var version = labels.get(PREFIX + mode + "-version");
        return level == null && version == null
                ? otherwise
                : new Standard(
                        level == null ? otherwise.level : Level.parse(level).orElse(broken),
                        version == null
                                ? otherwise.minor
                                : Standard.parseVersion(version).orElse(Standard.LATEST));
    }

    static List<FieldError> errors(Map<String, String> labels) {
        List<FieldError> errors = new ArrayList<>();
        for (var mode : List.of("enforce", "audit", "warn")) {
            var level = labels.get(PREFIX + mode);
            if (level != null && Level.parse(level).isEmpty()) {
                errors.add(FieldError.invalid("metadata.labels[" + PREFIX + mode + "]", level, Level.VALID));
            }
            var key = PREFIX + mode + "-version";
            var version = labels.get(key);
            if (version != null && Standard.parseVersion(version).isEmpty()) {
                errors.add(FieldError.invalid("metadata.labels[" + key + "]", version, Standard.VALID));
            }
        }
        return errors;
    }
}
