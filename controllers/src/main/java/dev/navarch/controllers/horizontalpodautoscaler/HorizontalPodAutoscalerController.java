package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;

/** Wakes each autoscaler once in a period. source: kubernetes pkg/controller/podautoscaler/horizontal.go. */
public final class HorizontalPodAutoscalerController {
    private HorizontalPodAutoscalerController() {}

    public static Controller create(ControllerContext context) {
        var settings = AutoscalerSettings.upstream();
        WorkQueue<Key> queue = context.queue("horizontalpodautoscaler");
        var autoscalers = context.informer(HorizontalPodAutoscaler.class);
        var pods = context.informer(Pod.class);
        var client = context.client();
        var kinds = new Kinds(client);
        Autoscaling.Teller events = (about, warning, reason, message) -> {
            if (warning) {
                context.events().warning(about, reason, message);
            } else {
                context.events().normal(about, reason, message);
            }
        };
        var autoscaling = new Autoscaling(
                new ScaleApi(client, kinds),
                new MetricsApi(client, kinds),
                (namespace, selector) -> pods.list(namespace).stream()
                        .filter(p -> Selectors.matches(selector, p))
                        .toList(),
                events,
                new AutoscalerMetrics(context.metrics().registry()),
                settings,
                context.time());
        autoscalers.addHandler(new Handler<HorizontalPodAutoscaler>() {
            @Override
            public void added(HorizontalPodAutoscaler autoscaler) {
                queue.addAfter(Key.of(autoscaler), settings.period());
            }

            @Override
            public void updated(HorizontalPodAutoscaler before, HorizontalPodAutoscaler now) {
                added(now);
            }

            @Override
            public void deleted(HorizontalPodAutoscaler last) {
                queue.add(Key.of(last));
            }
        });
        return Controller.of(new ControllerLoop<>(
                "horizontalpodautoscaler",
                queue,
                settings.workers(),
                new AutoscalerReconciler(
                        autoscalers,
                        client.resource(HorizontalPodAutoscaler.class),
                        autoscaling,
                        events,
                        queue,
                        settings)));
    }
}
