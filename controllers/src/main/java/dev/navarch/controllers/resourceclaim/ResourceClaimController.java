package dev.navarch.controllers.resourceclaim;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimTemplate;

/**
 * Wakes pods whose claims are to be made or reserved, and claims that pods may have ceased to use. source: kubernetes
 * pkg/controller/resourceclaim/controller.go.
 */
public final class ResourceClaimController {
    private final WorkQueue<Key> podQueue;
    private final WorkQueue<Key> claimQueue;
    private final Informer<Pod> pods;
    private final WriteTracker writes;
    private final ClaimMetrics metrics;
    private final GonePods gone = new GonePods();

    private ResourceClaimController(ControllerContext context) {
        podQueue = context.queue("resource_claim_pods");
        claimQueue = context.queue("resource_claim");
        pods = context.informer(Pod.class);
        writes = new WriteTracker(context.time());
        metrics = new ClaimMetrics(context.metrics());
    }

    public static Controller create(ControllerContext context) {
        var controller = new ResourceClaimController(context);
        var claims = context.informer(ResourceClaim.class);
        var templates = context.informer(ResourceClaimTemplate.class);
        controller.pods.addIndex(
                PodClaims.BY_CLAIM,
                pod -> PodClaims.keys(pod).stream().map(Key::toString).toList());
        Pods.indexByController(claims);
        controller.pods.addHandler(controller.new OfPods());
        claims.addHandler(controller.new OfClaims());
        var ofPods = new PodReconciler(
                context,
                controller.pods,
                claims,
                templates,
                controller.writes,
                controller.podQueue,
                controller.metrics);
        var ofClaims = new ClaimReconciler(context, controller.pods, claims, controller.gone);
        int workers = context.settings().workers();
        return Controller.of(
                new ControllerLoop<>("resourceclaim-pods", controller.podQueue, workers, ofPods),
                new ControllerLoop<>("resourceclaim", controller.claimQueue, workers, ofClaims));
    }

    private final class OfPods implements Handler<Pod> {
        @Override
        public void added(Pod pod) {
            if (!PodClaims.hasAny(pod)) {
                return;
            }
            if (PodClaims.isDone(pod)) {
                PodClaims.keys(pod).forEach(claimQueue::add);
            } else if (!Pods.isDeleting(pod)) {
                podQueue.add(Key.of(pod));
            }
        }

        @Override
        public void updated(Pod before, Pod now) {
            added(now);
        }

        @Override
        public void deleted(Pod last) {
            if (PodClaims.hasAny(last)) {
                gone.add(last.getMetadata().getUid());
                PodClaims.keys(last).forEach(claimQueue::add);
                podQueue.add(Key.of(last));
            }
        }
    }

    private final class OfClaims implements Handler<ResourceClaim> {
        @Override
        public void added(ResourceClaim claim) {
            metrics.here(claim);
            claimQueue.add(Key.of(claim));
            wakePods(claim);
        }

        @Override
        public void updated(ResourceClaim before, ResourceClaim now) {
            added(now);
        }

        @Override
        public void deleted(ResourceClaim last) {
            metrics.gone(last);
            wakePods(last);
        }

        private void wakePods(ResourceClaim claim) {
            pods.byIndex(PodClaims.BY_CLAIM, Key.of(claim).toString()).forEach(pod -> podQueue.add(Key.of(pod)));
        }
    }
}
