package dev.navarch.apiserver.registry;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a list, watch or deletecollection selects, and as of when. Source of the rules: k8s.io/apimachinery
 * pkg/apis/meta/internalversion/validation and k8s.io/apiserver pkg/endpoints/handlers/get.go.
 *
 * @param revision -1 if none was given
 * @param limit 0 for all
 * @param sendInitialEvents whether a watch begins with what is there; so do watches that neither say so nor name a
 *     version (source: pkg/apis/meta/internalversion/defaults.go)
 */
record ListOptions(
        String labelSelector,
        String fieldSelector,
        long revision,
        Match match,
        int limit,
        String continueToken,
        Optional<Duration> timeout,
        boolean bookmarks,
        boolean sendInitialEvents) {

    enum Match {
        UNSET,
        EXACT,
        NOT_OLDER_THAN
    }

    static ListOptions of(ApiRequest request, boolean watch) {
        var query = request.query();
        var versionText = query.value("resourceVersion");
        var matchText = query.value("resourceVersionMatch");
        var initial = query.has("sendInitialEvents")
                ? Optional.of(query.flag("sendInitialEvents"))
                : Optional.<Boolean>empty();
        var token = query.value("continue");
        List<Cause> wrong =
                watch ? wrongWatch(matchText, initial, token) : wrongList(matchText, versionText, token, initial);
        if (!wrong.isEmpty()) {
            throw ApiFailure.invalid("meta.k8s.io", "ListOptions", "", wrong);
        }
        boolean noVersion = versionText.isEmpty() || versionText.equals("0");
        return new ListOptions(
                query.value("labelSelector"),
                query.value("fieldSelector"),
                token.isEmpty() || watch
                        ? version(
                                versionText,
                                watch ? ListOptions::unreadableVersion : ListOptions::unreadableListVersion)
                        : version(token, noVersion),
                switch (matchText) {
                    case "Exact" -> Match.EXACT;
                    case "NotOlderThan" -> Match.NOT_OLDER_THAN;
                    default -> Match.UNSET;
                },
                Math.clamp(number(query, "limit").orElse(0L), 0, Integer.MAX_VALUE),
                token,
                number(query, "timeoutSeconds").filter(s -> s > 0).map(s -> Duration.ofSeconds(Math.min(s, 1L << 31))),
                query.flag("allowWatchBookmarks"),
                initial.orElse(watch && noVersion));
    }

    /** A token names its snapshot itself; a broken one is told first. */
    private static long version(String token, boolean noVersion) {
        ContinueToken.decode(token);
        if (!noVersion) {
            throw ApiFailure.badRequest("specifying resource version is not allowed when using continue");
        }
        return -1;
    }

    /**
     * A version as clients write it; -1 for none. Versions beyond what a store can have count as the largest.
     *
     * @param failure of a text that is no version; upstream's differ by verb
     */
    static long version(String text, Function<String, ApiFailure> failure) {
        if (text.isEmpty()) {
            return -1;
        }
        if (!text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw failure.apply(unparsable(text, "invalid syntax"));
        }
        try {
            long version = Long.parseUnsignedLong(text);
            return version < 0 ? Long.MAX_VALUE : version;
        } catch (NumberFormatException _) {
            throw failure.apply(unparsable(text, "value out of range"));
        }
    }

    private static String unparsable(String text, String why) {
        var quoted = GoText.quote(text);
        return "resourceVersion: Invalid value: " + quoted + ": strconv.ParseUint: parsing " + quoted + ": " + why;
    }

    /**
     * What a get or a watch answers to a version that is none: the store's own error, without a reason (source:
     * k8s.io/apiserver pkg/storage/errors.go, InvalidError, which is no API status).
     */
    static ApiFailure unreadableVersion(String why) {
        return new ApiFailure(new Status("Failure", why, "", Optional.empty(), 500));
    }

    private static ApiFailure unreadableListVersion(String why) {
        return ApiFailure.badRequest("invalid resource version: " + why);
    }

    private static Optional<Long> number(Query query, String name) {
        var text = query.value(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException _) {
            throw ApiFailure.badRequest("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
        }
    }

    private static List<Cause> wrongList(String match, String version, String token, Optional<Boolean> initial) {
        List<Cause> wrong = new ArrayList<>();
        if (!match.isEmpty()) {
            if (version.isEmpty()) {
                wrong.add(forbidden(
                        "resourceVersionMatch",
                        "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }
            if (!token.isEmpty()) {
                wrong.add(forbidden(
                        "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
            }
            if (!match.equals("Exact") && !match.equals("NotOlderThan")) {
                wrong.add(unsupportedMatch(match, "\"Exact\", \"NotOlderThan\", \"\""));
            }
            if (match.equals("Exact") && version.equals("0")) {
                wrong.add(forbidden(
                        "resourceVersionMatch",
                        "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }
        if (initial.isPresent()) {
            wrong.add(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
        return wrong;
    }

    private static List<Cause> wrongWatch(String match, Optional<Boolean> initial, String token) {
        List<Cause> wrong = new ArrayList<>();
        if (initial.isPresent() && !match.equals("NotOlderThan")) {
            wrong.add(forbidden(
                    "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }
        if (match.isEmpty()) {
            return wrong;
        }
        if (initial.isEmpty()) {
            wrong.add(forbidden(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }
        if (!match.equals("NotOlderThan")) {
            wrong.add(unsupportedMatch(match, "\"NotOlderThan\""));
        }
        if (!token.isEmpty()) {
            wrong.add(forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
        }
        return wrong;
    }

    private static Cause forbidden(String field, String why) {
        return new Cause("FieldValueForbidden", "Forbidden: " + why, field);
    }

    private static Cause unsupportedMatch(String match, String supported) {
        return new Cause(
                "FieldValueNotSupported",
                "Unsupported value: " + GoText.quote(match) + ": supported values: " + supported,
                "resourceVersionMatch");
    }
}
