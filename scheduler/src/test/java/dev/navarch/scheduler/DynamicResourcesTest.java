package dev.navarch.scheduler;

import static dev.navarch.scheduler.TestDevices.claim;
import static dev.navarch.scheduler.TestDevices.deviceClass;
import static dev.navarch.scheduler.TestDevices.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.AllocatedDeviceStatusBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pods with claims of devices, on a server double. Cases of plugins/dynamicresources/dynamicresources_test.go. */
@Timeout(180)
class DynamicResourcesTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ApiClient client = api.client();
    private final Scheduler scheduler = new Scheduler(api.client(), time, new Random(2), SchedulerConfig.standard());

    @BeforeEach
    void nodes() {
        api.put(TestPods.node("n1", "8", "8Gi"));
        api.put(TestPods.node("n2", "8", "8Gi"));
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    private void devices(String node, String devices) {
        api.put(slice(node + "-slice", node, "nodeName: " + node, devices));
    }

    private static Pod pod(String name, String... claims) {
        return new PodBuilder(TestPods.pod(name, "1", "1Gi"))
                .editSpec()
                .withResourceClaims(Arrays.stream(claims)
                        .map(claim -> new PodResourceClaimBuilder()
                                .withName(claim)
                                .withResourceClaimName(claim)
                                .build())
                        .toList())
                .endSpec()
                .build();
    }

    private Pod get(String name) {
        return client.resource(Pod.class).get("default", name).orElseThrow();
    }

    private ResourceClaim claimed(String name) {
        return client.resource(ResourceClaim.class).get("default", name).orElseThrow();
    }

    private String node(String name) {
        var node = get(name).getSpec().getNodeName();
        return node == null ? "" : node;
    }

    private void awaitNode(String name) {
        Await.until(name + " has a node", () -> !node(name).isEmpty());
    }

    private void awaitMessage(String name, String message) {
        Await.until(name + ": " + message, () -> {
            var conditions = get(name).getStatus().getConditions();
            return conditions.stream()
                    .anyMatch(c -> c.getType().equals("PodScheduled")
                            && c.getMessage() != null
                            && c.getMessage().contains(message));
        });
    }

    private static List<String> devices(ResourceClaim claim) {
        return claim.getStatus().getAllocation().getDevices().getResults().stream()
                .map(result -> result.getPool() + "/" + result.getDevice())
                .toList();
    }

    private static List<String> consumers(ResourceClaim claim) {
        return claim.getStatus().getReservedFor().stream()
                .map(consumer -> consumer.getResource() + "/" + consumer.getName())
                .toList();
    }

    @Test
    void theClaimIsAllocatedBeforeThePodIsBound() {
        devices("n2", "[{name: a}]");
        api.put(deviceClass("gpu", "{}"));
        api.put(claim("c", 1));
        api.put(pod("p", "c"));
        scheduler.start();
        awaitNode("p");
        assertThat(node("p")).isEqualTo("n2");
        var claim = claimed("c");
        assertThat(devices(claim)).containsExactly("n2/a");
        assertThat(consumers(claim)).containsExactly("pods/p");
        assertThat(claim.getMetadata().getFinalizers()).containsExactly("resource.kubernetes.io/delete-protection");
        assertThat(claim.getStatus().getAllocation().getAllocationTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
    }

    @Test
    void podsShareAClaimWhereItIs() {
        devices("n1", "[{name: a}]");
        devices("n2", "[{name: b}]");
        api.put(deviceClass("gpu", "{}"));
        api.put(claim("c", 1));
        for (int i = 0; i < 4; i++) {
            api.put(pod("p" + i, "c"));
        }
        scheduler.start();
        for (int i = 0; i < 4; i++) {
            awaitNodeWithTime("p" + i);
            assertThat(node("p" + i)).isEqualTo(node("p0"));
        }
        assertThat(consumers(claimed("c"))).containsExactlyInAnyOrder("pods/p0", "pods/p1", "pods/p2", "pods/p3");
    }

    private void awaitNodeWithTime(String name) {
        Await.until(
                name + " has a node",
                time,
                Duration.ofSeconds(1),
                () -> !node(name).isEmpty());
    }

    @Test
    void aDeviceIsGivenToOneClaimOnly() {
        devices("n1", "[{name: a}, {name: b}]");
        api.put(deviceClass("gpu", "{}"));
        for (int i = 0; i < 3; i++) {
            api.put(claim("c" + i, 1));
            api.put(pod("p" + i, "c" + i));
        }
        scheduler.start();
        Await.until(
                "two have a node",
                () -> List.of("p0", "p1", "p2").stream()
                                .filter(name -> !node(name).isEmpty())
                                .count()
                        == 2);
        var last = List.of("p0", "p1", "p2").stream()
                .filter(name -> node(name).isEmpty())
                .findFirst()
                .orElseThrow();
        awaitMessage(
                last,
                "0/2 nodes are available: 2 cannot allocate all claims. still not schedulable, preemption: 0/2 nodes are"
                        + " available: 2 Preemption is not helpful for scheduling.");
        // Another claim gives its device up.
        var done = claimed(last.equals("p0") ? "c1" : "c0");
        api.put(new ResourceClaimBuilder(done)
                .editStatus()
                .withAllocation(null)
                .withReservedFor()
                .endStatus()
                .build());
        awaitNodeWithTime(last);
    }

    @Test
    void whatIsMissingIsWaitedFor() {
        devices("n1", "[{name: a}]");
        scheduler.start();
        var generated = new PodBuilder(pod("p"))
                .editSpec()
                .addNewResourceClaim()
                .withName("mine")
                .withResourceClaimTemplateName("t")
                .endResourceClaim()
                .endSpec()
                .build();
        var made = api.put(generated);
        Await.until("it is held back", () -> scheduler.queue().count(QueuedPod.Place.GATED) == 1);
        api.put(new PodBuilder(made)
                .editStatus()
                .addNewResourceClaimStatus()
                .withName("mine")
                .withResourceClaimName("p-mine-x")
                .endResourceClaimStatus()
                .endStatus()
                .build());
        api.put(new ResourceClaimBuilder(claim("p-mine-x", 1))
                .editMetadata()
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName("p")
                .withUid(made.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build());
        awaitMessage(
                "p",
                "0/2 nodes are available: request r: device class gpu does not exist. no new claims to deallocate,"
                        + " preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
        api.put(deviceClass("gpu", "{}"));
        awaitNodeWithTime("p");
        assertThat(consumers(claimed("p-mine-x"))).containsExactly("pods/p");
    }

    @Test
    void anUnusedClaimInTheWayLosesItsDevices() {
        devices("n1", "[{name: a}]");
        devices("n2", "[{name: b}]");
        api.put(deviceClass("gpu", "{}"));
        api.put(claim("c", 1));
        api.put(pod("first", "c"));
        scheduler.start();
        awaitNode("first");
        var there = node("first");
        api.remove(get("first"));
        var claim = claimed("c");
        api.put(new ResourceClaimBuilder(claim)
                .editStatus()
                .withReservedFor()
                .endStatus()
                .build());
        var other = there.equals("n1") ? "n2" : "n1";
        var second = new PodBuilder(pod("second", "c"))
                .editSpec()
                .addToNodeSelector("kubernetes.io/hostname", other)
                .endSpec()
                .build();
        // Only the claim is in the way: the pod would fit on the other node.
        api.put(second);
        awaitNodeWithTime("second");
        assertThat(devices(claimed("c"))).containsExactly(other + (other.equals("n1") ? "/a" : "/b"));
    }

    @Test
    void theBindingWaitsUntilTheDeviceIsReady() {
        devices("n1", "[{name: a, bindingConditions: [ok], bindingFailureConditions: [bad]}]");
        api.put(deviceClass("gpu", "{}"));
        api.put(claim("c", 1));
        api.put(pod("p", "c"));
        scheduler.start();
        Await.until(
                "it is reserved",
                () -> claimed("c").getStatus() != null
                        && claimed("c").getStatus().getAllocation() != null);
        assertThat(node("p")).isEmpty();
        condition("ok");
        awaitNode("p");
    }

    @Test
    void aDeviceThatWillNotBeReadyIsGivenUp() {
        devices("n1", "[{name: a, bindingConditions: [ok], bindingFailureConditions: [bad]}]");
        devices("n2", "[{name: b, taints: [{key: k, effect: NoSchedule}]}]");
        api.put(deviceClass("gpu", "{}"));
        api.put(claim("c", 1));
        api.put(pod("p", "c"));
        scheduler.start();
        Await.until(
                "it is reserved",
                () -> claimed("c").getStatus() != null
                        && claimed("c").getStatus().getAllocation() != null);
        devices("n2", "[{name: b}]");
        condition("bad");
        awaitNodeWithTime("p");
        assertThat(node("p")).isEqualTo("n2");
        assertThat(devices(claimed("c"))).containsExactly("n2/b");
    }

    private void condition(String type) {
        api.put(new ResourceClaimBuilder(claimed("c"))
                .editStatus()
                .withDevices(new AllocatedDeviceStatusBuilder()
                        .withDriver("d.example.com")
                        .withPool("n1")
                        .withDevice("a")
                        .withConditions(new ConditionBuilder()
                                .withType(type)
                                .withStatus("True")
                                .withReason("Because")
                                .withMessage("it is so")
                                .build())
                        .build())
                .endStatus()
                .build());
    }

    @Test
    void earlierAlternativesMakeANodeBetter() {
        devices("n1", "[{name: a, attributes: {size: {string: small}}}]");
        devices("n2", "[{name: b, attributes: {size: {string: large}}}]");
        api.put(deviceClass("gpu", "{}"));
        api.put(claim("c", """
            {requests: [{name: r, firstAvailable: [
              {name: large, deviceClassName: gpu, allocationMode: ExactCount, count: 1,
               selectors: [{cel: {expression: "device.attributes['d.example.com'].size == 'large'"}}]},
              {name: other, deviceClassName: gpu, allocationMode: ExactCount, count: 1}]}]}\
            """));
        api.put(pod("p", "c"));
        scheduler.start();
        awaitNode("p");
        assertThat(node("p")).isEqualTo("n2");
    }

    private static Pod accelerated(String name, String amount) {
        return new PodBuilder(TestPods.pod(name, Map.of("example.com/gpu", new Quantity(amount))))
                .editMetadata()
                .withUid("uid-" + name)
                .endMetadata()
                .build();
    }

    private List<ResourceClaim> madeFor(String pod) {
        return client.resource(ResourceClaim.class).list(ListQuery.all()).items().stream()
                .filter(claim -> claim.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> owner.getName().equals(pod)))
                .toList();
    }

    @Test
    void anExtendedResourceThatAClassStandsForBecomesAClaim() {
        devices("n2", "[{name: a}, {name: b}, {name: c}]");
        api.put(deviceClass("gpu", "{extendedResourceName: example.com/gpu}"));
        api.put(accelerated("p", "2"));
        scheduler.start();
        awaitNode("p");
        assertThat(node("p")).isEqualTo("n2");
        var claim = madeFor("p").getFirst();
        assertThat(claim.getMetadata().getGenerateName()).isEqualTo("p-extended-resources-");
        assertThat(claim.getMetadata().getAnnotations())
                .containsEntry("resource.kubernetes.io/extended-resource-claim", "true");
        assertThat(devices(claim)).containsExactlyInAnyOrder("n2/a", "n2/b");
        assertThat(consumers(claim)).containsExactly("pods/p");
        var status = get("p").getStatus().getExtendedResourceClaimStatus();
        assertThat(status.getResourceClaimName()).isEqualTo(claim.getMetadata().getName());
        assertThat(status.getRequestMappings()).singleElement().satisfies(mapping -> {
            assertThat(mapping.getContainerName()).isEqualTo("main");
            assertThat(mapping.getResourceName()).isEqualTo("example.com/gpu");
            assertThat(mapping.getRequestName()).isEqualTo("container-0-request-0");
        });

        // One device is left; the class's own name is a resource as well.
        api.put(accelerated("second", "2"));
        awaitMessage("second", "cannot allocate all claims");
        api.put(new PodBuilder(
                        TestPods.pod("third", Map.of("deviceclass.resource.kubernetes.io/gpu", new Quantity("1"))))
                .editMetadata()
                .withUid("uid-third")
                .endMetadata()
                .build());
        awaitNode("third");
        assertThat(devices(madeFor("third").getFirst())).containsExactly("n2/c");
    }

    @Test
    void aNodeThatHasTheResourceFromAPluginNeedsNoClaim() {
        api.put(deviceClass("gpu", "{extendedResourceName: example.com/gpu}"));
        var node = TestPods.node("n3", "8", "8Gi");
        node.getStatus().getAllocatable().put("example.com/gpu", new Quantity("1"));
        api.put(node);
        api.put(accelerated("p", "1"));
        scheduler.start();
        awaitNode("p");
        assertThat(node("p")).isEqualTo("n3");
        assertThat(madeFor("p")).isEmpty();
    }

    @Test
    void aClaimOfAnAttemptThatFailedIsReplaced() {
        devices("n1", "[{name: a}]");
        api.put(deviceClass("gpu", "{extendedResourceName: example.com/gpu}"));
        var stale = new ResourceClaimBuilder(claim("left", 1))
                .editMetadata()
                .addToAnnotations("resource.kubernetes.io/extended-resource-claim", "true")
                .addToFinalizers("resource.kubernetes.io/delete-protection")
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName("p")
                .withUid("uid-p")
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build();
        api.put(stale);
        api.put(accelerated("p", "1"));
        scheduler.start();
        awaitNodeWithTime("p");
        assertThat(madeFor("p")).singleElement().satisfies(claim -> {
            assertThat(claim.getMetadata().getName()).isNotEqualTo("left");
            assertThat(devices(claim)).containsExactly("n1/a");
        });
    }
}
