package dev.navarch.scheduler;

import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTermBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodAffinityTermBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTermBuilder;
import io.fabric8.kubernetes.api.model.storage.CSINodeBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Nodes and pods that meet each other in all the ways that the plugins look at. */
final class RandomCluster {
    static final Map<String, Map<String, String>> NAMESPACES =
            Map.of("default", Map.of("team", "red"), "other", Map.of("team", "blue"), "third", Map.of());
    private static final List<String> KEYS =
            List.of("kubernetes.io/hostname", "topology.kubernetes.io/zone", "example.com/rack");
    private static final List<String> IMAGES = List.of("example/a:1", "example/b:1", "example/c:1");

    /** What {@link #objects} makes: the zone of each volume, "" for any. */
    static final List<String> VOLUME_ZONES = List.of("zone0", "zone1", "zone2", "", "", "");

    /** From this one on claims are for one pod only. */
    static final int FIRST_EXCLUSIVE = 4;

    /** So many volumes of the driver can be attached to a node whose number is even. */
    static final int ATTACHABLE = 2;

    private static final String DRIVER = "disk.example.com";

    private final Random random;

    RandomCluster(Random random) {
        this.random = random;
    }

    /** Claims {@code c0}, {@code c1} and so on in the namespace default, with their volumes, and nodes with limits. */
    static List<HasMetadata> objects(int nodes) {
        var objects = new ArrayList<HasMetadata>();
        for (int i = 0; i < VOLUME_ZONES.size(); i++) {
            var mode = i < FIRST_EXCLUSIVE ? "ReadWriteMany" : "ReadWriteOncePod";
            var volume = new PersistentVolumeBuilder()
                    .withNewMetadata()
                    .withName("v" + i)
                    .endMetadata()
                    .withNewSpec()
                    .withAccessModes(mode)
                    .addToCapacity("storage", new Quantity("1Gi"))
                    .withNewClaimRef()
                    .withNamespace("default")
                    .withName("c" + i)
                    .withUid("uid-c" + i)
                    .endClaimRef()
                    .withNewCsi()
                    .withDriver(DRIVER)
                    .withVolumeHandle("h" + i)
                    .endCsi();
            if (!VOLUME_ZONES.get(i).isEmpty()) {
                volume.withNewNodeAffinity()
                        .withNewRequired()
                        .addNewNodeSelectorTerm()
                        .addToMatchExpressions(new NodeSelectorRequirement(
                                "topology.kubernetes.io/zone", "In", List.of(VOLUME_ZONES.get(i))))
                        .endNodeSelectorTerm()
                        .endRequired()
                        .endNodeAffinity();
            }
            objects.add(volume.endSpec().build());
            objects.add(new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("c" + i)
                    .withUid("uid-c" + i)
                    .addToAnnotations("pv.kubernetes.io/bind-completed", "yes")
                    .endMetadata()
                    .withNewSpec()
                    .withAccessModes(mode)
                    .withVolumeName("v" + i)
                    .withStorageClassName("")
                    .endSpec()
                    .build());
        }
        for (int i = 0; i < nodes; i += 2) {
            objects.add(new CSINodeBuilder()
                    .withNewMetadata()
                    .withName("node" + i)
                    .endMetadata()
                    .withNewSpec()
                    .addNewDriver()
                    .withName(DRIVER)
                    .withNodeID("node" + i)
                    .withNewAllocatable(ATTACHABLE)
                    .endDriver()
                    .endSpec()
                    .build());
        }
        return objects;
    }

    private boolean often() {
        return random.nextInt(10) < 7;
    }

