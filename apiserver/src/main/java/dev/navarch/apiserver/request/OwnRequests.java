package dev.navarch.apiserver.request;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The server's own requests to its API, which pass everything but authentication and authorization. */
public final class OwnRequests {
    /** As whom the server acts. */
    public static final User SELF = new User("system:apiserver", List.of(User.MASTERS));

    /** The name under which the server manages fields, unless a part of it has one of its own. */
    public static final String MANAGER = "kube-apiserver";

    private static final Headers HEADERS = headers(ApiResponse.JSON);
    private static final Headers APPLYING = headers("application/apply-patch+yaml");
    private static final Headers MERGING = headers("application/merge-patch+json");

    private final RequestHandler api;
    private final String manager;

    public OwnRequests(RequestHandler api) {
        this(api, "");
    }

    private static Headers headers(String contentType) {
        return Headers.of(
                "Content-Type", contentType, "Accept", ApiResponse.JSON, "User-Agent", "kube-apiserver/navarch");
    }

    private OwnRequests(RequestHandler api, String manager) {
        this.api = api;
        this.manager = manager;
    }

    /** The same, whose writes are this manager's of fields. */
    public OwnRequests as(String otherManager) {
        return new OwnRequests(api, otherManager);
    }

    /**
     * Makes the fields of {@code object}, and no others, those of the manager, whoever had them.
     *
     * @param path of the object, or of its subresource
     * @return false if there is none
     * @throws ApiFailure if it is refused for another reason
     */
    public boolean apply(String path, ObjectNode object) throws InterruptedException {
        return unlessGone("PATCH", path, APPLYING, object.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param path of the resource
     * @return false if there is one of this name
     * @throws ApiFailure if it is refused for another reason
     */
    public boolean create(String path, ObjectNode object) throws InterruptedException {
        try {
            send("POST", path, HEADERS, object.toString().getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (ApiFailure e) {
            if (e.reason().equals("AlreadyExists")) {
                return false;
            }
            throw e;
        }
    }

    /**
     * @param path of the object, or of its subresource
     * @param object with the resource version that it is a change of
     * @return false if there is none, or another version of it
     * @throws ApiFailure if it is refused for another reason
     */
    public boolean update(String path, ObjectNode object) throws InterruptedException {
        return unlessGone("PUT", path, HEADERS, object.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Merges a patch (RFC 7386) into an object.
     *
     * @return false if there is none, or not as the patch has it
     * @throws ApiFailure if it is refused for another reason
     */
    public boolean merge(String path, ObjectNode patch) throws InterruptedException {
        return unlessGone("PATCH", path, MERGING, patch.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** @return false if there is none */
    public boolean delete(String path) throws InterruptedException {
        return unlessGone("DELETE", path, HEADERS, ApiRequest.NO_BODY);
    }

    private boolean unlessGone(String method, String path, Headers headers, byte[] body) throws InterruptedException {
        try {
            send(method, path, headers, body);
            return true;
        } catch (ApiFailure e) {
            if (e.code() == 404 || e.code() == 409) {
                return false;
            }
            throw e;
        }
    }

    private void send(String method, String path, Headers headers, byte[] body) throws InterruptedException {
        var query = manager.isEmpty()
                ? Query.EMPTY
                : Query.parse("fieldManager=" + manager + (headers == APPLYING ? "&force=true" : ""));
        api.handle(new ApiRequest(
                method,
                path,
                query,
                headers,
                body,
                SELF,
                RequestInfoParser.parse(method, path, query),
                ApiRequest.newAuditId()));
    }
}
