package dev.navarch.client;

import dev.navarch.api.values.LabelSelector;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between the model's selectors and the ones that match. */
public final class Selectors {
    private Selectors() {}

    /**
     * The selector of a model object; absent selects nothing, empty everything.
     *
     * @throws dev.navarch.api.values.SelectorException if it is malformed
     */
    public static LabelSelector of(io.fabric8.kubernetes.api.model.@Nullable LabelSelector selector) {
        return selector == null
                ? LabelSelector.nothing()
                : LabelSelector.ofObject(Json.mapper().valueToTree(selector));
    }

    public static boolean matches(LabelSelector selector, HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        return selector.matches(labels == null ? Map.of() : labels);
    }
}
