package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.Query;
import dev.navarch.apiserver.Status.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a list, watch or deletecollection selects, and as of when. Source of the rules: k8s.io/apimachinery
 * pkg/apis/meta/internalversion/validation and k8s.io/apiserver pkg/endpoints/handlers/get.go.
 *
 * @param revision -1 if none was given
 * @param limit 0 for all
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
        Optional<Boolean> sendInitialEvents) {

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
                watch ? wrongWatch(matchText, initial, query) : wrongList(matchText, versionText, token, initial);
        if (!wrong.isEmpty()) {
            throw ApiFailure.invalid("meta.k8s.io", "ListOptions", "", wrong);
        }
        return new ListOptions(
                query.value("labelSelector"),
                query.value("fieldSelector"),
                version(versionText, request),
                switch (matchText) {
                    case "Exact" -> Match.EXACT;
                    case "NotOlderThan" -> Match.NOT_OLDER_THAN;
                    default -> Match.UNSET;
                },
                Math.clamp(number(query, "limit").orElse(0L), 0, Integer.MAX_VALUE),
                token,
                number(query, "timeoutSeconds").filter(s -> s > 0).map(s -> Duration.ofSeconds(Math.min(s, 1L << 31))),
                query.flag("allowWatchBookmarks"),
                initial);
    }

    /** A version as clients write it; -1 for none. */
    static long version(String text, ApiRequest request) {
        if (text.isEmpty()) {
            return -1;
        }
        try {
            long version = Long.parseLong(text);
            if (version >= 0 && text.charAt(0) != '+') {
                return version;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw ApiFailure.invalid(
                request.info().group(),
                request.info().resource(),
                request.info().name(),
                List.of(new Cause(
                        "FieldValueInvalid",
                        "Invalid value: \"" + text + "\": strconv.ParseUint: parsing \"" + text + "\": invalid syntax",
                        "resourceVersion")));
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
                wrong.add(unsupportedMatch(match));
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

    private static List<Cause> wrongWatch(String match, Optional<Boolean> initial, Query query) {
        List<Cause> wrong = new ArrayList<>();
        if (initial.isPresent()) {
            if (!match.equals("NotOlderThan")) {
                wrong.add(forbidden(
                        "resourceVersionMatch",
                        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
            }
            if (!query.flag("allowWatchBookmarks") && initial.get()) {
                wrong.add(
                        forbidden("allowWatchBookmarks", "sendInitialEvents requires allowWatchBookmarks to be true"));
            }
        } else if (!match.isEmpty()) {
            wrong.add(forbidden(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }
        return wrong;
    }

    private static Cause forbidden(String field, String why) {
        return new Cause("FieldValueForbidden", "Forbidden: " + why, field);
    }

    private static Cause unsupportedMatch(String match) {
        return new Cause(
                "FieldValueNotSupported",
                "Unsupported value: \"" + match + "\": supported values: \"\", \"Exact\", \"NotOlderThan\"",
                "resourceVersionMatch");
    }
}
