package dev.navarch.scheduler.devices;

import static dev.navarch.scheduler.TestDevices.claim;
import static dev.navarch.scheduler.TestDevices.deviceClass;
import static dev.navarch.scheduler.TestDevices.slice;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases are those of structured/internal/allocatortesting/allocator_testing.go. */
class AllocatorTest {
    private final List<ResourceSlice> slices = new ArrayList<>();
    private final Map<String, DeviceClass> classes = new LinkedHashMap<>();
    private final DevicesInUse used = new DevicesInUse();
    private int shares;

    AllocatorTest() {
        put(deviceClass("gpu", "{selectors: [{cel: {expression: \"device.driver == 'd.example.com'\"}}]}"));
        put(deviceClass("any", "{}"));
    }

    private void put(DeviceClass deviceClass) {
        classes.put(deviceClass.getMetadata().getName(), deviceClass);
    }

    /** One node's devices. */
    private void onNode(String node, String devices) {
        slices.add(slice(node + "-slice", node, "nodeName: " + node, devices));
    }

    private Allocator.Outcome outcome(String node, ResourceClaim... claims) throws AllocationFailure {
        var supply = new Allocator.Supply(
                new DevicePools(slices),
                used,
                name -> Optional.ofNullable(classes.get(name)),
                new Allocator.Selectors(),
                () -> "share-" + shares++);
        return new Allocator(supply, List.of(claims)).allocate(node, Map.of("zone", "z-" + node), () -> false);
    }

    private List<AllocationResult> allocate(String node, ResourceClaim... claims) throws AllocationFailure {
        var outcome = outcome(node, claims);
        assertThat(outcome).isInstanceOf(Allocator.Allocated.class);
        return ((Allocator.Allocated) outcome).results();
    }

    private void refused(String node, ResourceClaim... claims) throws AllocationFailure {
        assertThat(outcome(node, claims)).isEqualTo(new Allocator.Impossible("cannot allocate all claims"));
    }

    private static List<String> devices(AllocationResult result) {
        return result.getDevices().getResults().stream()
                .map(r -> r.getRequest() + "=" + r.getPool() + "/" + r.getDevice())
                .toList();
    }

    private static ResourceClaim requests(String... requests) {
        return claim("c", "{requests: [" + String.join(", ", requests) + "]}");
    }

    private static String exactly(String name, String more) {
        return "{name: %s, exactly: {deviceClassName: gpu, allocationMode: ExactCount, count: 1%s}}"
                .formatted(name, more.isEmpty() ? "" : ", " + more);
    }

    private static String selecting(String expression) {
        return "selectors: [{cel: {expression: \"" + expression + "\"}}]";
    }

    private static String attribute(String name, String attribute, String value) {
        return "{name: %s, attributes: {%s: {string: %s}}}".formatted(name, attribute, value);
    }

    @Test
    void aDeviceOfTheNode() throws AllocationFailure {
        onNode("n1", "[{name: a}, {name: b}]");
        onNode("n2", "[{name: c}]");
        var result = allocate("n1", claim("c", 1)).getFirst();
        assertThat(devices(result)).containsExactly("r=n1/a");
        var fields = result.getNodeSelector().getNodeSelectorTerms().getFirst().getMatchFields();
        assertThat(fields.getFirst().getKey()).isEqualTo("metadata.name");
        assertThat(fields.getFirst().getValues()).containsExactly("n1");
        assertThat(devices(allocate("n2", claim("c", 1)).getFirst())).containsExactly("r=n2/c");
        refused("n3", claim("c", 1));
        refused("n2", claim("c", 2));
    }

    @Test
    void whatIsInUseIsNotGivenTwice() throws AllocationFailure {
        onNode("n1", "[{name: a}, {name: b}]");
        var first = allocate("n1", claim("c", 1)).getFirst();
        used.add(first);
        used.add(first); // as decided, and as observed
        assertThat(devices(allocate("n1", claim("d", 1)).getFirst())).containsExactly("r=n1/b");
        used.remove(first);
        refused("n1", claim("d", 2));
        used.remove(first);
        assertThat(devices(allocate("n1", claim("d", 2)).getFirst())).containsExactly("r=n1/a", "r=n1/b");
        assertThat(allocate("n1", claim("c", 1), claim("d", 1)).stream()
                        .map(AllocatorTest::devices)
                        .toList())
                .containsExactly(List.of("r=n1/a"), List.of("r=n1/b"));
    }

