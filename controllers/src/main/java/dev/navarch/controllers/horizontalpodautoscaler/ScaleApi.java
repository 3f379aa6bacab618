package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import java.io.UncheckedIOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Scales through the API. Source: client-go scale/client.go. */
final class ScaleApi implements ScaleTargets {
    private static final int ATTEMPTS = 5;

    private final ApiClient client;
    private final Kinds kinds;

    ScaleApi(ApiClient client, Kinds kinds) {
        this.client = client;
        this.kinds = kinds;
    }

    @Override
    public Scale get(String namespace, CrossVersionObjectReference target) throws ScaleFailure {
        var scale = read(path(namespace, target), target);
        var status = scale.path("status");
        return new Scale(
                scale.path("spec").path("replicas").asInt(0),
                status.path("replicas").asInt(0),
                selector(status.path("selector")));
    }

    /** The text of autoscaling/v1; older forms have a map of labels. */
    private static String selector(JsonNode selector) {
        if (!selector.isObject()) {
            return selector.asString("");
        }
        var text = new StringBuilder();
        selector.forEachEntry((name, value) ->
                text.append(text.isEmpty() ? "" : ",").append(name).append('=').append(value.asString("")));
        return text.toString();
    }

    @Override
    public void set(String namespace, CrossVersionObjectReference target, int replicas) throws ScaleFailure {
        var path = path(namespace, target);
        for (int attempt = 1; ; attempt++) {
            var scale = (ObjectNode) read(path, target);
            scale.withObject("/spec").put("replicas", replicas);
            try {
                client.raw("PUT", path, scale);
                return;
            } catch (ApiFailure e) {
                if (!e.conflict() || attempt == ATTEMPTS) {
                    throw new ScaleFailure("failed to rescale", String.valueOf(e.getMessage()));
                }
            } catch (UncheckedIOException e) {
                throw new ScaleFailure("failed to rescale", String.valueOf(e.getMessage()));
            }
        }
    }

    private JsonNode read(String path, CrossVersionObjectReference target) throws ScaleFailure {
        try {
            return client.raw(path);
        } catch (ApiFailure e) {
            if (e.notFound()) {
                kinds.forget(version(target), target.getKind());
            }
            throw new ScaleFailure("failed to query scale subresource", String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            throw new ScaleFailure("failed to query scale subresource", String.valueOf(e.getMessage()));
        }
    }

    private String path(String namespace, CrossVersionObjectReference target) throws ScaleFailure {
        try {
            var located = kinds.locate(version(target), target.getKind());
            return located.root() + "/namespaces/" + namespace + "/" + located.plural() + "/" + target.getName()
                    + "/scale";
        } catch (Kinds.NoMatchException | ApiFailure | UncheckedIOException e) {
            throw new ScaleFailure(
                    "unable to determine resource for scale target reference", String.valueOf(e.getMessage()));
        }
    }

    private static String version(CrossVersionObjectReference target) {
        return target.getApiVersion() == null ? "" : target.getApiVersion();
    }
}
