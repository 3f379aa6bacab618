package dev.navarch.apiserver.authz;

import java.util.LinkedHashSet;
import java.util.List;

/** Several errors as one text (source: k8s.io/apimachinery pkg/util/errors, Aggregate). */
final class Aggregate {
    private Aggregate() {}

    /** Empty if there are none; each is told once. */
    static String text(List<String> errors) {
        var all = new LinkedHashSet<>(errors);
        return all.size() == 1 ? all.getFirst() : all.isEmpty() ? "" : "[" + String.join(", ", all) + "]";
    }
}
