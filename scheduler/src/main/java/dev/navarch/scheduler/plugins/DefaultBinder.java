package dev.navarch.scheduler.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.UncheckedIOException;
import tools.jackson.databind.node.JsonNodeFactory;

/** Binds through the API: POST pods/binding (source: plugins/defaultbinder). */
public final class DefaultBinder implements Plugin.Bind {
    private final ApiClient client;

    public DefaultBinder(ApiClient client) {
        this.client = requireNonNull(client);
    }

    @Override
    public String name() {
        return "DefaultBinder";
    }

    @Override
    public Status bind(CycleState state, PodInfo pod, String node) {
        var binding =
                JsonNodeFactory.instance.objectNode().put("apiVersion", "v1").put("kind", "Binding");
        binding.putObject("metadata")
                .put("namespace", pod.key().namespace())
                .put("name", pod.key().name())
                .put("uid", pod.pod().getMetadata().getUid());
        binding.putObject("target").put("kind", "Node").put("name", node);
        try {
            client.resource(Pod.class).post(pod.key().namespace(), pod.key().name(), "binding", binding);
            return Status.SUCCESS;
        } catch (ApiFailure e) {
            return Status.error(String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            return isBound(pod, node) ? Status.SUCCESS : Status.error(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Whether a binding has come through whose answer was lost: were its room given to another pod, the node would have
     * to hold both.
     */
    private boolean isBound(PodInfo pod, String node) {
        try {
            return client.resource(Pod.class)
                    .get(pod.key().namespace(), pod.key().name())
                    .filter(now -> pod.uid().equals(now.getMetadata().getUid()))
                    .filter(now -> node.equals(now.getSpec().getNodeName()))
                    .isPresent();
        } catch (ApiFailure | UncheckedIOException e) {
            return false;
        }
    }
}
