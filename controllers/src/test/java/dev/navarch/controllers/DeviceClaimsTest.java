package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.DeleteOptions;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodResourceClaimStatus;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimTemplateBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Claims of devices come with their pods and go with them. Seeds above 0 kill the controllers after every few writes.
 * Cases of pkg/controller/resourceclaim/controller_test.go.
 */
class DeviceClaimsTest {
    private static final String FINALIZER = "resource.kubernetes.io/delete-protection";

    private static SimulatedCluster cluster(long seed) {
        var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 2);
        cluster.kubelets = false;
        cluster.api.put(cluster.node("n1")); // pods of nodes that are not there would be collected
        return cluster;
    }

    private static void template(SimulatedCluster cluster) {
        cluster.api.put(new ResourceClaimTemplateBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("t")
                .endMetadata()
                .withNewSpec()
                .withNewMetadata()
                .addToLabels("from", "template")
                .addToAnnotations("note", "x")
                .endMetadata()
                .withNewSpec()
                .withNewDevices()
                .addNewRequest()
                .withName("r")
                .withNewExactly()
                .withDeviceClassName("gpu")
                .endExactly()
                .endRequest()
                .endDevices()
                .endSpec()
                .endSpec()
                .build());
    }

    private static PodBuilder pod(String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .endContainer()
                .endSpec();
    }

    private static Pod withTemplates(String name, String... claims) {
        var pod = pod(name);
        for (var claim : claims) {
            pod.editSpec()
                    .addNewResourceClaim()
                    .withName(claim)
                    .withResourceClaimTemplateName("t")
                    .endResourceClaim()
                    .endSpec();
        }
        return pod.build();
    }

    private static Pod withClaim(String name, String claim, String node) {
        return pod(name)
                .editSpec()
                .withNodeName(node)
                .addNewResourceClaim()
                .withName("mine")
                .withResourceClaimName(claim)
                .endResourceClaim()
                .endSpec()
                .build();
    }

    private static ResourceClaim claim(SimulatedCluster cluster, String name) {
        return cluster.get(ResourceClaim.class, "d", name);
    }

    private static Optional<String> generated(SimulatedCluster cluster, String pod, String named) {
        var status = cluster.get(Pod.class, "d", pod).getStatus();
        return status == null || status.getResourceClaimStatuses() == null
                ? Optional.empty()
                : status.getResourceClaimStatuses().stream()
                        .filter(each -> each.getName().equals(named))
                        .map(PodResourceClaimStatus::getResourceClaimName)
                        .findFirst();
    }

    /** What the scheduler does. */
    private static void allocate(SimulatedCluster cluster, ResourceClaim claim, String... pods) {
        var builder = new ResourceClaimBuilder(claim)
                .editMetadata()
                .addToFinalizers(FINALIZER)
                .endMetadata()
                .editOrNewStatus()
                .withAllocation(new AllocationResult());
        for (var pod : pods) {
            builder.addNewReservedFor()
                    .withResource("pods")
                    .withName(pod)
                    .withUid(cluster.get(Pod.class, "d", pod).getMetadata().getUid())
                    .endReservedFor();
        }
        cluster.api.put(builder.endStatus().build());
    }

    private static List<String> consumers(ResourceClaim claim) {
        return claim.getStatus().getReservedFor().stream()
                .map(ResourceClaimConsumerReference::getName)
                .toList();
    }

    private static void end(SimulatedCluster cluster, String pod) {
        cluster.api.put(new PodBuilder(cluster.get(Pod.class, "d", pod))
                .editOrNewStatus()
                .withPhase("Succeeded")
                .endStatus()
                .build());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4})
    void claimsAreMadeFromTemplatesAndGoWhenThePodEnds(long seed) {
        try (var cluster = cluster(seed)) {
            template(cluster);
            cluster.api.put(withTemplates("p", "a", "b"));
            cluster.until(
                    "both are noted",
                    () -> generated(cluster, "p", "a").isPresent()
                            && generated(cluster, "p", "b").isPresent());
            assertThat(cluster.all(ResourceClaim.class)).hasSize(2);
            var a = claim(cluster, generated(cluster, "p", "a").orElseThrow());
            assertThat(a.getMetadata().getName()).startsWith("p-a-");
            assertThat(a.getMetadata().getLabels()).containsEntry("from", "template");
            assertThat(a.getMetadata().getAnnotations())
                    .isEqualTo(Map.of("note", "x", "resource.kubernetes.io/pod-claim-name", "a"));
            assertThat(a.getMetadata().getOwnerReferences().getFirst().getKind())
                    .isEqualTo("Pod");
            allocate(cluster, a, "p");
            end(cluster, "p");
            cluster.until(
                    "both are gone", () -> cluster.all(ResourceClaim.class).isEmpty());
        }
    }

    /** The pod names no claim; the scheduler has made one for what it requests. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void aClaimOfExtendedResourcesGoesWhenThePodEnds(long seed) {
        try (var cluster = cluster(seed)) {
            var pod = cluster.api.put(pod("p").editSpec()
                    .withNodeName("n1")
                    .endSpec()
                    .withNewStatus()
                    .withNewExtendedResourceClaimStatus()
                    .withResourceClaimName("p-extended")
                    .endExtendedResourceClaimStatus()
                    .endStatus()
                    .build());
            var claim = cluster.api.put(new ResourceClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("p-extended")
                    .addToAnnotations("resource.kubernetes.io/extended-resource-claim", "true")
                    .withOwnerReferences(ControllerRef.to(pod))
                    .endMetadata()
                    .build());
            allocate(cluster, claim, "p");
            cluster.pass(Duration.ofSeconds(1));
            assertThat(consumers(claim(cluster, "p-extended"))).containsExactly("p");
            end(cluster, "p");
            cluster.until("it is gone", () -> !cluster.exists(ResourceClaim.class, "d", "p-extended"));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void aSharedClaimIsFreeWhenItsLastPodIsGone(long seed) {
        try (var cluster = cluster(seed)) {
            cluster.api.put(withClaim("p1", "shared", "n1"));
            cluster.api.put(withClaim("p2", "shared", "n1"));
            var claim = cluster.api.put(new ResourceClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("shared")
                    .endMetadata()
                    .build());
            allocate(cluster, claim, "p1", "p2");
            cluster.api.remove(cluster.get(Pod.class, "d", "p1"));
            cluster.until(
                    "one uses it", () -> consumers(claim(cluster, "shared")).equals(List.of("p2")));
            assertThat(claim(cluster, "shared").getStatus().getAllocation()).isNotNull();
            end(cluster, "p2");
            cluster.until(
                    "it is free",
                    () -> consumers(claim(cluster, "shared")).isEmpty()
                            && claim(cluster, "shared").getStatus().getAllocation() == null);
        }
    }

    @Test
    void aPodThatNobodyScheduledHasItsClaimReserved() {
        try (var cluster = cluster(0)) {
            cluster.api.put(withClaim("p", "c", "n1"));
            cluster.api.put(new ResourceClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("c")
                    .endMetadata()
                    .withNewStatus()
                    .withAllocation(new AllocationResult())
                    .endStatus()
                    .build());
            cluster.until("it is reserved", () -> consumers(claim(cluster, "c")).equals(List.of("p")));
        }
    }

    @Test
    void aPodThatTheCacheDoesNotShowYetIsNotTakenOffTheList() {
        try (var cluster = cluster(0)) {
            cluster.api.holdWatches("pods");
            cluster.api.put(withClaim("p", "c", "n1"));
            var claim = cluster.api.put(new ResourceClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("c")
                    .endMetadata()
                    .build());
            allocate(cluster, claim, "p");
            cluster.pass(Duration.ofSeconds(5));
            assertThat(consumers(claim(cluster, "c"))).containsExactly("p");
        }
    }

    @Test
    void aClaimInUseIsKeptUntilItsPodIsGone() {
        try (var cluster = cluster(0)) {
            cluster.api.put(withClaim("p", "c", "n1"));
            var claim = cluster.api.put(new ResourceClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("c")
                    .endMetadata()
                    .build());
            allocate(cluster, claim, "p");
            new ApiClient(cluster.api, "somebody").resource(ResourceClaim.class).delete("d", "c", DeleteOptions.none());
            cluster.pass(Duration.ofSeconds(5));
            assertThat(claim(cluster, "c").getStatus().getAllocation()).isNotNull();
            cluster.api.remove(cluster.get(Pod.class, "d", "p"));
            cluster.until("it is gone", () -> !cluster.exists(ResourceClaim.class, "d", "c"));
        }
    }

    @Test
    void aMissingTemplateIsToldAndWaitedFor() {
        try (var cluster = cluster(0)) {
            cluster.api.put(withTemplates("p", "a"));
            cluster.until(
                    "it is told",
                    () -> cluster.all(Event.class).stream()
                            .anyMatch(event -> event.getReason().equals("FailedResourceClaimCreation")
                                    && event.getMessage()
                                            .startsWith("PodResourceClaim a: resource claim template \"t\":")));
            template(cluster);
            cluster.until("it is made", () -> generated(cluster, "p", "a").isPresent());
        }
    }

    @Test
    void aClaimThatWasDeletedIsMadeAgain() {
        try (var cluster = cluster(0)) {
            template(cluster);
            cluster.api.put(withTemplates("p", "a"));
            cluster.until("it is made", () -> generated(cluster, "p", "a").isPresent());
            var first = generated(cluster, "p", "a").orElseThrow();
            cluster.api.remove(claim(cluster, first));
            cluster.until(
                    "there is another",
                    () -> !generated(cluster, "p", "a").orElseThrow().equals(first));
        }
    }
}
