package dev.navarch.controllers.restartonchange;

import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.util.Map;
import java.util.function.Function;

/**
 * Notes at a workload what its configuration holds; when that has changed, its template is given the new hash too, and
 * the workload's own controller rolls it out as any other change, by the strategy that it has.
 */
final class RestartReconciler<T extends HasMetadata> implements Reconciler<Key> {
    static final String WANTED = "navarch.dev/restart-on-change";
    static final String HASH = "navarch.dev/config-hash";

    private final Informer<T> objects;
    private final Resource<T> resource;
    private final Function<T, PodTemplateSpec> template;
    private final Content content;
    private final EventRecorder events;

    RestartReconciler(
            Informer<T> objects,
            Resource<T> resource,
            Function<T, PodTemplateSpec> template,
            Content content,
            EventRecorder events) {
        this.objects = objects;
        this.resource = resource;
        this.template = template;
        this.content = content;
        this.events = events;
    }

    static boolean wanted(HasMetadata workload) {
        return "true".equals(annotations(workload).get(WANTED));
    }

    private static Map<String, String> annotations(HasMetadata workload) {
        var annotations = workload.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    @Override
    public void reconcile(Key key) {
        objects.get(key)
                .filter(RestartReconciler::wanted)
                .filter(o -> !Pods.isDeleting(o))
                .ifPresent(o -> content.hash(key.namespace(), template.apply(o).getSpec())
                        .filter(hash -> !hash.equals(annotations(o).get(HASH)))
                        .ifPresent(hash -> note(key, o, hash)));
    }

    /** The first time nothing is restarted: what runs has just begun with this. */
    private void note(Key key, T workload, String hash) {
        boolean first = !annotations(workload).containsKey(HASH);
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata")
                .put("resourceVersion", workload.getMetadata().getResourceVersion())
                .putObject("annotations")
                .put(HASH, hash);
        if (!first) {
            patch.putObject("spec")
                    .putObject("template")
                    .putObject("metadata")
                    .putObject("annotations")
                    .put(HASH, hash);
        }
        resource.patch(key.namespace(), key.name(), new Patch.Merge(patch));
        if (!first) {
            events.normal(workload, "ConfigurationChanged", "Restarting: a ConfigMap or Secret in use has changed");
        }
    }
}
