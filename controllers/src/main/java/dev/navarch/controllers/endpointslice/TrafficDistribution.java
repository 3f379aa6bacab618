package dev.navarch.controllers.endpointslice;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHints;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHintsBuilder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * For whom an endpoint is meant first, as the service's {@code trafficDistribution} wants it. source: kubernetes
 * staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go.
 */
final class TrafficDistribution {
    private TrafficDistribution() {}

    /**
     * Nothing if the service does not want any, or not enough is known of where the endpoint is.
     *
     * @param node empty if unknown
     */
    static @Nullable EndpointHints hints(Service service, String node, Optional<String> zone) {
        var wanted = service.getSpec().getTrafficDistribution();
        return switch (wanted == null ? "" : wanted) {
            case "PreferClose", "PreferSameZone" ->
                zone.map(name -> new EndpointHintsBuilder().addNewForZone(name).build())
                        .orElse(null);
            case "PreferSameNode" -> {
                var hints = new EndpointHintsBuilder();
                zone.ifPresent(hints::addNewForZone);
                if (!node.isEmpty()) {
                    hints.addNewForNode(node);
                }
                yield hints.hasForZones() || hints.hasForNodes() ? hints.build() : null;
            }
            default -> null;
        };
    }
}
