package dev.navarch.apiserver.request;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;

/**
 * What a list, watch or deletecollection narrows itself to, as authorizers may heed it. Requirements that can't be read are
 * left out, so that what is authorized is at least what is asked for (source: k8s.io/apiserver
 * pkg/endpoints/filters/authorization.go, GetAuthorizerAttributes).
 */
public record Selectors(FieldSelector fields, LabelSelector labels) {
    public static final Selectors NONE = new Selectors(FieldSelector.everything(), LabelSelector.everything());

    public Selectors {
        requireNonNull(fields);
        requireNonNull(labels);
    }

    /** As they stand in a query; empty for none. */
    public static Selectors of(String fields, String labels) {
        return fields.isEmpty() && labels.isEmpty() ? NONE : new Selectors(fields(fields), labels(labels));
    }

    private static FieldSelector fields(String text) {
        try {
            return FieldSelector.parse(text);
        } catch (SelectorException _) {
            return FieldSelector.everything();
        }
    }

    private static LabelSelector labels(String text) {
        try {
            return LabelSelector.parse(text);
        } catch (SelectorException _) {
            return LabelSelector.everything();
        }
    }
}
