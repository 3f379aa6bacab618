package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Claims, from their pod's point of view: scheduler, volume controllers, provisioner and kubelet work together. */
class StorageStoryTest {
    private static EmbeddedCluster cluster;
    private static ApiClient client;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.builder().nodes(2).start();
        client = cluster.asUser(new User("test", List.of(User.MASTERS, User.AUTHENTICATED)));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static <T extends HasMetadata> T get(Class<T> type, String name) {
        return client.resource(type).get(namespace(type), name).orElseThrow();
    }

    private static <T extends HasMetadata> boolean exists(Class<T> type, String name) {
        return client.resource(type).get(namespace(type), name).isPresent();
    }

    private static <T extends HasMetadata> void delete(Class<T> type, String name) {
        client.resource(type).delete(namespace(type), name, DeleteOptions.none());
    }

    private static String namespace(Class<?> type) {
        return Namespaced.class.isAssignableFrom(type) ? "default" : "";
    }

    private static void awaitRunning(String pod) {
        Await.until(
                pod + " runs",
                () -> client.resource(Pod.class)
                        .get("default", pod)
                        .filter(p -> p.getMetadata().getDeletionTimestamp() == null
                                && p.getStatus() != null
                                && "Running".equals(p.getStatus().getPhase()))
                        .isPresent());
    }

    private static PersistentVolume volumeOf(String claim) {
        return get(
                PersistentVolume.class,
                get(PersistentVolumeClaim.class, claim).getSpec().getVolumeName());
    }

    @Test
    void podsOfAStatefulSetKeepTheirVolumes() {
        cluster.apply("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: db}
                spec:
                  serviceName: db
                  replicas: 2
                  selector: {matchLabels: {app: db}}
                  template:
                    metadata: {labels: {app: db}}
                    spec:
                      containers:
                      - {name: c, image: i, volumeMounts: [{name: data, mountPath: /data, subPath: inner}]}
                  volumeClaimTemplates:
                  - metadata: {name: data}
                    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                """);
        Await.until(
                "both pods are ready",
                () -> Integer.valueOf(2)
                        .equals(get(StatefulSet.class, "db").getStatus().getReadyReplicas()));
        var pod = get(Pod.class, "db-0");
        var volume = volumeOf("data-db-0");
        assertThat(volume.getSpec().getStorageClassName()).isEqualTo("standard");
        assertThat(volume.getSpec()
                        .getNodeAffinity()
                        .getRequired()
                        .getNodeSelectorTerms()
                        .getFirst()
                        .getMatchExpressions()
                        .getFirst()
                        .getValues())
                .containsExactly(pod.getSpec().getNodeName());

        delete(Pod.class, "db-0");
        Await.until(
                "another pod took its place",
                () -> client.resource(Pod.class)
                        .get("default", "db-0")
                        .filter(p -> !p.getMetadata()
                                .getUid()
                                .equals(pod.getMetadata().getUid()))
                        .isPresent());
        awaitRunning("db-0");
        assertThat(get(Pod.class, "db-0").getSpec().getNodeName())
                .as("it is where its volume is")
                .isEqualTo(pod.getSpec().getNodeName());
        assertThat(volumeOf("data-db-0").getMetadata().getUid())
                .isEqualTo(volume.getMetadata().getUid());

        client.resource(PersistentVolumeClaim.class)
                .patch(
                        "default",
                        "data-db-0",
                        Patch.merge("{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"3Gi\"}}}}"));
        Await.until(
                "the claim has grown",
                () -> get(PersistentVolumeClaim.class, "data-db-0")
                        .getStatus()
                        .getCapacity()
                        .get("storage")
                        .toString()
                        .equals("3Gi"));

        delete(StatefulSet.class, "db");
        delete(PersistentVolumeClaim.class, "data-db-0");
        delete(PersistentVolumeClaim.class, "data-db-1");
        Await.until(
                "the volumes have gone with their claims",
                () -> client.resource(PersistentVolume.class).list(ListQuery.all()).items().stream()
                        .noneMatch(v -> v.getSpec().getClaimRef().getName().startsWith("data-db-")));
    }

    @Test
    void anEphemeralVolumeGoesWithItsPod() {
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: eph}
                spec:
                  containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /v}]}]
                  volumes:
                  - name: v
                    ephemeral:
                      volumeClaimTemplate:
                        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                """);
        awaitRunning("eph");
        var volume = volumeOf("eph-v").getMetadata().getName();
        delete(Pod.class, "eph");
        Await.until(
                "claim and volume are gone",
                () -> !exists(PersistentVolumeClaim.class, "eph-v") && !exists(PersistentVolume.class, volume));
    }

