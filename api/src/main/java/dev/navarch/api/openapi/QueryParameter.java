package dev.navarch.api.openapi;

import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import java.util.ArrayList;
import java.util.List;

/** A parameter of an operation's query. */
record QueryParameter(String name, String type, String description) {

    static final QueryParameter PRETTY = new QueryParameter("pretty", "string", "If 'true', the answer is indented.");

    private static final QueryParameter DRY_RUN =
            new QueryParameter("dryRun", "string", "'All' goes through every stage of the request but stores nothing.");
    private static final QueryParameter FIELD_MANAGER =
            new QueryParameter("fieldManager", "string", "Who makes the change; at most 128 printable characters.");
    private static final QueryParameter FIELD_VALIDATION = new QueryParameter(
            "fieldValidation",
            "string",
            "What happens to unknown and duplicate fields: 'Ignore' drops them, 'Warn' (the default) also warns, 'Strict' "
                    + "refuses the request.");
    private static final QueryParameter FORCE =
            new QueryParameter("force", "boolean", "Takes over fields that others manage; only for apply patches.");

    private static final List<QueryParameter> SELECT = List.of(
            new QueryParameter("labelSelector", "string", "Restricts the objects by their labels."),
            new QueryParameter("fieldSelector", "string", "Restricts the objects by their fields."),
            new QueryParameter("resourceVersion", "string", "The revision that the answer may be served from."),
            new QueryParameter(
                    "resourceVersionMatch", "string", "How resourceVersion is meant: 'Exact' or 'NotOlderThan'."),
            new QueryParameter("timeoutSeconds", "integer", "How long the call may take."),
            new QueryParameter("limit", "integer", "How many objects one page may have."),
            new QueryParameter(
                    "continue", "string", "The token of the page before; gives the next one of the same list."),
            new QueryParameter(
                    "sendInitialEvents",
                    "boolean",
                    "Makes a watch begin with what is there, ended by a bookmark; needs resourceVersionMatch."));
    private static final List<QueryParameter> WATCH = List.of(
            new QueryParameter("watch", "boolean", "Streams the changes instead of listing."),
            new QueryParameter("allowWatchBookmarks", "boolean", "Lets a watch send bookmarks."));
    private static final List<QueryParameter> DELETE = List.of(
            DRY_RUN,
            new QueryParameter(
                    "gracePeriodSeconds", "integer", "How long the object may take to end; 0 means at once."),
            new QueryParameter("orphanDependents", "boolean", "Deprecated: use propagationPolicy."),
            new QueryParameter(
                    "propagationPolicy",
                    "string",
                    "What happens to dependents: 'Orphan', 'Background' or 'Foreground'."));

    /** The parameters of an operation; those of a connection are the fields of its options. */
    static List<QueryParameter> of(Operations.Parameters parameters) {
        return switch (parameters) {
            case NONE, CONNECT -> List.of();
            case LIST -> joined(WATCH, SELECT);
            case WRITE -> List.of(DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION);
            case PATCH -> List.of(DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, FORCE);
            case DELETE -> DELETE;
            case DELETE_COLLECTION -> joined(DELETE, SELECT);
        };
    }

    /** The fields of an options type, such as {@code PodLogOptions}. */
    static List<QueryParameter> of(ObjectSchema options) {
        var parameters = new ArrayList<QueryParameter>();
        for (var field : options.fields().values()) {
            if (!field.name().equals("kind") && !field.name().equals("apiVersion")) {
                var type = field.schema() instanceof ScalarSchema scalar ? scalar.type() : ScalarType.STRING;
                parameters.add(new QueryParameter(field.name(), type.openApiType(), options.description(field.name())));
            }
        }
        return parameters;
    }

    private static List<QueryParameter> joined(List<QueryParameter> first, List<QueryParameter> second) {
        var all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
