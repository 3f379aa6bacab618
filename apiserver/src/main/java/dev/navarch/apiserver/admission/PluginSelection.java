package dev.navarch.apiserver.admission;

import java.util.Set;
import java.util.TreeSet;

/**
 * Which plugins take part, beside those that do by default (source: kubernetes pkg/kubeapiserver/options/admission.go).
 *
 * @param enabled names of plugins that are off by default
 * @param disabled names of plugins that are on by default
 */
public record PluginSelection(Set<String> enabled, Set<String> disabled) {
    public static final PluginSelection STANDARD = new PluginSelection(Set.of(), Set.of());

    /** @throws IllegalArgumentException naming plugins that there are not, or that are both enabled and disabled */
    public PluginSelection {
        enabled = Set.copyOf(enabled);
        disabled = Set.copyOf(disabled);
        var unknown = new TreeSet<>(enabled);
        unknown.addAll(disabled);
        unknown.removeIf(PluginTable::knows);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown admission plugins: " + String.join(", ", unknown));
        }
        var both = new TreeSet<>(enabled);
        both.retainAll(disabled);
        if (!both.isEmpty()) {
            throw new IllegalArgumentException(
                    String.join(", ", both) + " in enable-admission-plugins and disable-admission-plugins overlapped");
        }
    }
}
