package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.Eventually;
import java.net.http.HttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Out of one's own namespace, or kind, by the way a path is written: somebody who may do all in namespace own. */
@Timeout(180)
class ScopeAttacksTest {
    private static Attacked attacked;
    private static HttpClient owner;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
        owner = attacked.as("CN=owner");
        attacked.have("/api/v1/namespaces", "{'metadata':{'name':'own'}}");
        attacked.have(Attacked.DEFAULT + "/secrets", "{'metadata':{'name':'theirs'},'stringData':{'k':'treasure'}}");
        attacked.have("/api/v1/namespaces/own/secrets", "{'metadata':{'name':'mine'}}");
        attacked.have("/api/v1/nodes", "{'metadata':{'name':'treasure'}}");
        for (var kind : new String[] {"Widget", "WidgetX"}) {
            var plural = kind.toLowerCase(java.util.Locale.ROOT);
            attacked.have(
                    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                    "{'metadata':{'name':'" + plural + ".example.com'},'spec':{'group':'example.com','scope':'"
                            + (kind.equals("Widget") ? "Cluster" : "Namespaced") + "','names':{'plural':'" + plural
                            + "','kind':'" + kind
                            + "'},'versions':[{'name':'v1','served':true,'storage':true,'schema':{"
                            + "'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}}]}}");
        }
        attacked.have(
                Attacked.RBAC + "/namespaces/own/roles",
                "{'metadata':{'name':'all'},'rules':[{'verbs':['*'],'apiGroups':['*'],'resources':['*']}]}");
        attacked.have(
                Attacked.RBAC + "/namespaces/own/rolebindings",
                "{'metadata':{'name':'all'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'Role','name':"
                        + "'all'},'subjects':[{'kind':'User','name':'owner','apiGroup':'rbac.authorization.k8s.io'}]}");
        Eventually.is(
                () -> attacked.get(owner, "/api/v1/namespaces/own/secrets").statusCode(), s -> s == 200);
        Eventually.is(
                () -> attacked.get(attacked.admin, "/apis/example.com/v1/widget")
                        .statusCode(),
                s -> s == 200);
        Eventually.is(
                () -> attacked.get(attacked.admin, "/apis/example.com/v1/widgetx")
                        .statusCode(),
                s -> s == 200);
        attacked.have(
                "/apis/example.com/v1/widget",
                "{'apiVersion':'example.com/v1','kind':'Widget','metadata':{'name':'treasure'}}");
        attacked.have(
                "/apis/example.com/v1/namespaces/default/widgetx",
                "{'apiVersion':'example.com/v1','kind':'WidgetX','metadata':{'name':'treasure'}}");
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    /** NCC's audit: a namespace that widens the key of what is read; as the bytes are, since clients tidy them up. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/namespaces/../secrets",
                "/api/v1/namespaces/../secrets/theirs",
                "/api/v1/namespaces/%2e%2e/secrets",
                "/api/v1/namespaces/./secrets",
                "/api/v1/namespaces/%2e/secrets",
                "/api/v1/namespaces/own/../default/secrets",
                "/api/v1/namespaces/own%2F..%2Fdefault/secrets",
                "/api/v1/namespaces/own/secrets/..%2F..%2Fdefault%2Ftheirs",
                "/api/v1/namespaces/own/secrets/%2e%2e",
                "/api/v1/namespaces/own/secrets/../../default/secrets/theirs",
                "/api/v1/namespaces//secrets",
                "//api/v1/namespaces/default/secrets",
                "/api/v1/namespaces/own/secrets/.",
            })
    void dotsLeadOutOfTheNamespace(String path) throws Exception {
        var answer = attacked.raw("CN=owner", "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("treasure").doesNotContain("dHJlYXN1cmU");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", ".", "a/b", "%2e%2e", "own/../default"})
    void namesThatAreSteps(String name) throws Exception {
        var created = attacked.post(owner, "/api/v1/namespaces/own/configmaps", "{'metadata':{'name':'" + name + "'}}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(422);
        var elsewhere = attacked.post(
                owner, "/api/v1/namespaces/own/configmaps", "{'metadata':{'name':'x','namespace':'" + name + "'}}");
        assertThat(elsewhere.statusCode()).as(elsewhere.body()).isEqualTo(400);
        var namespace = attacked.post(attacked.admin, "/api/v1/namespaces", "{'metadata':{'name':'" + name + "'}}");
        assertThat(namespace.statusCode()).as(namespace.body()).isEqualTo(422);
    }

    /** CVE-2019-11247: what belongs to the cluster, by the path of a namespace where one may do everything. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/apis/example.com/v1/namespaces/own/widget/treasure",
                "/apis/example.com/v1/namespaces/own/widget",
                "/api/v1/namespaces/own/nodes/treasure",
                "/api/v1/namespaces/own/nodes",
                "/api/v1/namespaces/own/persistentvolumes",
                "/apis/rbac.authorization.k8s.io/v1/namespaces/own/clusterroles/cluster-admin",
            })
    void clusterObjectsByNamespacedPaths(String path) throws Exception {
        var read = attacked.get(owner, path);
        assertThat(read.statusCode()).as(read.body()).isEqualTo(404);
        var deleted = attacked.send(owner, "DELETE", path, "application/json", "");
        assertThat(deleted.statusCode()).as(deleted.body()).isIn(404, 405);
        var patched = attacked.patch(owner, path, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
        assertThat(patched.statusCode()).as(patched.body()).isIn(404, 405);
    }

    @Test
    void namespacedObjectsByOtherNamespacesOrNone() throws Exception {
        for (var path : new String[] {
            "/api/v1/secrets", "/api/v1/secrets/mine", "/apis/example.com/v1/namespaces/default/widgetx/treasure"
        }) {
            var answer = attacked.get(owner, path);
            assertThat(answer.statusCode()).as(path).isIn(403, 404);
        }
    }

    /** CVE-2022-3162: a list of one kind reads another one whose name begins like it. */
    @Test
    void aListReadsAnotherKind() throws Exception {
        var list = attacked.get(attacked.admin, "/apis/example.com/v1/widget");
        assertThat(list.body()).contains("\"kind\":\"Widget\"").doesNotContain("WidgetX\",\"metadata\":{\"name");
        assertThat(list.body().split("\"name\":\"treasure\"", -1)).hasSize(2);
    }
}