    @Test
    void choicesAreTriedAnewWhereTheyLeadNowhere() throws AllocationFailure {
        onNode("n1", "[" + attribute("a", "size", "large") + ", " + attribute("b", "size", "small") + "]");
        var large = selecting("device.attributes['d.example.com'].size == 'large'");
        assertThat(devices(allocate("n1", requests(exactly("any", ""), exactly("large", large)))
                        .getFirst()))
                .containsExactly("any=n1/b", "large=n1/a");
    }

    @Test
    void allDevicesOrNone() throws AllocationFailure {
        onNode("n1", "[{name: a}, {name: b}, {name: c}]");
        var all = requests("{name: all, exactly: {deviceClassName: gpu, allocationMode: All}}");
        assertThat(devices(allocate("n1", all).getFirst())).containsExactly("all=n1/a", "all=n1/b", "all=n1/c");
        refused("n2", all);
        used.add(allocate("n1", claim("d", 1)).getFirst());
        refused("n1", all);
        var admin = requests("{name: all, exactly: {deviceClassName: gpu, allocationMode: All, adminAccess: true}}");
        var result = allocate("n1", admin).getFirst();
        assertThat(devices(result)).hasSize(3);
        assertThat(result.getDevices().getResults()).allMatch(r -> r.getAdminAccess());
        used.add(result);
        assertThat(devices(allocate("n1", claim("d", 2)).getFirst())).containsExactly("r=n1/b", "r=n1/c");
    }

    @Test
    void incompletePoolsGiveNothing() throws AllocationFailure {
        slices.add(slice(
                "s",
                "{driver: d.example.com, pool: {name: p, generation: 1, resourceSliceCount: 2}, nodeName: n1,"
                        + " devices: [{name: a}]}"));
        refused("n1", claim("c", 1));
        var all = requests("{name: all, exactly: {deviceClassName: gpu, allocationMode: All}}");
        assertThatThrownBy(() -> outcome("n1", all))
                .isInstanceOf(AllocationFailure.class)
                .hasMessage("claim default/c, request all: asks for all devices, but resource pool d.example.com/p is"
                        + " currently being updated");
        refused("n2", all);
    }

    @Test
    void onlyTheNewestGenerationCounts() throws AllocationFailure {
        onNode("n1", "[{name: old}]");
        slices.add(slice(
                "newer",
                "{driver: d.example.com, pool: {name: n1, generation: 2, resourceSliceCount: 1}, nodeName: n1,"
                        + " devices: [{name: new}]}"));
        assertThat(devices(allocate("n1", claim("c", 1)).getFirst())).containsExactly("r=n1/new");
        refused("n1", claim("c", 2));
    }

    @Test
    void poolsWithContradictionsAreInvalid() throws AllocationFailure {
        onNode("n1", "[{name: a}, {name: a}]");
        assertThat(outcome("n1", claim("c", 1)))
                .isEqualTo(new Allocator.Impossible("invalid resource pools were encountered"));
        slices.add(slice("other", "other", "allNodes: true", "[{name: b}]"));
        assertThat(devices(allocate("n1", claim("c", 1)).getFirst())).containsExactly("r=other/b");
    }

    @Test
    void devicesElsewhereAreReachedByTheirSelectors() throws AllocationFailure {
        slices.add(slice(
                "zone",
                "p1",
                "nodeSelector: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [z-n1]}]}]}",
                "[{name: a}]"));
        slices.add(slice("all", "p2", "allNodes: true", "[{name: b}]"));
        var both = allocate("n1", claim("c", 2)).getFirst();
        assertThat(devices(both)).containsExactly("r=p1/a", "r=p2/b");
        assertThat(both.getNodeSelector()
                        .getNodeSelectorTerms()
                        .getFirst()
                        .getMatchExpressions()
                        .getFirst()
                        .getValues())
                .containsExactly("z-n1");
        var one = allocate("n2", claim("c", 1)).getFirst();
        assertThat(devices(one)).containsExactly("r=p2/b");
        assertThat(one.getNodeSelector()).isNull();
    }

