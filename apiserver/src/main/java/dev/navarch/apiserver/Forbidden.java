package dev.navarch.apiserver;

/** The refusal's text. Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go. */
public final class Forbidden {
    private Forbidden() {}

    public static ApiFailure failure(User user, RequestInfo info, String reason) {
        var why = new StringBuilder("User ")
                .append(GoQuote.quote(user.name()))
                .append(" cannot ")
                .append(info.verb());
        if (info.resourceRequest()) {
            var resource = info.subresource().isEmpty() ? info.resource() : info.resource() + "/" + info.subresource();
            why.append(" resource ").append(GoQuote.quote(resource));
            why.append(" in API group ").append(GoQuote.quote(info.group()));
            if (info.namespace().isEmpty()) {
                why.append(" at the cluster scope");
            } else {
                why.append(" in the namespace ").append(GoQuote.quote(info.namespace()));
            }
        } else {
            why.append(" path ").append(GoQuote.quote(info.path()));
        }
        if (!reason.isEmpty()) {
            why.append(": ").append(reason);
        }
        return ApiFailure.forbidden(info.group(), info.resource(), info.name(), why.toString());
    }
}
