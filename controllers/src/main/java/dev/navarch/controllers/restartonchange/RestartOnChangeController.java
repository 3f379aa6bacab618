package dev.navarch.controllers.restartonchange;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Looks at workloads that ask for it by {@value RestartReconciler#WANTED}, and at all ConfigMaps and Secrets. */
public final class RestartOnChangeController {
    private RestartOnChangeController() {}

    /** A kind of workload, with the queue of those to look at. */
    private record Kind<T extends HasMetadata>(Informer<T> objects, WorkQueue<Key> queue) {
        void wake(HasMetadata config) {
            objects.list(config.getMetadata().getNamespace()).stream()
                    .filter(RestartReconciler::wanted)
                    .forEach(o -> queue.add(Key.of(o)));
        }
    }

    public static Controller create(ControllerContext context) {
        var configMaps = context.informer(ConfigMap.class);
        var secrets = context.informer(Secret.class);
        List<Kind<?>> kinds = new ArrayList<>();
        List<ControllerLoop<?>> loops = new ArrayList<>();
        var content = new Content(configMaps, secrets);
        add(context, Deployment.class, d -> d.getSpec().getTemplate(), content, kinds, loops);
        add(context, StatefulSet.class, s -> s.getSpec().getTemplate(), content, kinds, loops);
        add(context, DaemonSet.class, d -> d.getSpec().getTemplate(), content, kinds, loops);
        configMaps.addHandler(Handler.each(c -> kinds.forEach(kind -> kind.wake(c))));
        secrets.addHandler(Handler.each(s -> kinds.forEach(kind -> kind.wake(s))));
        return Controller.of(loops.toArray(ControllerLoop<?>[]::new));
    }

    private static <T extends HasMetadata> void add(
            ControllerContext context,
            Class<T> type,
            Function<T, PodTemplateSpec> template,
            Content content,
            List<Kind<?>> kinds,
            List<ControllerLoop<?>> loops) {
        var objects = context.informer(type);
        WorkQueue<Key> queue = context.queue("restart-on-change");
        objects.addHandler(Handler.each(o -> {
            if (RestartReconciler.wanted(o)) {
                queue.add(Key.of(o));
            }
        }));
        kinds.add(new Kind<>(objects, queue));
        loops.add(new ControllerLoop<>(
                "restart-on-change",
                queue,
                1,
                new RestartReconciler<>(
                        objects, context.client().resource(type), template, content, context.events())));
    }
}
