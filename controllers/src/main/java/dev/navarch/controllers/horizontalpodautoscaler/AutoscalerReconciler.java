package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at an autoscaler and writes its status if that is another; and looks again after the period, whatever happens. */
final class AutoscalerReconciler implements Reconciler<Key> {
    private static final Logger log = LoggerFactory.getLogger(AutoscalerReconciler.class);

    private final Informer<HorizontalPodAutoscaler> autoscalers;
    private final Resource<HorizontalPodAutoscaler> resource;
    private final Autoscaling autoscaling;
    private final Autoscaling.Teller events;
    private final WorkQueue<Key> queue;
    private final AutoscalerSettings settings;

    AutoscalerReconciler(
            Informer<HorizontalPodAutoscaler> autoscalers,
            Resource<HorizontalPodAutoscaler> resource,
            Autoscaling autoscaling,
            Autoscaling.Teller events,
            WorkQueue<Key> queue,
            AutoscalerSettings settings) {
        this.autoscalers = autoscalers;
        this.resource = resource;
        this.autoscaling = autoscaling;
        this.events = events;
        this.queue = queue;
        this.settings = settings;
    }

    @Override
    public void reconcile(Key key) {
        var found = autoscalers.get(key);
        if (found.isEmpty()) {
            autoscaling.forget(key);
            return;
        }
        var autoscaler = found.get();
        try {
            var outcome = autoscaling.look(autoscaler);
            outcome.failure().ifPresent(why -> log.info("Autoscaler {}: {}", key, why));
            if (!outcome.status().equals(autoscaler.getStatus())) {
                resource.updateStatus(new HorizontalPodAutoscalerBuilder(autoscaler)
                        .withStatus(outcome.status())
                        .build());
            }
        } catch (ApiFailure e) {
            events.tell(autoscaler, true, "FailedUpdateStatus", String.valueOf(e.getMessage()));
            log.info("Autoscaler {}: failed to update its status: {}", key, e.getMessage());
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof InterruptedIOException) {
                throw e;
            }
            log.info("Autoscaler {}: {}", key, e.getMessage());
        }
        queue.addAfter(key, settings.period());
    }
}
