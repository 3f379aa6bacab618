package dev.navarch.apiserver.policy;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Finds what policies are parameterised with. Objects are shared: never change one. */
public interface ParamObjects {

    /** Those of a kind; empty if none such is served. */
    Optional<Params> of(String apiVersion, String kind);

    /** The objects of one kind at one version. */
    interface Params {
        /** The resource's name. */
        String plural();

        boolean namespaced();

        /** @param namespace empty for cluster-scoped kinds */
        Optional<ObjectNode> get(String namespace, String name);

        /** @param namespace empty for cluster-scoped kinds */
        List<ObjectNode> list(String namespace);
    }
}
