package dev.navarch.controllers.startorder;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Takes the gate {@value #KEY} from pods once everything that their annotation of that name lists is ready. */
public final class StartOrderController implements Reconciler<Key> {
    static final String KEY = "navarch.dev/start-after";
    private static final String WAITING = "gated";
    private static final int MOST_TOLD = 5;
    private static final int LONGEST_TOLD = 80;

    private final Informer<Pod> pods;
    private final Readiness readiness;
    private final Resource<Pod> resource;
    private final EventRecorder events;

    private StartOrderController(ControllerContext context, Informer<Pod> pods, Readiness readiness) {
        this.pods = pods;
        this.readiness = readiness;
        resource = context.client().resource(Pod.class);
        events = context.events();
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("start-order");
        var pods = context.informer(Pod.class);
        pods.addIndex(WAITING, pod -> gated(pod) ? List.of(pod.getMetadata().getNamespace()) : List.of());
        var readiness = new Readiness(
                context.informer(Deployment.class),
                context.informer(StatefulSet.class),
                context.informer(DaemonSet.class),
                context.informer(Job.class));
        pods.addHandler(Handler.each(pod -> {
            if (gated(pod)) {
                queue.add(Key.of(pod));
            }
        }));
        Handler<HasMetadata> wake = Handler.each(workload ->
                pods.byIndex(WAITING, workload.getMetadata().getNamespace()).forEach(pod -> queue.add(Key.of(pod))));
        readiness.deployments().addHandler(wake);
        readiness.statefulSets().addHandler(wake);
        readiness.daemonSets().addHandler(wake);
        readiness.jobs().addHandler(wake);
        return Controller.of(
                new ControllerLoop<>("start-order", queue, 1, new StartOrderController(context, pods, readiness)));
    }

    private static boolean gated(Pod pod) {
        return pod.getSpec() != null
                && pod.getSpec().getSchedulingGates().stream().anyMatch(gate -> KEY.equals(gate.getName()));
    }

    @Override
    public void reconcile(Key key) {
        var found = pods.get(key).filter(StartOrderController::gated).filter(pod -> !Pods.isDeleting(pod));
        if (found.isEmpty()) {
            return;
        }
        var pod = found.get();
        var annotations = pod.getMetadata().getAnnotations();
        var after = annotations == null ? "" : annotations.getOrDefault(KEY, "");
        var missing = Arrays.stream(after.split(","))
                .map(String::strip)
                .filter(reference -> !reference.isEmpty() && !readiness.ready(key.namespace(), reference))
                .toList();
        if (missing.isEmpty()) {
            resource.update(new PodBuilder(pod)
                    .editSpec()
                    .removeMatchingFromSchedulingGates(gate -> KEY.equals(gate.getName()))
                    .endSpec()
                    .build());
        } else {
            events.normal(pod, "WaitingToStart", "Waiting until ready: " + some(missing));
        }
    }

    /** Whoever names a thousand is told of a few. */
    private static String some(List<String> names) {
        var told = names.stream()
                .limit(MOST_TOLD)
                .map(name -> name.length() > LONGEST_TOLD ? name.substring(0, LONGEST_TOLD) + "..." : name)
                .collect(Collectors.joining(", "));
        return names.size() > MOST_TOLD ? told + " and " + (names.size() - MOST_TOLD) + " more" : told;
    }
}
