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

    /** Off unless enabled, as upstream's. */
    private static final Set<String> OPTIONAL =
            Set.of("AlwaysPullImages", "ExtendedResourceToleration", "OwnerReferencesPermissionEnforcement");

    private static final Set<String> STANDARD_PLUGINS = Set.of(
            "NamespaceLifecycle",
            "LimitRanger",
            "ServiceAccount",
            "NodeRestriction",
            "PodSecurity",
            "Priority",
            "DefaultTolerationSeconds",
            "DefaultStorageClass",
            "StorageObjectInUseProtection",
            "PersistentVolumeClaimResize",
            "RuntimeClass",
            "CertificateApproval",
            "CertificateSigning",
            "CertificateSubjectRestriction",
            "DefaultIngressClass",
            "DenyServiceExternalIPs",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionWebhook",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionWebhook",
            "ResourceQuota");

    /** @throws IllegalArgumentException naming plugins that there are not, or that are both enabled and disabled */
    public PluginSelection {
        enabled = Set.copyOf(enabled);
        disabled = Set.copyOf(disabled);
        var unknown = new TreeSet<>(enabled);
        unknown.addAll(disabled);
        unknown.removeIf(name -> OPTIONAL.contains(name) || STANDARD_PLUGINS.contains(name));
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

    boolean takesPart(AdmissionPlugin plugin) {
        var name = plugin.name();
        return !disabled.contains(name) && (!OPTIONAL.contains(name) || enabled.contains(name));
    }
}
