package dev.navarch.controllers.endpointslice;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Cases of staging/src/k8s.io/endpointslice/topologycache (topologycache_test.go, sliceinfo_test.go, utils_test.go). */
class TopologyHintsTest {
    private static final ZoneShares TWO = new ZoneShares(Map.of("a", 0.45, "b", 0.55));
    private static final ZoneShares THREE = new ZoneShares(Map.of("a", 0.35, "b", 0.35, "c", 0.30));

    /** Endpoints as {@code a}: ready in zone a; {@code a>b}: meant for zone b; {@code -a}: not ready; {@code ?}: nowhere. */
    private static EndpointSlice slice(String... endpoints) {
        var slice = new EndpointSliceBuilder().withNewMetadata().endMetadata();
        for (var text : endpoints) {
            var place = text.replace("-", "").split(">", 2);
            var endpoint = new EndpointBuilder()
                    .withZone(place[0].equals("?") ? null : place[0])
                    .withNewConditions()
                    .withReady(!text.startsWith("-"))
                    .endConditions();
            if (place.length > 1) {
                endpoint.withNewHints().addNewForZone(place[1]).endHints();
            }
            slice.addToEndpoints(endpoint.build());
        }
        return slice.build();
    }

    /** In the same form. */
    private static List<String> endpoints(EndpointSlice slice) {
        return slice.getEndpoints().stream()
                .map(e -> (Boolean.TRUE.equals(e.getConditions().getReady()) ? "" : "-")
                        + (e.getZone() == null ? "?" : e.getZone())
                        + (e.getHints() == null
                                ? ""
                                : ">" + e.getHints().getForZones().getFirst().getName()))
                .toList();
    }

    private static Map<String, Integer> hints(List<EndpointSlice> slices) {
        Map<String, Integer> hints = new TreeMap<>();
        slices.stream()
                .flatMap(s -> s.getEndpoints().stream())
                .filter(e -> e.getHints() != null)
                .forEach(e -> hints.merge(e.getHints().getForZones().getFirst().getName(), 1, Integer::sum));
        return hints;
    }

    private static String missing(ZoneShares shares, EndpointSlice written) {
        var outcome = new TopologyHints(shares).assign(List.of(written), List.of());
        assertThat(hints(List.of(written))).isEmpty();
        return outcome.missing().orElseThrow();
    }

    @Test
    void whyThereAreNone() {
        assertThat(missing(new ZoneShares(Map.of()), slice("a")))
                .isEqualTo("Insufficient Node information: allocatable CPU or zone not specified on one or more nodes");
        assertThat(missing(THREE, slice("a", "b")))
                .isEqualTo("Insufficient number of endpoints (2 endpoints, 3 zones)");
        assertThat(missing(TWO, slice("a", "b", "b", "?")))
                .isEqualTo("One or more endpoints do not have a zone specified");
        assertThat(missing(new ZoneShares(Map.of("a", 0.1, "b", 0.9)), slice("a", "b")))
                .isEqualTo(
                        "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold"
                                + " (2 endpoints, 2 zones)");
    }

    @Test
    void zonesGetTheirOwn() {
        var slice = slice("a", "b", "-b");
        var outcome = new TopologyHints(TWO).assign(List.of(slice), List.of());
        assertThat(outcome.missing()).isEmpty();
        assertThat(endpoints(slice)).containsExactly("a>a", "b>b", "-b");
    }

    @Test
    void whoHasTooManyGivesSomeAway() {
        var slices = List.of(slice("a", "b"), slice("c", "c", "a"), slice("a", "a"), slice("b", "c", "a"));
        var outcome = new TopologyHints(THREE).assign(slices, List.of());
        assertThat(outcome.missing()).isEmpty();
        assertThat(hints(slices)).isEqualTo(Map.of("a", 4, "b", 3, "c", 3));
        assertThat(endpoints(slices.getFirst())).containsExactly("a>b", "b>b");
    }

    @Test
    void whatFitsStaysAsItIs() {
        var kept = slice("a>a", "b>b");
        var outcome = new TopologyHints(TWO).assign(List.of(), List.of(kept));
        assertThat(outcome.missing()).isEmpty();
        assertThat(outcome.changed()).isEmpty();
    }

    @Test
    void whatDoesNotFitChanges() {
        var withoutHint = slice("a", "b>b");
        var elsewhere = slice("a>z", "b>b");
        var outcome = new TopologyHints(TWO).assign(List.of(), List.of(withoutHint, elsewhere));
        assertThat(outcome.changed())
                .extracting(TopologyHintsTest::endpoints)
                .containsExactly(List.of("a>a", "b>b"), List.of("a>a", "b>b"));
        assertThat(endpoints(withoutHint)).as("the cache's own").containsExactly("a", "b>b");
        assertThat(endpoints(elsewhere)).containsExactly("a>z", "b>b");
    }

    @Test
    void hintsGoWhereTheyCanNotBeAnyMore() {
        var kept = slice("a>a", "b>b");
        var outcome = new TopologyHints(new ZoneShares(Map.of())).assign(List.of(), List.of(kept, slice("a")));
        assertThat(outcome.missing()).isPresent();
        assertThat(outcome.changed()).extracting(TopologyHintsTest::endpoints).containsExactly(List.of("a", "b"));
        assertThat(endpoints(kept)).as("the cache's own").containsExactly("a>a", "b>b");
    }

    private static Node node(String zone, String cpu, boolean ready, String... labels) {
        var node = new NodeBuilder()
                .withNewMetadata()
                .withName("n")
                .endMetadata()
                .withNewStatus()
                .addToAllocatable("cpu", new Quantity(cpu))
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus();
        if (!zone.isEmpty()) {
            node.editMetadata().addToLabels("topology.kubernetes.io/zone", zone).endMetadata();
        }
        for (var label : labels) {
            node.editMetadata().addToLabels(label, "").endMetadata();
        }
        return node.build();
    }

    @Test
    void zonesCountByTheCpusOfTheirNodes() {
        assertThat(ZoneShares.of(List.of()).of()).isEmpty();
        assertThat(ZoneShares.of(List.of(node("a", "1", true))).of()).isEmpty();
        assertThat(ZoneShares.of(List.of(node("a", "1000m", true), node("b", "3", true)))
                        .of())
                .isEqualTo(Map.of("a", 0.25, "b", 0.75));
        assertThat(ZoneShares.of(List.of(node("a", "1", true), node("b", "1", true), node("b", "2", false)))
                        .of())
                .isEqualTo(Map.of("a", 0.5, "b", 0.5));
        assertThat(ZoneShares.of(List.of(node("a", "1", true), node("b", "1", true), node("", "1", true)))
                        .of())
                .isEmpty();
        assertThat(ZoneShares.of(List.of(node("a", "1", true), node("b", "0", true)))
                        .of())
                .isEmpty();
        assertThat(ZoneShares.of(List.of(
                                node("a", "1", true),
                                node("b", "1", true),
                                node("", "1", true, "node-role.kubernetes.io/control-plane")))
                        .of())
                .isEqualTo(Map.of("a", 0.5, "b", 0.5));
    }
}
