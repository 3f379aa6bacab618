package dev.navarch.apiserver.request;

import tools.jackson.databind.node.ObjectNode;

/** A resource that can be created but is nowhere stored, such as TokenReview: its creation is a question. */
public interface VirtualResource {

    /**
     * Answers {@code body}, which is decoded and defaulted and may be changed.
     *
     * @throws ApiFailure to refuse
     */
    ObjectNode create(ApiRequest request, ObjectNode body);

    /** Where a virtual resource is served; {@code subresource} is empty for a resource of its own. */
    record Target(String group, String resource, String subresource) {
        public Target(String group, String resource) {
            this(group, resource, "");
        }
    }
}
