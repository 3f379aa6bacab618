package dev.navarch.apiserver.admission;

import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;

/** The plugins in upstream's order (source: kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins). */
public record AdmissionChain(List<AdmissionPlugin> plugins, StepMetrics metrics) {
    public AdmissionChain {
        plugins = List.copyOf(plugins);
    }

    /**
     * @param objects what is stored, for plugins that depend on other objects than the request's own
     * @param checks plugins from outside, which see what all others have made of the object
     * @param configured plugins that ask what the cluster's users have configured: policies and webhooks
     */
    public static AdmissionChain standard(
            StoredObjects objects,
            NameSuffixes suffixes,
            List<AdmissionPlugin> checks,
            List<AdmissionPlugin> configured,
            StepMetrics metrics,
            TimeSource time) {
        List<AdmissionPlugin> plugins = new ArrayList<>(List.of(
                new NamespaceLifecycle(objects),
                new LimitRanger(objects),
                new ServiceAccountAdmission(objects, suffixes),
                new PodSecurityAdmission(objects),
                new PriorityAdmission(objects),
                new DefaultTolerationSeconds(),
                new RuntimeClassAdmission(objects),
                new SigningRequests(time)));
        plugins.addAll(checks);
        plugins.addAll(configured);
        plugins.add(new QuotaAdmission(objects, time)); // last: what it has charged, nobody else refuses
        return new AdmissionChain(plugins, metrics);
    }

    public void admit(AdmissionRequest request) throws InterruptedException {
        metrics.admit(request.operation(), () -> {
            admitOnce(request);
            if (request.context().reinvocation().begin()) {
                admitOnce(request);
            }
        });
    }

    private void admitOnce(AdmissionRequest request) throws InterruptedException {
        for (var plugin : plugins) {
            plugin.admit(request);
        }
    }

    public void validate(AdmissionRequest request) throws InterruptedException {
        metrics.validate(request.operation(), () -> {
            for (var plugin : plugins) {
                plugin.validate(request);
            }
        });
    }
}
