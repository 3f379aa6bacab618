package dev.navarch.apiserver.request;

import dev.navarch.api.values.GoText;

/** The refusal's text. Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go. */
public final class Forbidden {
    private Forbidden() {}

    /** Of what could not be found out nobody can say that it is forbidden (source: .../filters/authorization.go). */
    public static ApiFailure failure(User user, RequestInfo info, Decision decision) {
        return decision.evaluationError().isEmpty()
                ? failure(user, info, decision.reason())
                : ApiFailure.internalError(
                        "Internal Server Error: " + GoText.quote(info.path()) + ": " + decision.evaluationError());
    }

    public static ApiFailure failure(User user, RequestInfo info, String reason) {
        var why = new StringBuilder("User ")
                .append(GoText.quote(user.name()))
                .append(" cannot ")
                .append(info.verb());
        if (info.resourceRequest()) {
            var resource = info.subresource().isEmpty() ? info.resource() : info.resource() + "/" + info.subresource();
            why.append(" resource ").append(GoText.quote(resource));
            why.append(" in API group ").append(GoText.quote(info.group()));
            if (info.namespace().isEmpty()) {
                why.append(" at the cluster scope");
            } else {
                why.append(" in the namespace ").append(GoText.quote(info.namespace()));
            }
        } else {
            why.append(" path ").append(GoText.quote(info.path()));
        }
        if (!reason.isEmpty()) {
            why.append(": ").append(reason);
        }
        return ApiFailure.forbidden(info.group(), info.resource(), info.name(), why.toString());
    }
}
