package dev.navarch.conformance.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The API of SIG Storage's kinds: upstream {@code test/e2e/storage} and {@code test/e2e/common/storage}. */
class StorageApiBehaviours {
    private static final String CONDITIONS =
            "{\"conditions\":[{\"type\":\"%s\",\"status\":\"True\",\"reason\":\"E2E\"}]}";

    @Behaviour("[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass"
            + " [Conformance]")
    void storageClass(Scenario scenario) {
        new ApiOperations(scenario, "storageclasses", false, """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: NAME}
            provisioner: e2e-fake-provisioner
            reclaimPolicy: Delete
            volumeBindingMode: Immediate
            """).everything();
    }

    @Behaviour("[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver [Conformance]")
    void csiDriver(Scenario scenario) {
        new ApiOperations(scenario, "csidrivers", false, """
            apiVersion: storage.k8s.io/v1
            kind: CSIDriver
            metadata: {name: NAME}
            spec: {attachRequired: false, podInfoOnMount: false, volumeLifecycleModes: [Ephemeral]}
            """).everything();
    }

    @Behaviour("[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode [Conformance]")
    void csiNode(Scenario scenario) {
        new ApiOperations(scenario, "csinodes", false, """
            apiVersion: storage.k8s.io/v1
            kind: CSINode
            metadata: {name: NAME}
            spec: {drivers: [{name: NAME, nodeID: NAME}]}
            """).everything();
    }

    @Behaviour("[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations [Conformance]")
    void csiStorageCapacity(Scenario scenario) {
        new ApiOperations(scenario, "csistoragecapacities", true, """
            apiVersion: storage.k8s.io/v1
            kind: CSIStorageCapacity
            metadata: {name: NAME}
            storageClassName: e2e-storage-class
            """).everything();
    }

    @Behaviour("[sig-storage] VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment"
            + " [Conformance]")
    void volumeAttachment(Scenario scenario) {
        attachments(scenario).everything();
    }

    @Behaviour("[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status"
            + " [Conformance]")
    void volumeAttachmentStatus(Scenario scenario) {
        attachments(scenario).status("{\"attached\":true}", "{\"attached\":false}");
    }

    private static ApiOperations attachments(Scenario scenario) {
        return new ApiOperations(scenario, "volumeattachments", false, """
            apiVersion: storage.k8s.io/v1
            kind: VolumeAttachment
            metadata: {name: NAME}
            spec: {attacher: e2e-test.example.com, nodeName: e2e-node, source: {persistentVolumeName: e2e-pv}}
            """);
    }

    @Behaviour(
            "[sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle"
                    + " of a VolumeAttributesClass [Conformance]")
    void volumeAttributesClass(Scenario scenario) {
        new ApiOperations(scenario, "volumeattributesclasses", false, """
            apiVersion: storage.k8s.io/v1
            kind: VolumeAttributesClass
            metadata: {name: NAME}
            driverName: e2e-fake-csi-driver
            parameters: {e2eVacTest: test-vac}
            """).everything();
    }

    private static ApiOperations volumes(Scenario scenario) {
        return new ApiOperations(scenario, "persistentvolumes", false, """
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: NAME}
            spec:
              capacity: {storage: 1Gi}
              accessModes: [ReadWriteOnce]
              persistentVolumeReclaimPolicy: Retain
              storageClassName: e2e-no-such-class
              csi: {driver: e2e-driver, volumeHandle: e2e-status-conformance}
            """);
    }

    private static ApiOperations claims(Scenario scenario) {
        return new ApiOperations(scenario, "persistentvolumeclaims", true, """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: NAME}
            spec:
              accessModes: [ReadWriteOnce]
              storageClassName: e2e-no-such-class
              resources: {requests: {storage: 1Gi}}
            """);
    }

    @Behaviour("[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC"
            + " [Conformance]")
    void volumeAndClaim(Scenario scenario) {
        volumes(scenario).everything();
        claims(scenario).everything();
    }

