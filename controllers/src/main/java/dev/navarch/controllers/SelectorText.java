package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Selectors as Go prints them, which messages of upstream contain. */
public final class SelectorText {
    private SelectorText() {}

    public static String of(@Nullable LabelSelector selector) {
        if (selector == null) {
            return "nil";
        }
        var text = new StringBuilder("&LabelSelector{MatchLabels:map[string]string{");
        var labels = selector.getMatchLabels();
        new TreeMap<>(labels == null ? Map.<String, String>of() : labels)
                .forEach((k, v) -> text.append(k).append(": ").append(v).append(','));
        text.append("},MatchExpressions:[]LabelSelectorRequirement{");
        if (selector.getMatchExpressions() != null) {
            selector.getMatchExpressions()
                    .forEach(e -> text.append("LabelSelectorRequirement{Key:")
                            .append(e.getKey())
                            .append(",Operator:")
                            .append(e.getOperator())
                            .append(",Values:[")
                            .append(e.getValues() == null ? "" : String.join(" ", e.getValues()))
                            .append("],},"));
        }
        return text.append("},}").toString();
    }
}
