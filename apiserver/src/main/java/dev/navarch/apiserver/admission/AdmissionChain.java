package dev.navarch.apiserver.admission;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.Function;

/** Plugins, one after the other. Which there are and in which order tells {@link PluginTable}. */
public final class AdmissionChain {
    private final List<PluginStep> admitting;
    private final List<PluginStep> validating;
    private final List<AdmissionPlugin> plugins;
    private final StepMetrics metrics;

    public AdmissionChain(List<AdmissionPlugin> plugins, StepMetrics metrics) {
        this.plugins = List.copyOf(plugins);
        this.metrics = metrics;
        admitting = steps("admit", plugins, metrics, plugin -> plugin::admit);
        validating = steps("validate", plugins, metrics, plugin -> plugin::validate);
    }

    /** Shows what its plugins count. */
    public void register(PrometheusRegistry registry) {
        metrics.register(registry);
        plugins.forEach(plugin -> plugin.register(registry));
    }

    /** What a plugin does in a step, and where its time goes. */
    private record PluginStep(Check check, StepMetrics.Plugin metrics) {
        /** Returns when it was over, which is when the next one begins. */
        long run(AdmissionRequest request, long from) throws InterruptedException {
            boolean passed = false;
            try {
                check.run(request);
                passed = true;
            } finally {
                if (!passed) {
                    metrics.rejected(request.operation(), from);
                }
            }
            return metrics.passed(request.operation(), from);
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

    public void admit(AdmissionRequest request) throws InterruptedException {
        metrics.admit(request.operation(), () -> {
            runAll(admitting, request);
            if (request.context().reinvocation().begin()) {
                runAll(admitting, request);
            }
        });
    }

    public void validate(AdmissionRequest request) throws InterruptedException {
        metrics.validate(request.operation(), () -> runAll(validating, request));
    }

    private void runAll(List<PluginStep> plugins, AdmissionRequest request) throws InterruptedException {
        long from = metrics.now();
        for (int i = 0; i < plugins.size(); i++) {
            from = plugins.get(i).run(request, from);
        }
    }
}
