package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.Eventually;
import dev.navarch.apiserver.TestSigningRequests;
import java.net.http.HttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By a node that has been taken over: it reaches for the rest of the cluster with its kubelet's certificate. */
@Timeout(180)
class NodeAttacksTest {
    private static final String N1 = "/api/v1/nodes/n1";
    private static final String PODS = Attacked.DEFAULT + "/pods";
    private static Attacked attacked;
    private static HttpClient node;
    private static String uid;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
        node = attacked.as("CN=system:node:n1,O=system:nodes");
        attacked.have(Attacked.DEFAULT + "/serviceaccounts", "{'metadata':{'name':'default'}}");
        attacked.have("/api/v1/nodes", "{'metadata':{'name':'n1','labels':{'node-role.kubernetes.io/worker':''}}}");
        attacked.have("/api/v1/nodes", "{'metadata':{'name':'n2'}}");
        for (var number : new String[] {"1", "2"}) {
            attacked.have(Attacked.DEFAULT + "/secrets", "{'metadata':{'name':'s" + number + "'}}");
            attacked.have(
                    PODS,
                    "{'metadata':{'name':'p" + number + "'},'spec':{'nodeName':'n" + number
                            + "','automountServiceAccountToken':false,'containers':[{'name':'c','image':'i',"
                            + "'envFrom':[{'secretRef':{'name':'s" + number + "'}}]}]}}");
        }
        attacked.have(
                "/api/v1/namespaces",
                "{'metadata':{'name':'strict','labels':{" + "'pod-security.kubernetes.io/enforce':'restricted'}}}");
        uid = attacked.get(attacked.admin, N1).body().replaceAll("(?s).*?\"uid\":\"([^\"]+)\".*", "$1");
        Eventually.is(() -> attacked.get(node, Attacked.DEFAULT + "/secrets/s1").statusCode(), status -> status == 200);
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    /** What a pod's status says of its claims lets its node read them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"extendedResourceClaimStatus\":{\"resourceClaimName\":\"x\",\"requestMappings\":[]}}",
                "{\"resourceClaimStatuses\":[{\"name\":\"c\",\"resourceClaimName\":\"x\"}]}"
            })
    void aNodeGivesItsPodsOthersClaims(String status) throws Exception {
        assertThat(attacked.patch(node, PODS + "/p1/status", "{\"status\":" + status + "}")
                        .statusCode())
                .isEqualTo(403);
    }

    /** To serve, or to come, as another node. */
    @ParameterizedTest
    @ValueSource(strings = {"kubelet-serving server", "kube-apiserver-client-kubelet client"})
    void aNodeAsksForTheCertificateOfAnother(String signerAndUsage) throws Exception {
        var words = signerAndUsage.split(" ");
        var request = "{'metadata':{'generateName':'r-'},'spec':{'signerName':'kubernetes.io/" + words[0]
                + "','usages':['digital signature','" + words[1] + " auth'],'request':'%s'}}";
        var requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
        assertThat(attacked.post(
                                node,
                                requests,
                                request.formatted(TestSigningRequests.of("CN=system:node:n2,O=system:nodes")))
                        .statusCode())
                .isEqualTo(403);
        assertThat(attacked.post(
                                node,
                                requests,
                                request.formatted(TestSigningRequests.of("CN=system:node:n1,O=system:nodes")))
                        .statusCode())
                .isEqualTo(201);
    }

