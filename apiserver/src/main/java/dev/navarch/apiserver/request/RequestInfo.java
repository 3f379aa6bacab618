package dev.navarch.apiserver.request;

/**
 * What a request is about, as far as method and URL tell. Source: k8s.io/apiserver
 * pkg/endpoints/request/requestinfo.go. Absent parts are empty strings.
 *
 * @param resourceRequest whether the path names a resource; all parts but verb and path are empty otherwise
 * @param verb get, list, watch, create, update, patch, delete, deletecollection or proxy; for other requests the HTTP
 *     method in lower case
 * @param group API group, empty for the core group
 * @param namespace the namespace in the path; for {@code /api/v1/namespaces/x} that is x itself
 * @param name name in the path, or the one that a list, watch or deletecollection selects by {@code
 *     fieldSelector=metadata.name=x}
 * @param path the decoded path of the URL
 * @param selectors of a list, watch or deletecollection
 */
public record RequestInfo(
        boolean resourceRequest,
        String verb,
        String group,
        String version,
        String resource,
        String subresource,
        String namespace,
        String name,
        String path,
        Selectors selectors) {

    /** Without selectors. */
    public RequestInfo(
            boolean resourceRequest,
            String verb,
            String group,
            String version,
            String resource,
            String subresource,
            String namespace,
            String name,
            String path) {
        this(resourceRequest, verb, group, version, resource, subresource, namespace, name, path, Selectors.NONE);
    }

    /** A request for a path that names no resource. */
    public static RequestInfo nonResource(String verb, String path) {
        return new RequestInfo(false, verb, "", "", "", "", "", "", path);
    }

    /** "pods", "deployments.apps". */
    public String qualifiedResource() {
        return group.isEmpty() ? resource : resource + "." + group;
    }

    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    public RequestInfo withVerb(String other) {
        return new RequestInfo(
                resourceRequest, other, group, version, resource, subresource, namespace, name, path, selectors);
    }
}
