package dev.navarch.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Write;
import dev.navarch.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What node a, on which pod p runs, may do. Each change counts as soon as it is written. */
class NodeAuthorizerTest {
    private static final User A = new User("system:node:a", List.of("system:nodes", User.AUTHENTICATED));
    private static final String NS = "/api/v1/namespaces/n/";
    private static final String STRANGE = "no relationship found between node 'a' and this object";
    private static final String POD = "'metadata':{'namespace':'n','name':'p'},'spec':{'nodeName':'a',"
            + "'serviceAccountName':'sa','imagePullSecrets':[{'name':'pull'}],"
            + "'containers':[{'name':'c','env':[{'name':'E','valueFrom':{'secretKeyRef':{'name':'env'}}},"
            + "{'name':'F','valueFrom':{'configMapKeyRef':{'name':'env'}}}]}],"
            + "'initContainers':[{'name':'i','envFrom':[{'secretRef':{'name':'from'}},{'configMapRef':{'name':'from'}}]}],"
            + "'volumes':[{'name':'s','secret':{'secretName':'file'}},{'name':'m','configMap':{'name':'file'}},"
            + "{'name':'j','projected':{'sources':[{'secret':{'name':'part'}},{'configMap':{'name':'part'}}]}},"
            + "{'name':'d','csi':{'driver':'x','nodePublishSecretRef':{'name':'csi'}}},"
            + "{'name':'r','rbd':{'secretRef':{'name':'rbd'}}},"
            + "{'name':'v','persistentVolumeClaim':{'claimName':'claim'}},{'name':'e','ephemeral':{}}],"
            + "'resourceClaims':[{'name':'given','resourceClaimName':'device'},"
            + "{'name':'made','resourceClaimTemplateName':'t'}]}";

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final MemoryStore store = new MemoryStore(time);
    private ClusterAuthorizer authorizer;

    @BeforeEach
    void start() {
        put(
                "core/persistentvolumes/before",
                "{'spec':{'claimRef':{'namespace':'n','name':'claim'},"
                        + "'csi':{'nodeStageSecretRef':{'namespace':'far','name':'stage'},"
                        + "'controllerPublishSecretRef':{'namespace':'far','name':'control'}}}}");
        authorizer = new ClusterAuthorizer(
                AuthorizationSettings.STANDARD, store, BootstrapPolicy.standard(), "here", time, new Random(1));
    }

    @AfterEach
    void stop() {
        authorizer.close();
        store.close();
    }

    private void put(String key, String object) {
        var path = "/registry/" + key;
        var draft = new Draft(object.replace('\'', '"').getBytes(StandardCharsets.UTF_8), -1, Optional.empty());
        var there = store.get(path);
        store.write(
                there.isPresent()
                        ? new Write.Update(path, there.get().revision(), draft)
                        : new Write.Create(path, draft));
    }

    private void remove(String key) {
        var path = "/registry/" + key;
        store.write(new Write.Delete(path, store.get(path).orElseThrow().revision()));
    }

    private Decision ask(User user, String request) {
        var words = request.split(" ");
        int question = words[1].indexOf('?');
        var path = question < 0 ? words[1] : words[1].substring(0, question);
        var query = question < 0 ? Query.EMPTY : Query.parse(words[1].substring(question + 1));
        return authorizer.authorize(user, RequestInfoParser.parse(words[0], path, query));
    }