    @Behaviour("[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status [Conformance]")
    void volumeAndClaimStatus(Scenario scenario) {
        volumes(scenario)
                .status(
                        "{\"message\":\"StatusPatched\",\"reason\":\"E2E patchStatus\"}",
                        "{\"message\":\"StatusUpdated\",\"reason\":\"E2E updateStatus\"}");
        claims(scenario).status(CONDITIONS.formatted("StatusPatched"), CONDITIONS.formatted("StatusUpdated"));
    }

    @Behaviour("[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]")
    void csiVolumeInPods(Scenario scenario) {
        new ApiOperations(scenario, "pods", true, """
            apiVersion: v1
            kind: Pod
            metadata: {name: NAME}
            spec:
              containers:
              - name: nginx
                image: nginx:1
                volumeMounts: [{name: csi, mountPath: /mnt}]
              volumes:
              - name: csi
                csi: {driver: e2e.example.com, readOnly: true}
            """).everything();
    }

    private static void refused(ThrowingCallable write) {
        KubernetesClientException refusal = Scenario.refusal(write);
        assertThat(refusal).isNotNull();
        assertThat(refusal.getCode()).isEqualTo(422);
        assertThat(refusal.getStatus().getReason()).isEqualTo("Invalid");
    }

    @Behaviour("[sig-storage] ConfigMap should be immutable if `immutable` field is set [Conformance]")
    void immutableConfigMap(Scenario scenario) {
        var maps = scenario.client().configMaps().inNamespace(scenario.namespace());
        var map = scenario.create(ConfigMap.class, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: immutable}
            data: {data-1: value-1, data-2: value-2, data-3: value-3}
            """);
        map.getData().put("data-4", "value-4");
        map = maps.resource(map).update();
        map.setImmutable(true);
        var fixed = maps.resource(map).update();
        refused(() -> maps.resource(new ConfigMapBuilder(fixed)
                        .addToData("data-5", "value-5")
                        .build())
                .update());
        refused(() -> maps.resource(
                        new ConfigMapBuilder(fixed).withImmutable(false).build())
                .update());
        var labelled = maps.resource(new ConfigMapBuilder(fixed)
                        .editMetadata()
                        .addToLabels("label1", "value1")
                        .endMetadata()
                        .build())
                .update();
        assertThat(labelled.getMetadata().getLabels()).containsEntry("label1", "value1");
        maps.withName("immutable").delete();
        assertThat(maps.withName("immutable").get()).isNull();
    }

    @Behaviour("[sig-storage] Secrets should be immutable if `immutable` field is set [Conformance]")
    void immutableSecret(Scenario scenario) {
        var secrets = scenario.client().secrets().inNamespace(scenario.namespace());
        var secret = scenario.create(Secret.class, """
            apiVersion: v1
            kind: Secret
            metadata: {name: immutable}
            data: {data-1: dmFsdWUtMQo=, data-2: dmFsdWUtMgo=, data-3: dmFsdWUtMwo=}
            """);
        secret.getData().put("data-4", "dmFsdWUtNAo=");
        secret = secrets.resource(secret).update();
        secret.setImmutable(true);
        var fixed = secrets.resource(secret).update();
        refused(() -> secrets.resource(new SecretBuilder(fixed)
                        .addToData("data-5", "dmFsdWUtNQo=")
                        .build())
                .update());
        refused(() -> secrets.resource(
                        new SecretBuilder(fixed).withImmutable(false).build())
                .update());
        var labelled = secrets.resource(new SecretBuilder(fixed)
                        .editMetadata()
                        .addToLabels("label1", "value1")
                        .endMetadata()
                        .build())
                .update();
        assertThat(labelled.getMetadata().getLabels()).containsEntry("label1", "value1");
        secrets.withName("immutable").delete();
        assertThat(secrets.withName("immutable").get()).isNull();
    }
}
