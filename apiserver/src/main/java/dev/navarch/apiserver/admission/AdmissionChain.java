package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.AdmissionSettings;
import dev.navarch.apiserver.Authorizer;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The plugins in upstream's order (source: kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins). */
public final class AdmissionChain {
    private final List<PluginStep> admitting;
    private final List<PluginStep> validating;
    private final StepMetrics metrics;

    public AdmissionChain(List<AdmissionPlugin> plugins, StepMetrics metrics) {
        this.metrics = metrics;
        admitting = steps("admit", plugins, metrics, plugin -> plugin::admit);
        validating = steps("validate", plugins, metrics, plugin -> plugin::validate);
    }

    /** What a plugin does in a step, and where its time goes. */
    private record PluginStep(Check check, StepMetrics.Plugin metrics) {
        void run(AdmissionRequest request) throws InterruptedException {
            metrics.observe(request.operation(), () -> check.run(request));
        }
    }

    private interface Check {
        void run(AdmissionRequest request) throws InterruptedException;
    }

    /** Those of the plugins that take part in the step. */
    private static List<PluginStep> steps(
            String step, List<AdmissionPlugin> plugins, StepMetrics metrics, Function<AdmissionPlugin, Check> check) {
        return plugins.stream()
                .filter(plugin -> takesPart(plugin, step))
                .map(plugin -> new PluginStep(check.apply(plugin), metrics.of(plugin.name(), step)))
                .toList();
    }

    private static boolean takesPart(AdmissionPlugin plugin, String step) {
        try {
            return plugin.getClass().getMethod(step, AdmissionRequest.class).getDeclaringClass()
                    != AdmissionPlugin.class;
        } catch (NoSuchMethodException e) {
            throw new LinkageError(step, e);
        }
    }

    /**
     * @param objects what is stored, for plugins that depend on other objects than the request's own
     * @param resources plural names of those that hold objects of a kind
     * @param checks plugins from outside, which see what all others have made of the object
     * @param configured plugins that ask what the cluster's users have configured: policies and webhooks
     */
    public static AdmissionChain standard(
            StoredObjects objects,
            AdmissionSettings settings,
            Authorizer authorizer,
            BiFunction<String, String, List<String>> resources,
            NameSuffixes suffixes,
            List<AdmissionPlugin> checks,
            List<AdmissionPlugin> configured,
            StepMetrics metrics,
            TimeSource time) {
        List<AdmissionPlugin> plugins = new ArrayList<>(List.of(
                new NamespaceLifecycle(objects),
                new LimitRanger(objects),
                new ServiceAccountAdmission(objects, suffixes),
                new NodeRestriction(objects),
                new AlwaysPullImages(),
                new PodSecurityAdmission(objects, settings.podSecurity()),
                new PriorityAdmission(objects),
                new DefaultTolerationSeconds(),
                new ExtendedResourceToleration(),
                new DefaultStorageClass(objects),
                new StorageProtection(),
                new OwnerReferencesPermissionEnforcement(authorizer, resources),
                new ClaimResize(objects),
                new RuntimeClassAdmission(objects),
                new DeviceClaimAdmission(objects),
                new SigningRequests(time),
                SignerPermission.approval(authorizer),
                SignerPermission.signing(authorizer),
                new CertificateSubjectRestriction(),
                new DefaultIngressClass(objects),
                new DenyServiceExternalIps(),
                new StartOrder(),
                new DeletionGuard()));
        plugins.addAll(checks);
        plugins.addAll(configured);
        plugins.add(new QuotaAdmission(objects, time)); // last: what it has charged, nobody else refuses
        plugins.removeIf(plugin -> !settings.plugins().takesPart(plugin));
        return new AdmissionChain(plugins, metrics);
    }

    /** For what is not an object but is done to one: evictions, tokens, bindings, scales. */
    public static AdmissionChain ofParts(
            StoredObjects objects, AdmissionSettings settings, List<AdmissionPlugin> configured, StepMetrics metrics) {
        List<AdmissionPlugin> plugins = new ArrayList<>(List.of(new NodeRestriction(objects)));
        plugins.addAll(configured);
        plugins.removeIf(plugin -> !settings.plugins().takesPart(plugin));
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
        for (var plugin : admitting) {
            plugin.run(request);
        }
    }

    public void validate(AdmissionRequest request) throws InterruptedException {
        metrics.validate(request.operation(), () -> {
            for (var plugin : validating) {
                plugin.run(request);
            }
        });
    }
}
