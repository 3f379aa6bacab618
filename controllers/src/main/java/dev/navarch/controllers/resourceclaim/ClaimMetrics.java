package dev.navarch.controllers.resourceclaim;

import dev.navarch.controllers.ControllerMetrics;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimSpec;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is counted of claims. source: kubernetes pkg/controller/resourceclaim/metrics/metrics.go. */
final class ClaimMetrics {
    private static final String PREFIX = "resourceclaim_controller_";
    private static final String EXTENDED = "resource.kubernetes.io/extended-resource-claim";

    private final Counter creations;
    private final Gauge claims;
    /** Guarded by this: by uid, under what a claim is counted. */
    private final Map<String, String[]> counted = new HashMap<>();

    ClaimMetrics(ControllerMetrics metrics) {
        creations = metrics.counter(PREFIX + "creates_total", "Claims that were asked for.", "status", "admin_access");
        claims = metrics.gauge(
                PREFIX + "resource_claims",
                "Claims by whether they have devices, and by where they come from.",
                "allocated",
                "admin_access",
                "source");
    }

    void made(@Nullable ResourceClaimSpec spec, boolean well) {
        creations
                .labelValues(well ? "success" : "failure", Boolean.toString(isAdministrators(spec)))
                .inc();
    }

    /** A claim is like this now. */
    synchronized void here(ResourceClaim claim) {
        var labels = new String[] {
            Boolean.toString(PodClaims.isAllocated(claim)),
            Boolean.toString(isAdministrators(claim.getSpec())),
            source(claim)
        };
        claims.labelValues(labels).inc();
        var before = counted.put(claim.getMetadata().getUid(), labels);
        if (before != null) {
            claims.labelValues(before).dec();
        }
    }

    synchronized void gone(ResourceClaim claim) {
        var before = counted.remove(claim.getMetadata().getUid());
        if (before != null) {
            claims.labelValues(before).dec();
        }
    }

    private static boolean isAdministrators(@Nullable ResourceClaimSpec spec) {
        return spec != null
                && spec.getDevices() != null
                && spec.getDevices().getRequests().stream()
                        .anyMatch(request -> request.getExactly() != null
                                && Boolean.TRUE.equals(request.getExactly().getAdminAccess()));
    }

    private static String source(ResourceClaim claim) {
        var annotations = claim.getMetadata().getAnnotations();
        if (annotations == null) {
            return "";
        }
        if ("true".equals(annotations.get(EXTENDED))) {
            return "extended_resource";
        }
        return annotations.containsKey(PodReconciler.ANNOTATION) ? "resource_claim_template" : "";
    }
}
