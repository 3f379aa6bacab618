package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.client.Json;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Autoscalers from text. */
final class Yaml {
    private Yaml() {}

    static HorizontalPodAutoscaler autoscaler(String text) {
        var tree = new Load(LoadSettings.builder().build()).loadFromString(text);
        return Json.mapper().convertValue(tree, HorizontalPodAutoscaler.class);
    }
}
