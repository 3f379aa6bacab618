package dev.navarch.controllers.endpointslice;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficDistributionTest {
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // wanted, node, zone, hinted zone, hinted node
                "-, n, z, -, -",
                "PreferClose, n, z, z, -",
                "PreferSameZone, n, z, z, -",
                "PreferSameZone, n, -, -, -",
                "PreferSameNode, n, z, z, n",
                "PreferSameNode, n, -, -, n",
                "PreferSameNode, '', -, -, -",
            })
    void endpointsAreMeantForThoseNearby(
            String wanted, String node, String zone, String hintedZone, String hintedNode) {
        var service = new ServiceBuilder()
                .withNewSpec()
                .withTrafficDistribution(wanted)
                .endSpec()
                .build();
        var hints = TrafficDistribution.hints(service, node, Optional.ofNullable(zone));
        if (hintedZone == null && hintedNode == null) {
            assertThat(hints).isNull();
            return;
        }
        assertThat(hints).isNotNull();
        assertThat(hints.getForZones().stream().map(z -> z.getName()).findFirst())
                .isEqualTo(Optional.ofNullable(hintedZone));
        assertThat(hints.getForNodes().stream().map(n -> n.getName()).findFirst())
                .isEqualTo(Optional.ofNullable(hintedNode));
    }
}