    private boolean seldom() {
        return random.nextInt(7) == 0;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    Node node(String name) {
        Map<String, String> labels = new HashMap<>();
        if (!seldom()) {
            labels.put("topology.kubernetes.io/zone", "zone" + random.nextInt(3));
        }
        if (often()) {
            labels.put("example.com/rack", "rack" + random.nextInt(4));
        }
        if (often()) {
            labels.put("disk", any(List.of("ssd", "hdd")));
        }
        var node = TestPods.node(
                name,
                Integer.toString(random.nextInt(2, 30)),
                random.nextInt(2, 30) + "Gi",
                random.nextInt(8, 30),
                labels);
        var builder = new NodeBuilder(node);
        if (seldom()) {
            builder.editSpec().withUnschedulable(true).endSpec();
        }
        for (int i = random.nextInt(6) / 4; i > 0; i--) {
            var effect = any(List.of("NoSchedule", "PreferNoSchedule", "PreferNoSchedule", "NoExecute"));
            builder.editSpec()
                    .addToTaints(new Taint(effect, "taint" + random.nextInt(4), null, "v" + random.nextInt(2)))
                    .endSpec();
        }
        if (seldom()) {
            builder.editStatus()
                    .addToAllocatable("example.com/gpu", new Quantity("4"))
                    .endStatus();
        }
        for (var image : IMAGES) {
            if (seldom()) {
                builder.editStatus()
                        .addNewImage()
                        .withNames(image)
                        .withSizeBytes(random.nextLong(1L << 31))
                        .endImage()
                        .endStatus();
            }
        }
        return builder.build();
    }

    /** Of a few controllers, so that many pods are alike. */
    Pod pod(String name, int kind) {
        var own = new Random(kind);
        return new RandomCluster(own).pod(name);
    }

    private Pod pod(String name) {
        Map<String, Quantity> requests = new HashMap<>();
        if (often()) {
            requests.put("cpu", new Quantity(random.nextInt(1, 1500) + "m"));
        }
        if (often()) {
            requests.put("memory", new Quantity(random.nextInt(1, 1500) + "Mi"));
        }
        if (seldom()) {
            requests.put("example.com/gpu", new Quantity("1"));
        }
        var builder = new PodBuilder(TestPods.pod(name, requests));
        builder.editMetadata()
                .withUid("uid-" + name)
                .withNamespace(any(List.of("default", "default", "other", "third")))
                .withLabels(Map.of("app", "app" + random.nextInt(3), "version", "v" + random.nextInt(2)))
                .endMetadata();
        var spec = builder.editSpec();
        spec.editFirstContainer().withImage(any(IMAGES)).endContainer();
        if (seldom()) {
            spec.editFirstContainer()
                    .addNewPort()
                    .withHostPort(8000 + random.nextInt(2))
                    .withContainerPort(80)
                    .withProtocol(any(List.of("TCP", "UDP")))
                    .withHostIP(any(List.of("0.0.0.0", "10.0.0.1", "10.0.0.2")))
                    .endPort()
                    .endContainer();
        }
        if (seldom()) {
            spec.addToNodeSelector("disk", "ssd");
        }
        if (random.nextInt(4) == 0) {
            spec.addNewVolume()
                    .withName("data")
                    .withNewPersistentVolumeClaim("c" + random.nextInt(VOLUME_ZONES.size()), false)
                    .endVolume();
            builder.editMetadata().withNamespace("default").endMetadata();
        }
        if (seldom()) {
            spec.addNewInitContainer()
                    .withName("first")
                    .withImage(any(IMAGES))
                    .withRestartPolicy(random.nextBoolean() ? "Always" : null)
                    .withNewResources()
                    .addToRequests("cpu", new Quantity(random.nextInt(1, 4000) + "m"))
                    .addToRequests("memory", new Quantity("10Mi"))
                    .endResources()
                    .endInitContainer();
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            spec.addNewToleration()
                    .withKey("taint" + random.nextInt(4))
                    .withOperator("Exists")
                    .endToleration();
        }
        var affinity = new AffinityBuilder();
        if (seldom()) {
            affinity.withNewNodeAffinity()
                    .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                    .withWeight(random.nextInt(1, 100))
                    .withPreference(new NodeSelectorTermBuilder()
                            .addNewMatchExpression()
                            .withKey("topology.kubernetes.io/zone")
                            .withOperator("In")
                            .withValues("zone1")
                            .endMatchExpression()
                            .build())
                    .endPreferredDuringSchedulingIgnoredDuringExecution()
                    .endNodeAffinity();
        }
        if (seldom()) {
            affinity.editOrNewNodeAffinity()
                    .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                    .addNewNodeSelectorTerm()
                    .addToMatchExpressions(
                            new NodeSelectorRequirement("disk", any(List.of("Exists", "DoesNotExist")), List.of()))
                    .endNodeSelectorTerm()
                    .addNewNodeSelectorTerm()
                    .addToMatchExpressions(
                            new NodeSelectorRequirement("example.com/rack", "NotIn", List.of("rack1", "rack2")))
                    .addToMatchFields(new NodeSelectorRequirement("metadata.name", "NotIn", List.of("node3")))
                    .endNodeSelectorTerm()
                    .endRequiredDuringSchedulingIgnoredDuringExecution()
                    .endNodeAffinity();
        }
        if (random.nextInt(5) == 0) {
            affinity.withNewPodAffinity()
                    .withRequiredDuringSchedulingIgnoredDuringExecution(terms())
                    .addAllToPreferredDuringSchedulingIgnoredDuringExecution(terms().stream()
                            .map(term -> new WeightedPodAffinityTermBuilder()
                                    .withWeight(random.nextInt(1, 100))
                                    .withPodAffinityTerm(term)
                                    .build())
                            .toList())
                    .endPodAffinity();
        }
        if (random.nextInt(5) == 0) {
            affinity.withNewPodAntiAffinity()
                    .withRequiredDuringSchedulingIgnoredDuringExecution(terms())
                    .addAllToPreferredDuringSchedulingIgnoredDuringExecution(terms().stream()
                            .map(term -> new WeightedPodAffinityTermBuilder()
                                    .withWeight(random.nextInt(1, 100))
                                    .withPodAffinityTerm(term)
                                    .build())
                            .toList())
                    .endPodAntiAffinity();
        }
        spec.withAffinity(affinity.build());
        spec.withTopologySpreadConstraints(constraints());
        return spec.endSpec().build();
    }

    private List<PodAffinityTerm> terms() {
        var terms = new ArrayList<PodAffinityTerm>();
        for (int i = random.nextInt(5) / 2; i > 0; i--) {
            var term = new PodAffinityTermBuilder()
                    .withTopologyKey(any(KEYS))
                    .withNewLabelSelector()
                    .addToMatchLabels("app", "app" + random.nextInt(3))
                    .endLabelSelector();
            switch (random.nextInt(5)) {
                case 0 -> term.withNamespaces("default", "other");
                case 1 ->
                    term.withNewNamespaceSelector()
                            .addToMatchLabels("team", any(List.of("red", "blue")))
                            .endNamespaceSelector();
                case 2 -> term.withNewNamespaceSelector().endNamespaceSelector();
                default -> {}
            }
            terms.add(term.build());
        }
        return terms;
    }

    private List<TopologySpreadConstraint> constraints() {
        var constraints = new ArrayList<TopologySpreadConstraint>();
        for (int i = random.nextInt(6) / 2; i > 0; i--) {
            var constraint = new TopologySpreadConstraintBuilder()
                    .withTopologyKey(any(KEYS))
                    .withMaxSkew(random.nextInt(1, 6))
                    .withWhenUnsatisfiable(any(List.of("DoNotSchedule", "ScheduleAnyway")))
                    .withNewLabelSelector()
                    .addToMatchLabels("app", "app" + random.nextInt(3))
                    .endLabelSelector();
            if (seldom()) {
                constraint.withMatchLabelKeys("version");
            }
            if (seldom()) {
                constraint.withNodeTaintsPolicy("Honor");
            }
            if (seldom()) {
                constraint.withNodeAffinityPolicy("Ignore");
            }
            var built = constraint.build();
            if (seldom() && built.getWhenUnsatisfiable().equals("DoNotSchedule")) {
                built.setMinDomains(random.nextInt(1, 4));
            }
            constraints.add(built);
        }
        return constraints;
    }
}
