package dev.navarch.controllers.automaticrollback;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;

/** Looks at Deployments that ask for it by {@value RollbackReconciler#WANTED}. */
public final class AutomaticRollbackController {
    private AutomaticRollbackController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("automatic-rollback");
        var deployments = context.informer(Deployment.class);
        var sets = context.informer(ReplicaSet.class);
        Pods.indexByController(sets);
        deployments.addHandler(Handler.each(d -> {
            if (RollbackReconciler.wanted(d)) {
                queue.add(Key.of(d));
            }
        }));
        // a revision to go back to may be seen later than the deadline that was missed
        sets.addHandler(Handler.each(set -> set.getMetadata().getOwnerReferences().stream()
                .filter(owner -> owner.getKind().equals("Deployment"))
                .forEach(owner -> queue.add(new Key(set.getMetadata().getNamespace(), owner.getName())))));
        return Controller.of(new ControllerLoop<>(
                "automatic-rollback", queue, 1, new RollbackReconciler(context, deployments, sets)));
    }
}