    private boolean may(String request) {
        return ask(A, request).allowed();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET secrets/pull",
                "GET secrets/env",
                "GET secrets/from",
                "GET secrets/file",
                "GET secrets/part",
                "GET secrets/csi",
                "GET secrets/rbd",
                "GET configmaps/env",
                "GET configmaps/from",
                "GET configmaps/file",
                "GET configmaps/part",
                "GET configmaps?fieldSelector=metadata.name%3Dfile",
                "GET secrets?fieldSelector=metadata.name%3Dfile&watch=true",
                "GET persistentvolumeclaims/claim",
                "PATCH persistentvolumeclaims/claim/status",
                "GET persistentvolumeclaims/p-e",
                "POST serviceaccounts/sa/token",
                "GET serviceaccounts/sa",
                "GET pods/p"
            })
    void whatItsPodsName(String request) {
        var asked = request.replaceFirst(" ", " " + NS);
        assertThat(may(asked)).isFalse();

        put("core/pods/n/p", "{" + POD + "}");
        assertThat(may(asked)).isTrue();
        assertThat(ask(new User("system:node:b", A.groups()), asked).allowed()).isFalse();
        assertThat(ask(new User("system:node:a", List.of()), asked).allowed()).isFalse();

        put("core/pods/n/q", "{" + POD.replace("'p'", "'q'") + "}");
        remove("core/pods/n/p");
        var stillAsked = asked.replace("pods/p", "pods/q").replace("/p-e", "/q-e");
        assertThat(may(stillAsked)).isTrue();
        remove("core/pods/n/q");
        assertThat(ask(A, stillAsked).reason()).isEqualTo(STRANGE);
    }

    @Test
    void volumesAndTheirSecretsByTheClaimsOfItsPods() {
        var volume = "GET /api/v1/persistentvolumes/before";
        var secret = "GET /api/v1/namespaces/far/secrets/stage";
        assertThat(may(volume)).isFalse();
        assertThat(may(secret)).isFalse();

        put("core/pods/n/p", "{" + POD + "}");
        assertThat(may(volume)).isTrue();
        assertThat(may(secret)).isTrue();
        assertThat(may("GET /api/v1/namespaces/far/secrets/control")).isFalse();

        put("core/persistentvolumes/before", "{'spec':{'claimRef':{'namespace':'n','name':'other'}}}");
        assertThat(may(volume)).isFalse();
        assertThat(may(secret)).isFalse();
    }

    @Test
    void whatIsAddedToAPodThatRuns() {
        var made = "GET /apis/resource.k8s.io/v1/namespaces/n/resourceclaims/p-made-1";
        var debug = "GET " + NS + "secrets/debug";
        put("core/pods/n/p", "{" + POD + "}");
        assertThat(may("GET /apis/resource.k8s.io/v1/namespaces/n/resourceclaims/device"))
                .isTrue();
        assertThat(may(made)).isFalse();
        assertThat(may(debug)).isFalse();

        put(
                "core/pods/n/p",
                "{" + POD + ",'status':{'resourceClaimStatuses':[{'name':'made','resourceClaimName':'p-made-1'}]}}");
        assertThat(may(made)).isTrue();

        put(
                "core/pods/n/p",
                "{"
                        + POD.replace(
                                "'nodeName'",
                                "'ephemeralContainers':[{'name':'x','envFrom':[{'secretRef':{'name':'debug'}}]}],'nodeName'")
                        + "}");
        assertThat(may(debug)).isTrue();
    }

    @Test
    void mirrorPodsAndPodsThatAreNotBoundGiveNothing() {
        var secret = "GET " + NS + "secrets/file";
        put("core/pods/n/p", "{" + POD.replace("'nodeName':'a',", "") + "}");
        assertThat(may(secret)).isFalse();
        put(
                "core/pods/n/m",
                "{" + POD.replace("'name':'p'", "'name':'m','annotations':{'kubernetes.io/config.mirror':'x'}") + "}");
        assertThat(may(secret)).isFalse();
        assertThat(may("GET " + NS + "pods/m")).isTrue();
    }

    @Test
    void anotherPodOfTheSameNameIsAnotherPod() {
        put("core/pods/n/p", "{" + POD + "}");
        assertThat(may("GET " + NS + "secrets/file")).isTrue();
        remove("core/pods/n/p");
        put("core/pods/n/p", "{'metadata':{'namespace':'n','name':'p'},'spec':{'nodeName':'b'}}");
        assertThat(may("GET " + NS + "secrets/file")).isFalse();
        assertThat(may("GET " + NS + "pods/p")).isFalse();
    }

    @Test
    void attachmentsAndSlices() {
        var slices = "/apis/resource.k8s.io/v1/resourceslices";
        put("storage.k8s.io/volumeattachments/mine", "{'spec':{'nodeName':'a'}}");
        put("storage.k8s.io/volumeattachments/other", "{'spec':{'nodeName':'b'}}");
        put("resource.k8s.io/resourceslices/mine", "{'spec':{'nodeName':'a'}}");
        put("resource.k8s.io/resourceslices/all", "{'spec':{'allNodes':true}}");
        assertThat(may("GET /apis/storage.k8s.io/v1/volumeattachments/mine")).isTrue();
        assertThat(may("GET /apis/storage.k8s.io/v1/volumeattachments/other")).isFalse();
        assertThat(may("DELETE " + slices + "/mine")).isTrue();
        assertThat(may("DELETE " + slices + "/all")).isFalse();
        assertThat(may("GET " + slices)).isFalse();
        assertThat(may("GET " + slices + "?fieldSelector=spec.nodeName%3Da")).isTrue();
        assertThat(may("DELETE " + slices + "?fieldSelector=spec.nodeName%3Db")).isFalse();
        assertThat(may("POST " + slices)).isTrue();
    }

    @Test
    void certificatesOfItsPods() {
        var requests = "/apis/certificates.k8s.io/v1beta1/namespaces/n/podcertificaterequests";
        put("certificates.k8s.io/podcertificaterequests/n/mine", "{'spec':{'nodeName':'a'}}");
        put("certificates.k8s.io/podcertificaterequests/n/other", "{'spec':{'nodeName':'b'}}");
        assertThat(may("GET " + requests + "/mine")).isTrue();
        assertThat(may("GET " + requests + "/other")).isFalse();
        assertThat(may("GET " + requests + "?fieldSelector=spec.nodeName%3Da")).isTrue();
        assertThat(ask(A, "GET " + requests).reason())
                .isEqualTo("can only list/watch podcertificaterequests with nodeName field selector");
        assertThat(ask(A, "DELETE " + requests + "/mine").reason())
                .isEqualTo("nodes may not delete podcertificaterequests");
        assertThat(may("PATCH " + requests + "/mine/status")).isFalse();
        assertThat(may("POST " + requests)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "GET /api/v1/pods?fieldSelector=spec.nodeName%3Da, true",
        "GET /api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Da, true",
        "GET /api/v1/watch/pods?fieldSelector=spec.nodeName%3Da, false",
        "GET /api/v1/pods?fieldSelector=spec.nodeName!%3Da, false",
        "GET /api/v1/pods?fieldSelector=spec.nodeName%3Db, false",
        "GET /api/v1/pods, false",
        "DELETE /api/v1/namespaces/n/pods?fieldSelector=spec.nodeName%3Da, false",
        "POST /api/v1/namespaces/n/pods, true",
        "PATCH /api/v1/namespaces/n/pods/p/status, true",
        "POST /api/v1/namespaces/n/pods/p/eviction, true",
        "GET /api/v1/namespaces/n/pods/p/log, false",
        "POST /api/v1/namespaces/n/pods/p/exec, false",
        "GET /api/v1/nodes/a, true",
        "GET /api/v1/nodes?fieldSelector=metadata.name%3Da&watch=true, true",
        "GET /api/v1/nodes/b, false",
        "GET /api/v1/nodes, false",
        "DELETE /api/v1/nodes/a, false",
        "PATCH /api/v1/nodes/a/status, true",
        "GET /api/v1/nodes/a/proxy, false",
        "PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a, true",
        "PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/b, false",
        "GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases, false",
        "GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a, false",
        "PUT /apis/storage.k8s.io/v1/csinodes/a, true",
        "PUT /apis/storage.k8s.io/v1/csinodes/b, false",
        "GET /api/v1/secrets, false",
        "GET /api/v1/services, true",
        "GET /apis/storage.k8s.io/v1/csidrivers, true",
        "POST /api/v1/namespaces/n/events, true",
        "POST /apis/certificates.k8s.io/v1/certificatesigningrequests, true",
        "POST /apis/authorization.k8s.io/v1/subjectaccessreviews, true",
        "GET /api/v1/namespaces, false",
        "GET /apis/rbac.authorization.k8s.io/v1/clusterroles, false",
        "GET /metrics, false"
    })
    void itsOwnAffairs(String request, boolean allowed) {
        assertThat(may(request)).isEqualTo(allowed);
    }

    @Test
    void refusalsSayWhy() {
        assertThat(ask(A, "GET /api/v1/pods").reason())
                .isEqualTo("can only list/watch pods with spec.nodeName field selector");
        assertThat(ask(A, "GET /api/v1/nodes").reason())
                .isEqualTo("node 'a' cannot read all nodes, only its own Node object");
        assertThat(ask(A, "GET /api/v1/nodes/b").reason())
                .isEqualTo("node 'a' cannot read 'b', only its own Node object");
        assertThat(ask(A, "GET /api/v1/secrets").reason()).isEqualTo("can only read namespaced object of this type");
        assertThat(ask(A, "GET " + NS + "secrets").reason()).isEqualTo("No Object name found");
        assertThat(ask(new User("system:node:", A.groups()), "GET /api/v1/nodes/a")
                        .reason())
                .isEqualTo("unknown node for user \"system:node:\"");
    }
}
