package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.TestSigningRequests;
import dev.navarch.apiserver.request.User;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node may write. */
class NodeRestrictionTest {
    private static final String NODES = "/api/v1/nodes";
    private static final String PODS = "/api/v1/namespaces/default/pods";
    private static final String ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
    private static final String ACCOUNT =
            "{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\", \"metadata\": {\"name\": \"default\"}}";
    private static final User ADMIN = new User("tester", List.of(User.MASTERS));

    private final TestApi api = new TestApi();

    @BeforeEach
    void twoNodes() {
        api.post(ACCOUNTS, ACCOUNT).expect(201);
        api.post(NODES, node("a", "")).expect(201);
        api.post(NODES, node("b", "")).expect(201);
        api.post(PODS, pod("on-a", "a", "", "")).expect(201);
        api.post(PODS, pod("on-b", "b", "", "")).expect(201);
        api.user = new User("system:node:a", List.of("system:nodes"));
    }

    @AfterEach
    void close() {
        api.close();
    }

    private static String node(String name, String meta) {
        return """
                {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "%s"%s}}""".formatted(name, meta);
    }

    private static String pod(String name, String node, String meta, String spec) {
        return """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"%s},
                 "spec": {"nodeName": "%s", "automountServiceAccountToken": false,
                   "containers": [{"name": "c", "image": "i"}]%s}}""".formatted(name, meta, node, spec);
    }

    private void refused(TestApi.Answer answer, String why) {
        assertThat(answer.code()).as(answer.body()).isEqualTo(403);
        assertThat(answer.message()).endsWith(why);
    }

    @Test
    void itsOwnObjectButForTaintsOwnersAndOthersLabels() {
        api.mergePatch(NODES + "/a", "{\"metadata\": {\"labels\": {\"disk\": \"fast\"}}}")
                .expect(200);
        refused(
                api.mergePatch(
                        NODES + "/a", "{\"spec\": {\"taints\": [{\"key\": \"k\", \"effect\": \"NoSchedule\"}]}}"),
                "node \"a\" is not allowed to modify taints");
        refused(
                api.mergePatch(
                        NODES + "/a",
                        "{\"metadata\": {\"ownerReferences\": [{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"name\":"
                                + " \"x\", \"uid\": \"1\"}]}}"),
                "node \"a\" is not allowed to modify ownerReferences");
        refused(
                api.mergePatch(NODES + "/b", "{\"metadata\": {\"labels\": {\"disk\": \"fast\"}}}"),
                "node \"a\" is not allowed to modify node \"b\"");
        refused(api.delete(NODES + "/b", ""), "node \"a\" is not allowed to modify node \"b\"");
    }

    @ParameterizedTest
    @CsvSource({
        "node-restriction.kubernetes.io/secure, false",
        "a.node-restriction.kubernetes.io/secure, false",
        "kubernetes.io/role, false",
        "x.k8s.io/role, false",
        "node-role.kubernetes.io/control-plane, false",
        "kubernetes.io/hostname, true",
        "topology.kubernetes.io/zone, true",
        "kubelet.kubernetes.io/x, true",
        "a.node.kubernetes.io/x, true",
        "example.com/role, true"
    })
    void labelsThatOthersRelyOnAreNotTheNodes(String key, boolean allowed) {
        var answer = api.mergePatch(NODES + "/a", "{\"metadata\": {\"labels\": {\"%s\": \"v\"}}}".formatted(key));
        if (allowed) {
            answer.expect(200);
        } else {
            refused(answer, "is not allowed to modify labels: " + key);
        }
    }

    @Test
    void theLabelsOfANewNodeToo() {
        api.user = new User("system:node:c", List.of("system:nodes"));
        refused(
                api.post(NODES, node("c", ", \"labels\": {\"kubernetes.io/role\": \"master\"}")),
                "node \"c\" is not allowed to set the following labels: kubernetes.io/role");
        refused(api.post(NODES, node("d", "")), "node \"c\" is not allowed to modify node \"d\"");
        api.post(NODES, node("c", "")).expect(201);
    }

