package dev.navarch.client;

/**
 * What a list or watch is about. Empty strings mean "no restriction".
 *
 * @param resourceVersion "" for the newest state, "0" for whatever the server has at hand
 * @param limit objects per page; pages are followed to the end. 0 asks for all at once
 */
public record ListQuery(
        String namespace, String labelSelector, String fieldSelector, String resourceVersion, int limit) {

    private static final ListQuery ALL = new ListQuery("", "", "", "", 0);

    /** Every object of the type, in all namespaces. */
    public static ListQuery all() {
        return ALL;
    }

    public static ListQuery inNamespace(String namespace) {
        return ALL.namespace(namespace);
    }

    public static ListQuery withLabels(String selector) {
        return ALL.labels(selector);
    }

    /** Such as {@code withField("spec.nodeName", "n1")}. */
    public static ListQuery withField(String field, String value) {
        return ALL.fields(field + "=" + value);
    }

    public ListQuery namespace(String namespace) {
        return new ListQuery(namespace, labelSelector, fieldSelector, resourceVersion, limit);
    }

    public ListQuery labels(String selector) {
        return new ListQuery(namespace, selector, fieldSelector, resourceVersion, limit);
    }

    public ListQuery fields(String selector) {
        return new ListQuery(namespace, labelSelector, selector, resourceVersion, limit);
    }

    public ListQuery at(String resourceVersion) {
        return new ListQuery(namespace, labelSelector, fieldSelector, resourceVersion, limit);
    }

    public ListQuery limit(int limit) {
        return new ListQuery(namespace, labelSelector, fieldSelector, resourceVersion, limit);
    }
}
