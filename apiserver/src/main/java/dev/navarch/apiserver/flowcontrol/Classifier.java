package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells which flow a request is of. Which rules may concern a user is found out once, so that a request is held against
 * these alone. Immutable but for that memory.
 */
final class Classifier {
    private static final int MOST_USERS = 10_000;

    /** In the order in which they match. */
    private final List<FlowSchema> schemas;

    private final FlowSchema catchAll;
    private final ConcurrentHashMap<String, Candidates> byName = new ConcurrentHashMap<>();

    /** What may concern a user. */
    private record Candidates(List<String> groups, Candidate[] inOrder, Flow otherwise) {}

    /** A rule of a schema that concerns the user. */
    private record Candidate(FlowSchema schema, SchemaSpec.Rule rule, Flow ofUser) {}

    /** @param catchAll for whom none of the schemas matches */
    Classifier(List<FlowSchema> schemas, FlowSchema catchAll) {
        this.schemas = List.copyOf(schemas);
        this.catchAll = catchAll;
    }

    List<FlowSchema> schemas() {
        return schemas;
    }

    Flow classify(User user, RequestInfo info) {
        var candidates = candidates(user);
        for (var candidate : candidates.inOrder) {
            if (candidate.rule.matches(info)) {
                return candidate.schema.ofRequest(info.namespace(), candidate.ofUser);
            }
        }
        return candidates.otherwise;
    }

    private Candidates candidates(User user) {
        var known = byName.get(user.name());
        if (known != null && known.groups.equals(user.groups())) {
            return known;
        }
        if (byName.size() >= MOST_USERS) {
            byName.clear(); // there may be any number
        }
        var found = find(user);
        byName.put(user.name(), found);
        return found;
    }

    private Candidates find(User user) {
        List<Candidate> found = new ArrayList<>();
        for (var schema : schemas) {
            var ofUser = schema.ofUser(user.name());
            for (var rule : schema.spec().rules()) {
                if (rule.concerns(user)) {
                    found.add(new Candidate(schema, rule, ofUser));
                }
            }
        }
        return new Candidates(user.groups(), found.toArray(new Candidate[0]), catchAll.ofUser(user.name()));
    }
}
