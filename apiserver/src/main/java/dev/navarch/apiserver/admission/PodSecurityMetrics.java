package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.PodSecurityPolicy.Standard;
import dev.navarch.apiserver.pages.Version;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/** What PodSecurity looked at and what came of it (source: k8s.io/pod-security-admission metrics/metrics.go). */
final class PodSecurityMetrics {
    private static final int PRESENT = Integer.parseInt(Version.MINOR);

    enum Mode {
        ENFORCE,
        AUDIT,
        WARN
    }

    private final Counter evaluations = Counter.builder()
            .name("pod_security_evaluations_total")
            .help("Policies that were held against pods, not counting what is ignored or exempt.")
            .labelNames(
                    "decision",
                    "policy_level",
                    "policy_version",
                    "mode",
                    "request_operation",
                    "resource",
                    "subresource")
            .build();
    private final Counter exemptions = Counter.builder()
            .name("pod_security_exemptions_total")
            .help("Requests that are exempt.")
            .labelNames("request_operation", "resource", "subresource")
            .build();
    private final Counter errors = Counter.builder()
            .name("pod_security_errors_total")
            .help("Errors that kept policies from being held against pods, or made them the strictest.")
            .labelNames("fatal", "request_operation", "resource", "subresource")
            .build();

    /** Of most pods in most clusters. */
    private final CounterDataPoint usual =
            evaluations.labelValues("allow", "privileged", "latest", "enforce", "create", "pod", "");

    void register(PrometheusRegistry registry) {
        registry.register(evaluations);
        registry.register(exemptions);
        registry.register(errors);
    }

    void evaluated(AdmissionRequest request, Mode mode, Standard standard, boolean allowed) {
        var operation = lower(request.operation());
        var resource = resource(request);
        if (allowed
                && standard.asksNothing()
                && mode == Mode.ENFORCE
                && operation.equals("create")
                && request.subresource().isEmpty()) {
            usual.inc();
            return;
        }
        evaluations
                .labelValues(
                        allowed ? "allow" : "deny",
                        lower(standard.level()),
                        version(standard),
                        lower(mode),
                        operation,
                        resource,
                        request.subresource())
                .inc();
    }

    void exempted(AdmissionRequest request) {
        exemptions
                .labelValues(lower(request.operation()), resource(request), request.subresource())
                .inc();
    }

    void failed(AdmissionRequest request, boolean fatal) {
        errors.labelValues(
                        Boolean.toString(fatal), lower(request.operation()), resource(request), request.subresource())
                .inc();
    }

    private static String version(Standard standard) {
        if (standard.asksNothing() || standard.minor() == Standard.LATEST) {
            return "latest";
        }
        return standard.minor() > PRESENT ? "future" : "v1." + standard.minor();
    }

    private static String resource(AdmissionRequest request) {
        if (!request.group().isEmpty()) {
            return "controller";
        }
        return switch (request.resource()) {
            case "pods" -> "pod";
            case "namespaces" -> "namespace";
            default -> "controller";
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