    /** CVE-2025-5187: the garbage collector deletes such a node, and it comes back as another one. */
    @ParameterizedTest
    @ValueSource(strings = {"", "/status"})
    void aNodeHasItselfCollected(String subresource) throws Exception {
        var answer = attacked.patch(
                node,
                N1 + subresource,
                "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"gone\","
                        + "\"uid\":\"x\"}]}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(answer.body()).contains("is not allowed to modify ownerReferences");
    }

    @Test
    void aNodeMakesItselfAnewOrGoes() throws Exception {
        try (var fresh = attacked.server.client("CN=system:node:n3,O=system:nodes")) {
            var owned = attacked.post(
                    fresh,
                    "/api/v1/nodes",
                    "{'metadata':{'name':'n3','ownerReferences':[{'apiVersion':'v1','kind':'ConfigMap','name':'gone',"
                            + "'uid':'x'}]}}");
            assertThat(owned.statusCode()).as(owned.body()).isEqualTo(403);
            var labelled = attacked.post(
                    fresh,
                    "/api/v1/nodes",
                    "{'metadata':{'name':'n3','labels':{'node-restriction.kubernetes.io/secure':'yes'}}}");
            assertThat(labelled.statusCode()).as(labelled.body()).isEqualTo(403);
            var other = attacked.post(fresh, "/api/v1/nodes", "{'metadata':{'name':'n4'}}");
            assertThat(other.statusCode()).as(other.body()).isEqualTo(403);
        }
        assertThat(attacked.send(node, "DELETE", N1, "application/json", "").statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"spec":{"taints":[]}}
        {"spec":{"taints":null}}
        {"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]}}
        {"metadata":{"labels":{"node-role.kubernetes.io/control-plane":""}}}
        {"metadata":{"labels":{"node-role.kubernetes.io/worker":null}}}
        {"metadata":{"labels":{"node-restriction.kubernetes.io/a":"b"}}}
        {"metadata":{"labels":{"x.node-restriction.kubernetes.io/a":"b"}}}
        {"metadata":{"labels":{"foo.k8s.io/a":"b"}}}
        """)
    void aNodeChangesItsTaintsAndLabels(String change) throws Exception {
        var answer = attacked.patch(node, N1, change);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    }

    @Test
    void whatIsItsOwnItMayChange() throws Exception {
        var answer = attacked.patch(node, N1, "{\"metadata\":{\"labels\":{\"example.com/rack\":\"7\"}}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void aNodeWritesOthers() throws Exception {
        assertThat(attacked.patch(node, "/api/v1/nodes/n2", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(attacked.patch(node, "/api/v1/nodes/n2/status", "{\"status\":{\"addresses\":[]}}")
                        .statusCode())
                .isEqualTo(403);
        var lease = "{'metadata':{'name':'n2'},'spec':{'holderIdentity':'n1'}}";
        var leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        assertThat(attacked.post(node, leases, lease).statusCode()).isEqualTo(403);
        assertThat(attacked.post(node, leases.replace("kube-node-lease", "kube-system"), lease.replace("n2", "n1"))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void aNodeReadsOthersSecrets() throws Exception {
        assertThat(attacked.get(node, Attacked.DEFAULT + "/secrets/s1").statusCode())
                .isEqualTo(200);
        for (var path :
                new String[] {"/secrets/s2", "/secrets", "/configmaps", "/secrets?fieldSelector=metadata.name%3Ds2"}) {
            var answer = attacked.get(node, Attacked.DEFAULT + path);
            assertThat(answer.statusCode()).as(path + answer.body()).isEqualTo(403);
        }
        assertThat(attacked.get(node, "/api/v1/secrets").statusCode()).isEqualTo(403);
    }

    @Test
    void aNodeWritesOthersPods() throws Exception {
        assertThat(attacked.patch(node, PODS + "/p2/status", "{\"status\":{\"phase\":\"Failed\"}}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(attacked.send(node, "DELETE", PODS + "/p2", "application/json", "")
                        .statusCode())
                .isEqualTo(403);
        assertThat(attacked.post(node, PODS + "/p2/eviction", "{'metadata':{'name':'p2'}}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(attacked.patch(node, PODS + "/p1/status", "{\"metadata\":{\"labels\":{\"app\":\"db\"}}}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(attacked.patch(node, PODS + "/p1", "{\"metadata\":{\"labels\":{\"app\":\"db\"}}}")
                        .statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'boundObjectRef':{'apiVersion':'v1','kind':'Pod','name':'p2','uid':'x'}}",
                "{'boundObjectRef':{'apiVersion':'v1','kind':'Node','name':'n1','uid':'x'}}",
            })
    void aNodeAsksForOthersTokens(String spec) throws Exception {
        var answer = attacked.post(node, Attacked.DEFAULT + "/serviceaccounts/default/token", "{'spec':" + spec + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    }

    /** With a token for somebody whom its pods have nothing to do with. */
    @Test
    void aNodeAsksForTokensForStrangers() throws Exception {
        attacked.have(
                PODS,
                "{'metadata':{'name':'holder'},'spec':{'nodeName':'n1','containers':[{'name':'c','image':'i'}],"
                        + "'volumes':[{'name':'t','projected':{'sources':[{'serviceAccountToken':{'path':'t',"
                        + "'audience':'vault'}}]}}]}}");
        var pod = attacked.get(attacked.admin, PODS + "/holder").body();
        var bound = "'boundObjectRef':{'apiVersion':'v1','kind':'Pod','name':'holder','uid':'"
                + pod.replaceAll("(?s).*?\"uid\":\"([^\"]+)\".*", "$1") + "'}";
        var tokens = Attacked.DEFAULT + "/serviceaccounts/default/token";
        Eventually.is(
                () -> attacked.post(node, tokens, "{'spec':{" + bound + "}}").statusCode(), status -> status == 201);
        assertThat(attacked.post(node, tokens, "{'spec':{'audiences':['vault']," + bound + "}}")
                        .statusCode())
                .isEqualTo(201);
        var stranger = attacked.post(node, tokens, "{'spec':{'audiences':['bank']," + bound + "}}");
        assertThat(stranger.statusCode()).as(stranger.body()).isEqualTo(403);
        assertThat(stranger.body()).contains("audience \\\"bank\\\" not found in pod spec volume");
        var several = attacked.post(node, tokens, "{'spec':{'audiences':['vault','bank']," + bound + "}}");
        assertThat(several.statusCode()).as(several.body()).isEqualTo(403);
    }

    private static String mirror(String name, String annotations, String spec) {
        return "{'metadata':{'name':'" + name + "','annotations':{" + annotations + "},'ownerReferences':[{"
                + "'apiVersion':'v1','kind':'Node','name':'n1','uid':'" + uid + "','controller':true}]},'spec':{"
                + spec + "}}";
    }

    private static final String MIRROR = "'kubernetes.io/config.mirror':'x','kubernetes.io/config.hash':'x'";

    /** CVE-2025-4563 among them: a mirror pod makes its node privy to all that it names. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        'serviceAccountName':'default','containers':[{'name':'c','image':'i'}]
        'containers':[{'name':'c','image':'i','envFrom':[{'secretRef':{'name':'s2'}}]}]
        'containers':[{'name':'c','image':'i'}],'initContainers':[{'name':'d','image':'i','env':[{'name':'e','valueFrom':{'secretKeyRef':{'name':'s2','key':'k'}}}]}]
        'containers':[{'name':'c','image':'i'}],'imagePullSecrets':[{'name':'s2'}]
        'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v','projected':{'sources':[{'secret':{'name':'s2'}}]}}]
        'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v','projected':{'sources':[{'serviceAccountToken':{'path':'t'}}]}}]
        'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v','persistentVolumeClaim':{'claimName':'p'}}]
        'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v','csi':{'driver':'d','nodePublishSecretRef':{'name':'s2'}}}]
        'containers':[{'name':'c','image':'i'}],'resourceClaims':[{'name':'r','resourceClaimName':'x'}]
        """, quoteCharacter = '`')
    void aMirrorPodNamesWhatTheNodeMayNotRead(String spec) throws Exception {
        var answer = attacked.post(node, PODS, mirror("m", MIRROR, "'nodeName':'n1'," + spec));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    }

    @Test
    void aMirrorPodSkipsNoChecks() throws Exception {
        var containers = "'containers':[{'name':'c','image':'i','securityContext':{'privileged':true}}]";
        var path = "/api/v1/namespaces/strict/pods";
        var insecure = attacked.post(node, path, mirror("m", MIRROR, "'nodeName':'n1'," + containers));
        assertThat(insecure.statusCode()).as(insecure.body()).isEqualTo(403);
        assertThat(insecure.body()).contains("violates PodSecurity");
        for (var pod : new String[] {
            mirror("m", "", "'nodeName':'n1'," + containers),
            mirror("m", MIRROR, "'nodeName':'n2'," + containers),
            mirror("m", MIRROR, "'nodeName':'n1'," + containers).replace(uid, "another"),
            mirror("m", MIRROR, "'nodeName':'n1'," + containers).replace("'controller':true", "'controller':false"),
        }) {
            var answer = attacked.post(node, PODS, pod);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        }
        var proper = attacked.post(node, PODS, mirror("proper", MIRROR, "'nodeName':'n1'," + containers));
        assertThat(proper.statusCode()).as(proper.body()).isEqualTo(201);
    }
}
