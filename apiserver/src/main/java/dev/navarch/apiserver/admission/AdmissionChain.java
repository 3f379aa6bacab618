package dev.navarch.apiserver.admission;

import dev.navarch.time.TimeSource;
import java.util.List;

/** The plugins in upstream's order (source: kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins). */
public record AdmissionChain(List<AdmissionPlugin> plugins) {
    public AdmissionChain {
        plugins = List.copyOf(plugins);
    }

    /** @param objects what is stored, for plugins that depend on other objects than the request's own */
    public static AdmissionChain standard(StoredObjects objects, NameSuffixes suffixes, TimeSource time) {
        return new AdmissionChain(List.of(
                new NamespaceLifecycle(objects),
                new ServiceAccountAdmission(objects, suffixes),
                new PriorityAdmission(objects),
                new DefaultTolerationSeconds(),
                new RuntimeClassAdmission(objects),
                new SigningRequests(time)));
    }

    public void admit(AdmissionRequest request) throws InterruptedException {
        for (var plugin : plugins) {
            plugin.admit(request);
        }
    }

    public void validate(AdmissionRequest request) throws InterruptedException {
        for (var plugin : plugins) {
            plugin.validate(request);
        }
    }
}
