package dev.navarch.apiserver;

import static java.util.Objects.requireNonNull;

/**
 * One request of a known user.
 *
 * @param method HTTP method in upper case
 * @param path decoded path, begins with a slash
 * @param body whole body, empty for none; not to be changed
 * @param user who is answered for, after impersonation
 * @param auditId identifies the request in logs and in the answer's Audit-Id header
 */
public record ApiRequest(
        String method,
        String path,
        Query query,
        Headers headers,
        byte[] body,
        User user,
        RequestInfo info,
        String auditId) {
    public static final byte[] NO_BODY = new byte[0];

    public ApiRequest {
        requireNonNull(method);
        requireNonNull(path);
        requireNonNull(query);
        requireNonNull(headers);
        requireNonNull(body);
        requireNonNull(user);
        requireNonNull(info);
        requireNonNull(auditId);
    }

    public String header(String name, String otherwise) {
        return headers.first(name).orElse(otherwise);
    }

    public ApiRequest withUser(User other) {
        return new ApiRequest(method, path, query, headers, body, other, info, auditId);
    }
}
