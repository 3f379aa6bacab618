package dev.navarch.controllers.statefulset;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

/**
 * Makes, mends and deletes single pods of stateful sets, with their claims, and tells of it. source: kubernetes
 * pkg/controller/statefulset/stateful_pod_control.go.
 */
final class PodControl {
    private final Resource<Pod> pods;
    private final Claims claims;
    private final EventRecorder events;

    PodControl(ControllerContext context, Claims claims) {
        pods = context.client().resource(Pod.class);
        this.claims = claims;
        events = context.events();
    }

    Claims claims() {
        return claims;
    }

    void create(StatefulSet set, Pod pod) {
        Pod created;
        try {
            claims.create(set, StatefulPods.ordinal(set, pod));
            created = pods.create(pod);
        } catch (ApiFailure | IllegalStateException e) {
            if (!(e instanceof ApiFailure f && (f.alreadyExists() || f.namespaceTerminating()))) {
                tell("create", set, pod, e);
            }
            throw e;
        }
        retain(set, created, true);
        tell("create", set, pod);
    }

    /** Gives a pod that does not run yet what claims it lacks. */
    void complete(StatefulSet set, Pod pod) {
        claims.create(set, StatefulPods.ordinal(set, pod));
        retain(set, pod, true);
    }

    private void retain(StatefulSet set, Pod pod, boolean tell) {
        try {
            claims.retain(set, pod, tell);
        } catch (ApiFailure e) {
            tell("update", set, pod, e);
            throw e;
        }
    }

    /** Gives a pod back what makes it this pod of this set. */
    void mend(StatefulSet set, Pod pod) {
        var name = pod.getMetadata().getName();
        var labels = pod.getMetadata().getLabels();
        if (labels == null || !name.equals(labels.get(StatefulPods.NAME_LABEL))) {
            try {
                pods.update(new PodBuilder(pod)
                        .editMetadata()
                        .addToLabels(StatefulPods.identity(name, StatefulPods.ordinal(set, pod)))
                        .endMetadata()
                        .build());
                tell("update", set, pod);
            } catch (ApiFailure e) {
                tell("update", set, pod, e);
                throw e;
            }
        }
        if (!StatefulPods.hasVolumes(set, pod)) {
            claims.create(set, StatefulPods.ordinal(set, pod));
        }
        retain(set, pod, false);
    }

    void delete(StatefulSet set, Pod pod) {
        try {
            pods.delete(pod.getMetadata().getNamespace(), pod.getMetadata().getName(), DeleteOptions.exactly(pod));
            tell("delete", set, pod);
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) { // gone, or another by now
                tell("delete", set, pod, e);
                throw e;
            }
        }
    }

    private static String message(String verb, StatefulSet set, Pod pod) {
        return verb + " Pod " + pod.getMetadata().getName() + " in StatefulSet "
                + set.getMetadata().getName();
    }

    private static String capital(String verb) {
        return Character.toUpperCase(verb.charAt(0)) + verb.substring(1);
    }

    private void tell(String verb, StatefulSet set, Pod pod) {
        events.normal(set, "Successful" + capital(verb), message(verb, set, pod) + " successful");
    }

    private void tell(String verb, StatefulSet set, Pod pod, RuntimeException failure) {
        events.warning(
                set, "Failed" + capital(verb), message(verb, set, pod) + " failed error: " + failure.getMessage());
    }
}
