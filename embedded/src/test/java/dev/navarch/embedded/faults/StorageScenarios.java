package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import java.util.List;

/** Those of volumes and devices. */
final class StorageScenarios {
    private static final String CLAIM = """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data}
            spec:
              accessModes: [ReadWriteOnce]
              storageClassName: ""
              volumeName: v
              resources: {requests: {storage: 1Gi}}
            ---
            """;

    private StorageScenarios() {}

    static List<Scenario> all() {
        return List.of(
                binding(),
                attaching(),
                ephemeral(),
                expanding(),
                deviceClaims(),
                protectedClaims(),
                protectedVolumes(),
                protectedAttributes());
    }

    private static String volume(String source, String claim) {
        return """
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: v}
                spec:
                  capacity: {storage: 1Gi}
                  accessModes: [ReadWriteOnce]
                  persistentVolumeReclaimPolicy: Retain
                  storageClassName: ""
                  %s
                  %s
                ---
                """.formatted(source, claim);
    }

    private static String podOn(String node, String volume) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: p}
                spec:
                  nodeName: %s
                  containers: [{name: c, image: i}]
                  volumes: [{name: v, %s}]
                status: {phase: Running}
                ---
                """.formatted(node, volume);
    }

    private static boolean isBound(World world) {
        return world.is(
                        PersistentVolumeClaim.class,
                        "data",
                        c -> c.getStatus().getPhase().equals("Bound"))
                && world.is(
                        PersistentVolume.class,
                        "v",
                        v -> v.getStatus().getPhase().equals("Bound"));
    }

    private static Scenario binding() {
        return Scenario.of("persistentvolume-controller")
                .beside("persistentvolumeclaim-protection-controller")
                .then(
                        "claim and volume are each other's",
                        volume("hostPath: {path: /v}", "") + CLAIM.replace("  volumeName: v\n", ""),
                        StorageScenarios::isBound)
                .then(
                        "the volume is released",
                        w -> w.delete(PersistentVolumeClaim.class, "data"),
                        w -> w.find(PersistentVolumeClaim.class, "data").isEmpty()
                                && w.is(
                                        PersistentVolume.class,
                                        "v",
                                        v -> v.getStatus().getPhase().equals("Released")))
                .always(
                        "a claim is bound to a volume that is its own",
                        w -> w.all(PersistentVolumeClaim.class).stream()
                                .filter(c -> "Bound".equals(c.getStatus().getPhase()))
                                .forEach(c -> assertThat(w.find(PersistentVolume.class, "v")
                                                .orElseThrow()
                                                .getSpec()
                                                .getClaimRef()
                                                .getUid())
                                        .isEqualTo(c.getMetadata().getUid())));
    }

    /** Whoever attaches volumes does so when asked to, and kubelets let go of what their pods don't use. */
    private static void attach(World world) {
        for (var attachment : world.all(VolumeAttachment.class)) {
            if (attachment.getStatus() == null
                    || !Boolean.TRUE.equals(attachment.getStatus().getAttached())) {
                world.patchStatus(
                        VolumeAttachment.class, attachment.getMetadata().getName(), "{\"status\":{\"attached\":true}}");
            }
        }
    }

    private static List<String> attached(World world) {
        return world.find(Node.class, "n").orElseThrow().getStatus().getVolumesAttached().stream()
                .map(v -> v.getName())
                .toList();
    }

    private static Scenario attaching() {
        return Scenario.of("attachdetach-controller")
                .beside("persistentvolume-controller")
                .with(World::endPods)
                .with(StorageScenarios::attach)
                .then(
                        "a volume is attached",
                        "{apiVersion: v1, kind: Node, metadata: {name: n, annotations:"
                                + " {volumes.kubernetes.io/controller-managed-attach-detach: \"true\"}}}\n---\n"
                                + volume("csi: {driver: disk.example.com, volumeHandle: h}", "") + CLAIM
                                + podOn("n", "persistentVolumeClaim: {claimName: data}"),
                        w -> attached(w).equals(List.of("kubernetes.io/csi/disk.example.com^h")))
                .then(
                        "it is detached",
                        w -> w.delete(Pod.class, "p"),
                        w -> w.all(VolumeAttachment.class).isEmpty()
                                && attached(w).isEmpty())
                .always(
                        "one attachment",
                        w -> assertThat(w.all(VolumeAttachment.class).size()).isLessThanOrEqualTo(1));
    }

    private static Scenario ephemeral() {
        return Scenario.of("ephemeral_volume")
                .beside("garbage-collector-controller", "persistentvolumeclaim-protection-controller")
                .with(World::endPods)
                .then(
                        "a pod's claim",
                        podOn("n", """
                        ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce],
                            resources: {requests: {storage: 1Gi}}}}}"""),
                        w -> w.find(PersistentVolumeClaim.class, "p-v").isPresent())
                .then(
                        "it goes with the pod",
                        w -> w.delete(Pod.class, "p"),
                        w -> w.all(PersistentVolumeClaim.class).isEmpty()
                                && w.pods().isEmpty())
                .always(
                        "one claim",
                        w -> assertThat(w.all(PersistentVolumeClaim.class).size())
                                .isLessThanOrEqualTo(1));
    }

    private static Scenario expanding() {
        return Scenario.of("volume_expand")
                .writingNothing()
                .then(
                        "who is waited for is told",
                        w -> {
                            w.apply(CLAIM);
                            var uid = w.find(PersistentVolumeClaim.class, "data")
                                    .orElseThrow()
                                    .getMetadata()
                                    .getUid();
                            w.apply(volume(
                                    "csi: {driver: disk.example.com, volumeHandle: h}",
                                    "claimRef: {name: data, namespace: default, uid: " + uid + "}"));
                            w.patchStatus(
                                    PersistentVolumeClaim.class,
                                    "data",
                                    "{\"status\":{\"phase\":\"Bound\",\"capacity\":{\"storage\":\"512Mi\"}}}");
                        },
                        w -> w.all(Event.class).stream()
                                .anyMatch(e -> e.getReason().equals("ExternalExpanding")));
    }

    private static Scenario deviceClaims() {
        return Scenario.of("resource_claim")
                .beside("garbage-collector-controller")
                .with(World::endPods)
                .then(
                        "a claim for a pod, which it is told of",
                        """
                        apiVersion: resource.k8s.io/v1
                        kind: ResourceClaimTemplate
                        metadata: {name: t}
                        spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: gpu}}]}}}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: p}
                        spec:
                          containers: [{name: c, image: i}]
                          resourceClaims: [{name: device, resourceClaimTemplateName: t}]
                        """,
                        w -> w.all(ResourceClaim.class).size() == 1
                                && w.is(
                                        Pod.class,
                                        "p",
                                        p -> p.getStatus().getResourceClaimStatuses().stream()
                                                .anyMatch(s -> s.getResourceClaimName() != null)))
                .then(
                        "it goes with the pod",
                        w -> w.delete(Pod.class, "p"),
                        w -> w.all(ResourceClaim.class).isEmpty() && w.pods().isEmpty())
                .always(
                        "one claim",
                        w -> assertThat(w.all(ResourceClaim.class).size()).isLessThanOrEqualTo(1 + w.lost));
    }

    private static Scenario protectedClaims() {
        return Scenario.of("persistentvolumeclaim-protection-controller")
                .with(World::endPods)
                .then(
                        "a claim is protected",
                        """
                        apiVersion: v1
                        kind: PersistentVolumeClaim
                        metadata: {name: data}
                        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: p}
                        spec:
                          nodeName: n
                          containers: [{name: c, image: i}]
                          volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
                        status: {phase: Running}
                        """,
                        w -> w.is(
                                PersistentVolumeClaim.class,
                                "data",
                                c -> c.getMetadata().getFinalizers().contains("kubernetes.io/pvc-protection")))
                .then(
                        "it waits for its pod",
                        w -> w.delete(PersistentVolumeClaim.class, "data"),
                        w -> w.find(PersistentVolumeClaim.class, "data").isPresent())
                .then(
                        "it goes",
                        w -> w.delete(Pod.class, "p"),
                        w -> w.find(PersistentVolumeClaim.class, "data").isEmpty())
                .always(
                        "never before its pod",
                        w -> assertThat(w.find(PersistentVolumeClaim.class, "data")
                                                .isPresent()
                                        || w.pods().isEmpty())
                                .isTrue());
    }

    private static Scenario protectedVolumes() {
        return Scenario.of("persistentvolume-protection-controller")
                .then(
                        "a volume is protected",
                        """
                        apiVersion: v1
                        kind: PersistentVolume
                        metadata: {name: v}
                        spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /v}}
                        status: {phase: Bound}
                        """,
                        w -> w.is(
                                PersistentVolume.class,
                                "v",
                                v -> v.getMetadata().getFinalizers().contains("kubernetes.io/pv-protection")))
                .then(
                        "it waits",
                        w -> w.delete(PersistentVolume.class, "v"),
                        w -> w.find(PersistentVolume.class, "v").isPresent())
                .then(
                        "it goes when it is released",
                        w -> w.patchStatus(PersistentVolume.class, "v", "{\"status\":{\"phase\":\"Released\"}}"),
                        w -> w.find(PersistentVolume.class, "v").isEmpty());
    }

    private static Scenario protectedAttributes() {
        return Scenario.of("volumeattributesclass-protection-controller")
                .beside("persistentvolumeclaim-protection-controller")
                .then(
                        "a class is protected",
                        """
                        apiVersion: storage.k8s.io/v1
                        kind: VolumeAttributesClass
                        metadata: {name: fast}
                        driverName: d.example.com
                        parameters: {iops: "9"}
                        ---
                        apiVersion: v1
                        kind: PersistentVolumeClaim
                        metadata: {name: data}
                        spec:
                          accessModes: [ReadWriteOnce]
                          volumeAttributesClassName: fast
                          resources: {requests: {storage: 1Gi}}
                        """,
                        w -> w.is(
                                VolumeAttributesClass.class,
                                "fast",
                                c -> c.getMetadata().getFinalizers().contains("kubernetes.io/vac-protection")))
                .then(
                        "it waits for its claim",
                        w -> w.delete(VolumeAttributesClass.class, "fast"),
                        w -> w.find(VolumeAttributesClass.class, "fast").isPresent())
                .then(
                        "it goes",
                        w -> w.delete(PersistentVolumeClaim.class, "data"),
                        w -> w.find(VolumeAttributesClass.class, "fast").isEmpty());
    }
}
