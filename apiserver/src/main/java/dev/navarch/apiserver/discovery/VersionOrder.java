package dev.navarch.apiserver.discovery;

import dev.navarch.api.GroupVersion;
import java.util.Comparator;
import java.util.regex.Pattern;

/** Which of a group's versions clients should prefer (source: k8s.io/apimachinery pkg/version/helpers.go). */
final class VersionOrder {
    private static final Pattern FORM = Pattern.compile("v(\\d{1,6})(?:(alpha|beta)(\\d{1,6}))?");

    static final Comparator<GroupVersion> PREFERRED_FIRST = Comparator.comparingLong(
                    (GroupVersion v) -> rank(v.version()))
            .reversed()
            .thenComparing(GroupVersion::version);

    private VersionOrder() {}

    /** Stable before beta before alpha before anything else, and newer before older. */
    private static long rank(String version) {
        var match = FORM.matcher(version);
        if (!match.matches()) {
            return -1;
        }
        long stage = match.group(2) == null ? 2 : match.group(2).equals("beta") ? 1 : 0;
        long minor = match.group(3) == null ? 0 : Long.parseLong(match.group(3));
        return (stage * 1_000_000 + Long.parseLong(match.group(1))) * 1_000_000 + minor;
    }
}
