package dev.navarch.embedded;

import dev.navarch.apiserver.fields.FieldWriter;
import dev.navarch.apiserver.request.ApiRequest;

/**
 * A request to the API server as faults match it and as it is listed. Absent parts are empty.
 *
 * @param verb get, list, watch, create, update, patch, delete or deletecollection
 * @param resource in the plural, such as {@code deployments}
 * @param manager who it says it is as a manager of fields; the client program's name if it doesn't say
 */
public record ApiCall(
        String verb,
        String group,
        String resource,
        String subresource,
        String namespace,
        String name,
        String user,
        String manager,
        String path) {

    static ApiCall of(ApiRequest request) {
        var info = request.info();
        return new ApiCall(
                info.verb(),
                info.group(),
                info.resource(),
                info.subresource(),
                info.namespace(),
                info.name(),
                request.user().name(),
                FieldWriter.named(request.query().value("fieldManager"), request.header("User-Agent", "")),
                info.path());
    }

    /** Whether it is this verb on this resource; {@code pods/status} is a subresource. */
    public boolean is(String wanted, String plural) {
        return verb.equals(wanted) && plural.equals(subresource.isEmpty() ? resource : resource + "/" + subresource);
    }

    /** Whether it changes something. */
    public boolean writes() {
        return switch (verb) {
            case "create", "update", "patch", "delete", "deletecollection" -> true;
            default -> false;
        };
    }

    /** Whether it is of the cluster's own components, and not of a client under test. */
    public boolean ofTheSystem() {
        return user.startsWith("system:");
    }
}