    @Test
    void onlyMirrorPodsOfItsOwnThatReferToNothing() {
        refused(
                api.post(PODS, pod("p", "a", "", "")),
                "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"a\" can only create mirror pods");
        var uid = api.get(NODES + "/a").text("metadata", "uid");
        var mirror = ", \"annotations\": {\"kubernetes.io/config.mirror\": \"m\"}";
        var owned = mirror
                + ", \"ownerReferences\": [{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"name\": \"a\", \"controller\":"
                + " true, \"uid\": \"" + uid + "\"}]";
        refused(
                api.post(PODS, pod("p", "b", owned, "")),
                "node \"a\" can only create pods with spec.nodeName set to itself");
        refused(
                api.post(PODS, pod("p", "a", mirror, "")),
                "node \"a\" can only create pods with an owner reference set to itself");
        refused(
                api.post(PODS, pod("p", "a", owned.replace(uid, "other"), "")),
                "node a UID mismatch: expected other got " + uid);
        for (var reference : MIRRORS_REFER_TO.entrySet()) {
            refused(
                    api.post(
                            PODS, pod("p", "a", owned, ", " + reference.getKey().replace('\'', '"'))),
                    "node \"a\" can not create pods that reference " + reference.getValue());
        }
    }

    /** As upstream's HasAPIObjectReference calls them. */
    private static final Map<String, String> MIRRORS_REFER_TO = Map.ofEntries(
            Map.entry(
                    "'initContainers': [{'name': 'i', 'image': 'i', 'envFrom': [{'secretRef': {'name': 's'}}]}]",
                    "secrets"),
            Map.entry("'imagePullSecrets': [{'name': 's'}]", "secrets"),
            Map.entry("'volumes': [{'name': 'v', 'secret': {'secretName': 's'}}]", "secrets"),
            Map.entry("'volumes': [{'name': 'v', 'projected': {'sources': [{'secret': {'name': 's'}}]}}]", "secrets"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'csi': {'driver': 'd', 'nodePublishSecretRef': {'name': 's'}}}]",
                    "secrets"),
            Map.entry("'volumes': [{'name': 'v', 'csi': {'driver': 'd'}}]", "csidrivers (via CSI volumes)"),
            Map.entry("'volumes': [{'name': 'v', 'configMap': {'name': 'c'}}]", "configmaps"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'projected': {'sources': [{'configMap': {'name': 's'}}]}}]",
                    "configmaps"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'projected': {'sources': [{'serviceAccountToken': {'path': 't'}}]}}]",
                    "serviceaccounts (via projected volumes)"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'projected': {'sources': [{'clusterTrustBundle': {'name': 't', 'path': 'p'}}]}}]",
                    "clustertrustbundles"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'persistentVolumeClaim': {'claimName': 'c'}}]",
                    "persistentvolumeclaims"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'ephemeral': {'volumeClaimTemplate': {'spec': {'accessModes': ['ReadWriteOnce'],"
                            + " 'resources': {'requests': {'storage': '1Gi'}}}}}}]",
                    "persistentvolumeclaims (via ephemeral volumes)"),
            Map.entry(
                    "'volumes': [{'name': 'v', 'glusterfs': {'endpoints': 'e', 'path': 'p'}}]",
                    "endpoints (via glusterFS volumes)"),
            Map.entry("'resourceClaims': [{'name': 'r', 'resourceClaimName': 'r'}]", "resourceclaims"));

    /** What a pod's status says of its claims is what its node may read: the node doesn't say it. */
    @Test
    void whatItsPodsClaimIsNotTheNodesToSay() {
        refused(
                api.mergePatch(
                        PODS + "/on-a/status",
                        "{\"status\": {\"resourceClaimStatuses\": [{\"name\": \"c\", \"resourceClaimName\": \"x\"}]}}"),
                "node \"a\" cannot update resource claim statues");
        refused(
                api.mergePatch(
                        PODS + "/on-a/status",
                        "{\"status\": {\"extendedResourceClaimStatus\": {\"resourceClaimName\": \"x\","
                                + " \"requestMappings\": []}}}"),
                "node \"a\" cannot update extended resource claim status");
        refused(
                api.mergePatch(PODS + "/on-a/status", "{\"metadata\": {\"labels\": {\"app\": \"web\"}}}"),
                "node \"a\" cannot update labels through pod status");
    }

    @ParameterizedTest
    @CsvSource({
        "kubernetes.io/kubelet-serving, 'CN=system:node:a,O=system:nodes', true",
        "kubernetes.io/kubelet-serving, 'CN=system:node:b,O=system:nodes', false",
        "kubernetes.io/kube-apiserver-client-kubelet, 'CN=system:node:b,O=system:nodes', false",
        "kubernetes.io/kube-apiserver-client-kubelet, 'O=system:nodes+CN=system:node:b', false",
        "kubernetes.io/kube-apiserver-client-kubelet, 'O=system:nodes', false",
        "example.com/other, 'CN=system:node:b', true"
    })
    void certificatesToBeItselfAlone(String signer, String subject, boolean allowed) {
        var usage = signer.endsWith("serving") ? "server auth" : "client auth";
        var answer = api.post("/apis/certificates.k8s.io/v1/certificatesigningrequests", """
                {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                 "metadata": {"generateName": "r-"}, "spec": {"signerName": "%s", "usages": ["%s", "digital signature"],
                   "request": "%s"}}""".formatted(
                        signer, usage, TestSigningRequests.of(subject)));
        if (allowed) {
            answer.expect(201);
        } else {
            refused(answer, "can only create a node CSR with CN=system:node:a");
        }
    }

    @Test
    void ofAClaimItsSizeAndConditions() {
        var claims = "/api/v1/namespaces/default/persistentvolumeclaims";
        api.user = ADMIN;
        api.post(claims, """
                {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
                 "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}""").expect(201);
        api.user = new User("system:node:a", List.of("system:nodes"));
        refused(
                api.mergePatch(claims + "/c", "{\"metadata\": {\"labels\": {\"a\": \"b\"}}}"),
                "may only update PVC status");
        refused(
                api.mergePatch(claims + "/c/status", "{\"status\": {\"phase\": \"Bound\"}}"),
                "node \"a\" is not allowed to update fields other than status.quantity and status.conditions");
        api.mergePatch(claims + "/c/status", """
                {"status": {"capacity": {"storage": "1Gi"}, "allocatedResourceStatuses": {"storage": "NodeResizePending"},
                 "conditions": [{"type": "Resizing", "status": "True"}]}}""").expect(200);
    }

    @Test
    void itsSlicesOfDevices() {
        var slices = "/apis/resource.k8s.io/v1/resourceslices";
        var slice = """
                {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "%1$s"},
                 "spec": {"driver": "d.example.com", "nodeName": "%1$s",
                   "pool": {"name": "%1$s", "generation": 1, "resourceSliceCount": 1}}}""";
        refused(
                api.post(slices, slice.formatted("b")),
                "can only create ResourceSlice with the same NodeName as the requesting node");
        api.post(slices, slice.formatted("a")).expect(201);
        api.user = ADMIN;
        api.post(slices, slice.formatted("b")).expect(201);
        api.user = new User("system:node:a", List.of("system:nodes"));
        refused(
                api.delete(slices + "/b", ""),
                "can only delete ResourceSlice with the same NodeName as the requesting node");
    }

    @Test
    void onlyPodsOfItsOwnEnd() {
        refused(api.delete(PODS + "/on-b", ""), "node \"a\" can only delete pods with spec.nodeName set to itself");
        refused(
                api.post(
                        PODS + "/on-b/eviction",
                        "{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {\"name\": \"on-b\"}}"),
                "node a can only evict pods with spec.nodeName set to itself");
        refused(
                api.mergePatch(PODS + "/on-b/status", "{\"status\": {\"phase\": \"Running\"}}"),
                "node \"a\" can only update pod status for pods with spec.nodeName set to itself");
        api.mergePatch(PODS + "/on-a/status", "{\"status\": {\"phase\": \"Running\"}}")
                .expect(200);
        refused(
                api.mergePatch(PODS + "/on-a", "{\"metadata\": {\"labels\": {\"app\": \"web\"}}}"),
                "node \"a\" can only create and delete mirror pods");
        api.delete(PODS + "/on-a", "{\"gracePeriodSeconds\": 0}").expect(200);
    }

    @Test
    void itsLeaseAndNoOther() {
        var leases = "/apis/coordination.k8s.io/v1/namespaces/%s/leases";
        var lease =
                "{\"apiVersion\": \"coordination.k8s.io/v1\", \"kind\": \"Lease\", \"metadata\": {\"name\": \"%s\"}}";
        refused(
                api.post(leases.formatted("default"), lease.formatted("a")),
                "can only access leases in the \"kube-node-lease\" system namespace");
        refused(
                api.post(leases.formatted("kube-node-lease"), lease.formatted("b")),
                "can only access node lease with the same name as the requesting node");
        api.post(leases.formatted("kube-node-lease"), lease.formatted("a")).expect(201);
    }

    @Test
    void whoBelongsToNoNodeWritesNothing() {
        api.user = new User("mallory", List.of("system:nodes"));
        refused(
                api.mergePatch(NODES + "/a", "{\"metadata\": {\"labels\": {\"a\": \"b\"}}}"),
                "could not determine node from user \"mallory\"");
        api.user = new User("system:node:b", List.of());
        api.mergePatch(NODES + "/a", "{\"metadata\": {\"labels\": {\"a\": \"b\"}}}")
                .expect(200);
        api.user = ADMIN;
    }
}
