package dev.navarch.apiserver.request;

import static java.util.Objects.requireNonNull;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

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

    /** A random identity, of a UUID's form, for a request that brings none. */
    public static String newAuditId() {
        var random = ThreadLocalRandom.current();
        return new UUID((random.nextLong() & ~0xf000L) | 0x4000L, (random.nextLong() >>> 2) | 0x8000000000000000L)
                .toString();
    }

    /** Path and query. */
    public String uri() {
        return query.isEmpty() ? path : path + "?" + query.raw();
    }

    public String header(String name, String otherwise) {
        return headers.first(name).orElse(otherwise);
    }

    public ApiRequest withUser(User other) {
        return new ApiRequest(method, path, query, headers, body, other, info, auditId);
    }
}
