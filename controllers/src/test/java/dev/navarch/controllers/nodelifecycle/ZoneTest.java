package dev.navarch.controllers.nodelifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** source: upstream's TestComputeZoneState and the defaults of kube-controller-manager. */
class ZoneTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, NORMAL, 10",
        "3, 0, NORMAL, 10",
        "1, 2, NORMAL, 10", // two may go before anybody wonders
        "0, 1, FULL, 10",
        "0, 60, FULL, 10",
        "2, 3, PARTIAL, ", // a small zone that is mostly lost is left alone
        "9, 11, PARTIAL, ",
        "11, 9, NORMAL, 10",
        "22, 28, PARTIAL, ",
        "20, 31, PARTIAL, 100", // a large one goes slowly
    })
    void podsAreMovedAsFastAsTheZoneBears(int ready, int lost, Zone.State state, @Nullable Integer seconds) {
        var zone = new Zone(ready, lost);
        assertThat(zone.state()).isEqualTo(state);
        assertThat(zone.pause().map(Duration::toSeconds).map(Long::intValue).orElse(null))
                .isEqualTo(seconds);
    }

    @Test
    void nodesAreNearEachOtherByRegionAndZone() {
        var plain =
                new NodeBuilder().withNewMetadata().withName("n").endMetadata().build();
        assertThat(Zone.key(plain)).isEmpty();
        var placed = new NodeBuilder(plain)
                .editMetadata()
                .addToLabels("topology.kubernetes.io/region", "r")
                .addToLabels("topology.kubernetes.io/zone", "z")
                .endMetadata()
                .build();
        assertThat(Zone.key(placed)).isEqualTo("r:\u0000:z");
    }
}