    @Test
    void devicesMaySayThemselvesWhereTheyAre() throws AllocationFailure {
        slices.add(slice(
                "s",
                "p",
                "perDeviceNodeSelection: true",
                "[{name: a, nodeName: n1}, {name: b, nodeName: n2}, {name: c, allNodes: true}]"));
        assertThat(devices(allocate("n1", claim("c", 2)).getFirst())).containsExactly("r=p/a", "r=p/c");
        assertThat(devices(allocate("n3", claim("c", 1)).getFirst())).containsExactly("r=p/c");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        matchAttribute: d.example.com/numa    | r=n1/b, r=n1/c
        distinctAttribute: d.example.com/numa | r=n1/a, r=n1/b
        matchAttribute: other.com/numa        |
        """)
    void constraintsHoldBetweenDevices(String constraint, String chosen) throws AllocationFailure {
        onNode(
                "n1",
                "[" + attribute("a", "numa", "x") + ", " + attribute("b", "numa", "y") + ", "
                        + attribute("c", "numa", "y") + "]");
        var claim = claim(
                "c",
                "{requests: [{name: r, exactly: {deviceClassName: gpu, allocationMode: ExactCount, count: 2}}],"
                        + " constraints: [{requests: [r], " + constraint + "}]}");
        if (chosen == null) {
            refused("n1", claim);
        } else {
            assertThat(devices(allocate("n1", claim).getFirst())).containsExactly(chosen.split(", "));
        }
    }

    @Test
    void aConstraintThatForbidsAllOfAllIsAFailure() {
        onNode("n1", "[" + attribute("a", "numa", "x") + ", " + attribute("b", "numa", "y") + "]");
        var claim = claim(
                "c",
                "{requests: [{name: r, exactly: {deviceClassName: gpu, allocationMode: All}}],"
                        + " constraints: [{matchAttribute: d.example.com/numa}]}");
        assertThatThrownBy(() -> outcome("n1", claim))
                .hasMessage("claim default/c, request r: cannot add device d.example.com/n1/b because a claim"
                        + " constraint would not be satisfied");
    }

    @Test
    void theFirstAlternativeThatCanBeHad() throws AllocationFailure {
        onNode("n1", "[" + attribute("a", "size", "small") + ", " + attribute("b", "size", "small") + "]");
        var claim = claim("c", """
            {requests: [{name: r, firstAvailable: [
              {name: big, deviceClassName: gpu, allocationMode: ExactCount, count: 1,
               selectors: [{cel: {expression: "device.attributes['d.example.com'].size == 'large'"}}]},
              {name: two, deviceClassName: gpu, allocationMode: ExactCount, count: 2},
              {name: one, deviceClassName: any, allocationMode: ExactCount, count: 1}]}],
             config: [{requests: [r/two], opaque: {driver: d.example.com, parameters: {mode: pair}}},
                      {requests: [r/one], opaque: {driver: d.example.com, parameters: {mode: single}}}]}\
            """);
        var pair = allocate("n1", claim).getFirst();
        assertThat(devices(pair)).containsExactly("r/two=n1/a", "r/two=n1/b");
        assertThat(pair.getDevices().getConfig()).hasSize(1);
        used.add(allocate("n1", claim("d", 1)).getFirst());
        assertThat(devices(allocate("n1", claim).getFirst())).containsExactly("r/one=n1/b");
    }

    @Test
    void configurationComesFromClassesAndTheClaim() throws AllocationFailure {
        put(deviceClass("gpu", "{config: [{opaque: {driver: d.example.com, parameters: {from: class}}}]}"));
        onNode("n1", "[{name: a}, {name: b}]");
        var claim = claim("c", """
            {requests: [{name: x, exactly: {deviceClassName: gpu, allocationMode: ExactCount, count: 1}},
                        {name: y, exactly: {deviceClassName: gpu, allocationMode: ExactCount, count: 1}}],
             config: [{opaque: {driver: d.example.com, parameters: {for: all}}},
                      {requests: [y], opaque: {driver: d.example.com, parameters: {for: y}}}]}\
            """);
        var config = allocate("n1", claim).getFirst().getDevices().getConfig();
        assertThat(config.stream()
                        .map(c -> c.getSource() + " " + c.getRequests())
                        .toList())
                .containsExactly("FromClass [x, y]", "FromClaim []", "FromClaim [y]");
    }

    @Test
    void taintsMustBeTolerated() throws AllocationFailure {
        onNode(
                "n1",
                "[{name: a, taints: [{key: k, value: v, effect: NoSchedule}]},"
                        + " {name: b, taints: [{key: k, effect: None}]}]");
        assertThat(devices(allocate("n1", claim("c", 1)).getFirst())).containsExactly("r=n1/b");
        refused("n1", claim("c", 2));
        var tolerant = requests(exactly("r", "tolerations: [{key: k, operator: Equal, value: v}]"));
        var result = allocate("n1", tolerant).getFirst();
        assertThat(devices(result)).containsExactly("r=n1/a");
        assertThat(result.getDevices().getResults().getFirst().getTolerations()).hasSize(1);
        refused("n1", requests(exactly("r", "tolerations: [{key: k, value: w}]"), exactly("s", "")));
    }

    @Test
    void devicesShareTheCountersOfTheirPool() throws AllocationFailure {
        slices.add(slice(
                "counters",
                "{driver: d.example.com, pool: {name: p, generation: 1, resourceSliceCount: 2}, nodeName: n1,"
                        + " sharedCounters: [{name: card, counters: {memory: {value: 40Gi}}}]}"));
        slices.add(
                slice(
                        "devices",
                        "{driver: d.example.com, pool: {name: p, generation: 1, resourceSliceCount: 2}, nodeName: n1, devices: ["
                                + "{name: half-0, consumesCounters: [{counterSet: card, counters: {memory: {value: 20Gi}}}]},"
                                + "{name: half-1, consumesCounters: [{counterSet: card, counters: {memory: {value: 20Gi}}}]},"
                                + "{name: whole, consumesCounters: [{counterSet: card, counters: {memory: {value: 40Gi}}}]}]}"));
        assertThat(devices(allocate("n1", claim("c", 2)).getFirst())).containsExactly("r=p/half-0", "r=p/half-1");
        refused("n1", claim("c", 3));
        used.add(allocate("n1", claim("c", 1)).getFirst());
        assertThat(devices(allocate("n1", claim("d", 1)).getFirst())).containsExactly("r=p/half-1");
        refused("n1", claim("d", 2));
    }

    @Test
    void partsOfADeviceAreGivenUntilItIsFull() throws AllocationFailure {
        onNode(
                "n1",
                "[{name: a, allowMultipleAllocations: true, capacity: {memory: {value: 10Gi,"
                        + " requestPolicy: {default: 1Gi, validRange: {min: 1Gi, step: 2Gi}}}}}]");
        var four = requests(exactly("r", "capacity: {requests: {memory: 4Gi}}"));
        var first = allocate("n1", four).getFirst();
        var result = first.getDevices().getResults().getFirst();
        assertThat(result.getConsumedCapacity().get("memory").toString()).isEqualTo("5Gi");
        assertThat(result.getShareID()).isEqualTo("share-0");
        used.add(first);
        var second = allocate("n1", four).getFirst();
        used.add(second);
        refused("n1", requests(exactly("r", "")));
        used.remove(first);
        var small = allocate("n1", requests(exactly("r", ""), exactly("s", ""))).getFirst();
        assertThat(small.getDevices().getResults())
                .allMatch(r -> r.getConsumedCapacity().get("memory").toString().equals("1Gi"));
        refused("n1", requests(exactly("r", "capacity: {requests: {nothing: 1}}")));
        refused("n1", requests(exactly("r", "capacity: {requests: {memory: 20Gi}}")));
    }

    @Test
    void claimsAndClassesThatCanNotWorkAreFailures() {
        onNode("n1", "[{name: a}]");
        assertThatThrownBy(() -> outcome("n1", requests(exactly("r", selecting("device.nothing")))))
                .hasMessageContaining("claim default/c: selector #0: CEL compile error: compilation failed: ")
                .hasMessageContaining("undefined field 'nothing'");
        assertThatThrownBy(() ->
                        outcome("n1", requests(exactly("r", selecting("device.attributes['d.example.com'].x == 1")))))
                .hasMessage("claim default/c: selector #0: CEL runtime error: no such key: x");
        assertThatThrownBy(() -> outcome("n1", claim("c", 33)))
                .hasMessage("claim default/c: number of requested devices 33 exceeds the claim limit of 32");
        classes.clear();
        assertThatThrownBy(() -> outcome("n1", claim("c", 1)))
                .hasMessageContaining("claim default/c, request r: could not retrieve device class gpu");
    }

    @Test
    void theSearchEndsWhenItIsLate() throws AllocationFailure {
        onNode("n1", "[{name: a}]");
        var supply = new Allocator.Supply(
                new DevicePools(slices),
                used,
                name -> Optional.ofNullable(classes.get(name)),
                new Allocator.Selectors(),
                () -> "");
        assertThat(new Allocator(supply, List.of(claim("c", 1))).allocate("n1", Map.of(), () -> true))
                .isEqualTo(new Allocator.Impossible("timed out trying to allocate devices"));
    }
}
