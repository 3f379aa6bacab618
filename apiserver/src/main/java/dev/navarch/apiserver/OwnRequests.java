package dev.navarch.apiserver;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The server's own requests to its API, which pass everything but authentication and authorization. */
public final class OwnRequests {
    /** As whom the server acts. */
    public static final User SELF = new User("system:apiserver", List.of(User.MASTERS));

    private static final Headers HEADERS = Headers.of(
            "Content-Type", ApiResponse.JSON, "Accept", ApiResponse.JSON, "User-Agent", "kube-apiserver/navarch");

    private final RequestHandler api;

    public OwnRequests(RequestHandler api) {
        this.api = api;
    }

    /**
     * @param path of the resource
     * @return false if there is one of this name
     * @throws ApiFailure if it is refused for another reason
     */
    public boolean create(String path, ObjectNode object) throws InterruptedException {
        try {
            send("POST", path, object.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
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
        return unlessGone("PUT", path, object.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** @return false if there is none */
    public boolean delete(String path) throws InterruptedException {
        return unlessGone("DELETE", path, ApiRequest.NO_BODY);
    }

    private boolean unlessGone(String method, String path, byte[] body) throws InterruptedException {
        try {
            send(method, path, body);
            return true;
        } catch (ApiFailure e) {
            if (e.code() == 404 || e.code() == 409) {
                return false;
            }
            throw e;
        }
    }

    private void send(String method, String path, byte[] body) throws InterruptedException {
        api.handle(new ApiRequest(
                method,
                path,
                Query.EMPTY,
                HEADERS,
                body,
                SELF,
                RequestInfoParser.parse(method, path, Query.EMPTY),
                ApiRequest.newAuditId()));
    }
}