    @Test
    void aDriversVolumesGoWhereThereIsRoomAndAreAttachedThere() {
        cluster.apply("""
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: {name: disks}
                provisioner: disk.example.com
                volumeBindingMode: WaitForFirstConsumer
                ---
                apiVersion: storage.k8s.io/v1
                kind: CSIDriver
                metadata: {name: disk.example.com}
                spec: {attachRequired: true, storageCapacity: true}
                ---
                apiVersion: storage.k8s.io/v1
                kind: CSIStorageCapacity
                metadata: {name: room, namespace: default}
                storageClassName: disks
                nodeTopology: {matchLabels: {kubernetes.io/hostname: node-2}}
                capacity: 10Gi
                ---
                apiVersion: storage.k8s.io/v1
                kind: CSINode
                metadata: {name: node-2}
                spec: {drivers: [{name: disk.example.com, nodeID: two, allocatable: {count: 1}}]}
                """);
        for (var name : List.of("one", "two")) {
            cluster.apply("""
                    apiVersion: v1
                    kind: PersistentVolumeClaim
                    metadata: {name: NAME}
                    spec: {storageClassName: disks, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                    """.replace("NAME", name));
        }
        pod("one");
        Await.until(
                "the scheduler has chosen the node with room",
                () -> "node-2"
                        .equals(get(PersistentVolumeClaim.class, "one")
                                .getMetadata()
                                .getAnnotations()
                                .get("volume.kubernetes.io/selected-node")));
        // the test is the driver's provisioner and attacher
        client.resource(PersistentVolume.class)
                .create(new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName("disk-one")
                        .addToAnnotations("pv.kubernetes.io/provisioned-by", "disk.example.com")
                        .endMetadata()
                        .withNewSpec()
                        .withStorageClassName("disks")
                        .withAccessModes("ReadWriteOnce")
                        .addToCapacity("storage", new Quantity("1Gi"))
                        .withNewCsi()
                        .withDriver("disk.example.com")
                        .withVolumeHandle("h1")
                        .endCsi()
                        .withClaimRef(EventRecorder.reference(get(PersistentVolumeClaim.class, "one")))
                        .endSpec()
                        .build());
        Await.until("an attachment is asked for", () -> !attachments().isEmpty());
        var attachment = attachments().getFirst();
        assertThat(attachment.getSpec().getNodeName()).isEqualTo("node-2");
        client.resource(VolumeAttachment.class)
                .patchStatus("", attachment.getMetadata().getName(), Patch.merge("{\"status\":{\"attached\":true}}"));
        awaitRunning("one");
        assertThat(get(Node.class, "node-2").getStatus().getVolumesAttached())
                .extracting(v -> v.getName())
                .containsExactly("kubernetes.io/csi/disk.example.com^h1");
        Await.until(
                "the node says that it uses the volume",
                () -> get(Node.class, "node-2")
                        .getStatus()
                        .getVolumesInUse()
                        .contains("kubernetes.io/csi/disk.example.com^h1"));

        pod("two");
        Await.until(
                "the node takes no second volume",
                () -> unschedulable("two").contains("1 node(s) exceed max volume count"));
        delete(Pod.class, "one");
        Await.until("it is detached", () -> attachments().isEmpty());
    }

    /** The cluster does not rest while the scheduler waits for the pod's claim. */
    private static void pod(String name) {
        client.resource(Pod.class)
                .create(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("c")
                        .withImage("i")
                        .addNewVolumeMount()
                        .withName("v")
                        .withMountPath("/v")
                        .endVolumeMount()
                        .endContainer()
                        .addNewVolume()
                        .withName("v")
                        .withNewPersistentVolumeClaim(name, false)
                        .endVolume()
                        .endSpec()
                        .build());
    }

    /** Why the scheduler finds no node; empty if it has said nothing. */
    private static String unschedulable(String pod) {
        return get(Pod.class, pod).getStatus().getConditions().stream()
                .filter(c -> c.getType().equals("PodScheduled") && c.getStatus().equals("False"))
                .map(c -> String.valueOf(c.getMessage()))
                .findFirst()
                .orElse("");
    }

    private static List<VolumeAttachment> attachments() {
        return client.resource(VolumeAttachment.class).list(ListQuery.all()).items();
    }
}
