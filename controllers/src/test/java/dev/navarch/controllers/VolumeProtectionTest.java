package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClassBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Claims in use and bound volumes outlive their deletion, on a simulated cluster. */
class VolumeProtectionTest {
    private static Pod pod(String node) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("p")
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewContainer()
                .withName("c")
                .endContainer()
                .addNewVolume()
                .withName("v")
                .withNewPersistentVolumeClaim("data", false)
                .endVolume()
                .endSpec()
                .build();
    }

    private static void claim(SimulatedCluster cluster) {
        cluster.api.put(new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("data")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build());
        cluster.until(
                "it is protected",
                () -> finalizers(cluster.get(PersistentVolumeClaim.class, "d", "data"))
                        .equals(List.of("kubernetes.io/pvc-protection")));
    }

    private static List<String> finalizers(HasMetadata object) {
        return object.getMetadata().getFinalizers();
    }

    private static ApiClient somebody(SimulatedCluster cluster) {
        return new ApiClient(cluster.api, "somebody");
    }

    private static boolean isBound(SimulatedCluster cluster) {
        return "Bound".equals(StorageFacts.phase(cluster.get(PersistentVolume.class, "", "v")));
    }

    private static boolean isThere(SimulatedCluster cluster) {
        return cluster.exists(PersistentVolumeClaim.class, "d", "data");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClaimWaitsForItsPod(boolean cacheKnowsThePod) {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            claim(cluster);
            if (!cacheKnowsThePod) {
                cluster.api.holdWatches("pods");
            }
            cluster.api.put(pod("n1"));
            if (cacheKnowsThePod) {
                cluster.pass(Duration.ofSeconds(1));
            }
            somebody(cluster).resource(PersistentVolumeClaim.class).delete("d", "data", DeleteOptions.none());
            cluster.pass(Duration.ofSeconds(10)); // pods of nodes that are not there go later
            assertThat(isThere(cluster)).isTrue();
            cluster.api.releaseWatches();
            cluster.api.remove(cluster.get(Pod.class, "d", "p"));
            cluster.until("it is gone", () -> !isThere(cluster));
        }
    }

    @Test
    void aPodWithoutANodeHoldsNothing() {
        try (var cluster = new SimulatedCluster(2)) {
            cluster.kubelets = false;
            claim(cluster);
            cluster.api.put(pod(null));
            cluster.pass(Duration.ofSeconds(1));
            somebody(cluster).resource(PersistentVolumeClaim.class).delete("d", "data", DeleteOptions.none());
            cluster.until("it is gone", () -> !isThere(cluster));
        }
    }

    @Test
    void aVolumeGoesWhenItIsReleased() {
        try (var cluster = new SimulatedCluster(3)) {
            claim(cluster);
            cluster.api.put(new PersistentVolumeBuilder()
                    .withNewMetadata()
                    .withName("v")
                    .endMetadata()
                    .withNewSpec()
                    .withPersistentVolumeReclaimPolicy("Retain")
                    .endSpec()
                    .build());
            cluster.until(
                    "it is protected and bound",
                    () -> finalizers(cluster.get(PersistentVolume.class, "", "v"))
                                    .equals(List.of("kubernetes.io/pv-protection"))
                            && isBound(cluster));
            somebody(cluster).resource(PersistentVolume.class).delete("", "v", DeleteOptions.none());
            cluster.pass(Duration.ofMinutes(1));
            assertThat(cluster.exists(PersistentVolume.class, "", "v")).isTrue();
            somebody(cluster).resource(PersistentVolumeClaim.class).delete("d", "data", DeleteOptions.none());
            cluster.until("it is gone", () -> !cluster.exists(PersistentVolume.class, "", "v"));
        }
    }

    @Test
    void aClassOfAttributesGoesWhenNothingNamesIt() {
        try (var cluster = new SimulatedCluster(4)) {
            for (var name : List.of("slow", "fast", "unused")) {
                cluster.api.put(new VolumeAttributesClassBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withDriverName("d.example.com")
                        .build());
            }
            cluster.api.put(new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("data")
                    .endMetadata()
                    .withNewSpec()
                    .withVolumeAttributesClassName("fast")
                    .endSpec()
                    .withNewStatus()
                    .withCurrentVolumeAttributesClassName("slow")
                    .endStatus()
                    .build());
            cluster.until(
                    "all are protected",
                    () -> cluster.all(VolumeAttributesClass.class).stream()
                            .allMatch(c -> finalizers(c).equals(List.of("kubernetes.io/vac-protection"))));
            for (var name : List.of("slow", "fast", "unused")) {
                somebody(cluster).resource(VolumeAttributesClass.class).delete("", name, DeleteOptions.none());
            }
            cluster.until("the unused one is gone", () -> !cluster.exists(VolumeAttributesClass.class, "", "unused"));
            cluster.pass(Duration.ofSeconds(5));
            assertThat(cluster.all(VolumeAttributesClass.class)).hasSize(2);
            somebody(cluster)
                    .resource(PersistentVolumeClaim.class)
                    .patchStatus(
                            "d", "data", Patch.merge("{\"status\":{\"currentVolumeAttributesClassName\":\"fast\"}}"));
            cluster.until("the claim has left one", () -> !cluster.exists(VolumeAttributesClass.class, "", "slow"));
            assertThat(cluster.exists(VolumeAttributesClass.class, "", "fast")).isTrue();
            somebody(cluster).resource(PersistentVolumeClaim.class).delete("d", "data", DeleteOptions.none());
            cluster.until(
                    "all are gone",
                    () -> cluster.all(VolumeAttributesClass.class).isEmpty());
        }
    }
}
