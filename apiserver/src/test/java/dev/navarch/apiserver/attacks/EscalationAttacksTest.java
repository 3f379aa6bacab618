package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.Eventually;
import dev.navarch.apiserver.TestSigningRequests;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By users who may do something, to become users who may do everything. */
@Timeout(180)
class EscalationAttacksTest {
    private static final String WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private static final String ASK = "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}";
    private static final String CSR = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private static final String GROUP = "'apiGroup':'rbac.authorization.k8s.io'";
    private static Attacked attacked;
    private static HttpClient dev;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
        dev = attacked.as("CN=dev");
        for (var account : new String[] {"default", "mine", "others"}) {
            attacked.have(Attacked.DEFAULT + "/serviceaccounts", "{'metadata':{'name':'" + account + "'}}");
        }
        attacked.allow(
                "dev",
                "{'verbs':['create','update','patch','get','delete'],'apiGroups':['rbac.authorization.k8s.io'],"
                        + "'resources':['roles','rolebindings','clusterroles','clusterrolebindings']},"
                        + "{'verbs':['get'],'apiGroups':[''],'resources':['configmaps','namespaces']},"
                        + "{'verbs':['create'],'apiGroups':[''],'resources':['serviceaccounts/token'],"
                        + "'resourceNames':['mine']},"
                        + "{'verbs':['impersonate'],'apiGroups':[''],'resources':['users'],'resourceNames':['friend']},"
                        + "{'verbs':['create','update','patch'],'apiGroups':['certificates.k8s.io'],"
                        + "'resources':['certificatesigningrequests','certificatesigningrequests/approval',"
                        + "'certificatesigningrequests/status']}",
                "/api/v1/namespaces/default");
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    private static void refused(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'verbs':['get'],'apiGroups':[''],'resources':['secrets']}",
                "{'verbs':['*'],'apiGroups':[''],'resources':['configmaps']}",
                "{'verbs':['get'],'apiGroups':['*'],'resources':['configmaps']}",
                "{'verbs':['get'],'apiGroups':[''],'resources':['*']}",
                "{'verbs':['get'],'apiGroups':[''],'resources':['configmaps/status']}",
                "{'verbs':['create'],'apiGroups':[''],'resources':['serviceaccounts/token']}",
                "{'verbs':['impersonate'],'apiGroups':[''],'resources':['users']}",
                "{'verbs':['escalate'],'apiGroups':['rbac.authorization.k8s.io'],'resources':['clusterroles']}",
            })
    void aRoleHoldsMoreThanItsMaker(String rule) throws Exception {
        var roles = Attacked.RBAC + "/namespaces/default/roles";
        refused(attacked.post(dev, roles, "{'metadata':{'name':'more'},'rules':[" + rule + "]}"));
        refused(attacked.post(
                dev, Attacked.RBAC + "/clusterroles", "{'metadata':{'name':'more'},'rules':[" + rule + "]}"));
        refused(attacked.patch(
                dev, Attacked.RBAC + "/clusterroles/dev", "{\"rules\":[" + rule.replace('\'', '"') + "]}"));
    }

    /** Where a role names objects, their names are in paths; those of new objects are not. */
    @Test
    void anObjectIsMadeAtThePathOfAnother() throws Exception {
        attacked.allow(
                "narrow",
                "{'verbs':['create'],'apiGroups':[''],'resources':['secrets'],'resourceNames':['mine']},"
                        + "{'verbs':['get'],'apiGroups':[''],'resources':['namespaces']}",
                "/api/v1/namespaces/default");
        try (var narrow = attacked.as("CN=narrow")) {
            var secrets = Attacked.DEFAULT + "/secrets";
            var other = "{'metadata':{'name':'others','annotations':{'kubernetes.io/service-account.name':'default'}},"
                    + "'type':'kubernetes.io/service-account-token'}";
            refused(attacked.post(narrow, secrets, other));
            var answer = attacked.post(narrow, secrets + "/mine", other);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(405);
        }
    }

    @Test
    void aRoleGathersWhatItsMakerDoesNotHold() throws Exception {
        refused(attacked.post(
                dev,
                Attacked.RBAC + "/clusterroles",
                "{'metadata':{'name':'gathers'},'aggregationRule':{'clusterRoleSelectors':[{'matchLabels':{"
                        + "'kubernetes.io/bootstrapping':'rbac-defaults'}}]}}"));
    }

    @ParameterizedTest
    @CsvSource({"cluster-admin", "edit", "system:node", "no-such-role-yet"})
    void aBindingGrantsMoreThanItsMakerHolds(String role) throws Exception {
        var binding = "{'metadata':{'name':'up'},'roleRef':{" + GROUP + ",'kind':'ClusterRole','name':'" + role
                + "'},'subjects':[{" + GROUP + ",'kind':'User','name':'dev'}]}";
        for (var path : new String[] {"/clusterrolebindings", "/namespaces/default/rolebindings"}) {
            var answer = attacked.post(dev, Attacked.RBAC + path, binding);
            assertThat(answer.statusCode()).as(answer.body()).isIn(403, 404);
        }
    }

    /** To oneself, through a binding that is there already. */
    @Test
    void aBindingGetsAnotherSubjectOrRole() throws Exception {
        refused(attacked.patch(
                dev,
                Attacked.RBAC + "/clusterrolebindings/cluster-admin",
                "{\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":\"dev\"}]}"));
        var answer = attacked.patch(
                dev, Attacked.RBAC + "/clusterrolebindings/dev", "{\"roleRef\":{\"name\":\"cluster-admin\"}}");
        assertThat(answer.statusCode()).as(answer.body()).isIn(403, 422);
    }

    private static HttpResponse<String> impersonating(String... headers) throws Exception {
        return dev.send(
                attacked.server
                        .request(WHO)
                        .header("Content-Type", "application/json")
                        .headers(headers)
                        .POST(BodyPublishers.ofString(ASK))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void anotherUserIsPutOn() throws Exception {
        assertThat(impersonating("Impersonate-User", "friend").body()).contains("\"username\":\"friend\"");
        refused(impersonating("Impersonate-User", "admin"));
        refused(impersonating("Impersonate-User", "friend", "Impersonate-Group", "system:masters"));
        refused(impersonating("Impersonate-User", "friend", "Impersonate-Uid", "0"));
        refused(impersonating("Impersonate-User", "friend", "Impersonate-Extra-scopes", "all"));
        refused(impersonating("Impersonate-User", "system:serviceaccount:kube-system:default"));
        refused(impersonating("Impersonate-User", "system:node:n1"));
        assertThat(impersonating("Impersonate-Group", "system:masters").statusCode())
                .isGreaterThanOrEqualTo(400);
        assertThat(impersonating("Impersonate-Extra-x", "y").statusCode()).isGreaterThanOrEqualTo(400);
    }

    /** NCC's audit: header fields that a front proxy sets, set by somebody else. */
    @Test
    void aClientPosesAsAFrontProxy() throws Exception {
        var answer = impersonating(
                "X-Remote-User",
                "admin",
                "X-Remote-Group",
                "system:masters",
                "X-Remote-Extra-a",
                "b",
                "X-Remote-Uid",
                "1");
        assertThat(answer.body()).contains("\"username\":\"dev\"").doesNotContain("system:masters");
        // the proxy's name, but certified by whoever certifies users
        var alike = attacked.as("CN=front-proxy-client")
                .send(
                        attacked.server
                                .request(WHO)
                                .headers("Content-Type", "application/json")
                                .headers("X-Remote-User", "admin", "X-Remote-Group", "system:masters")
                                .POST(BodyPublishers.ofString(ASK))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(alike.body()).contains("\"username\":\"front-proxy-client\"").doesNotContain("system:masters");
        var nobody = attacked.server
                .client("")
                .send(
                        attacked.server
                                .request("/api/v1/secrets")
                                .headers("X-Remote-User", "admin", "X-Remote-Group", "system:masters")
                                .build(),
                        BodyHandlers.ofString());
        assertThat(nobody.statusCode()).as(nobody.body()).isIn(401, 403);
    }

    private static String token(HttpClient client, String account, String spec, int expected) throws Exception {
        var answer = attacked.post(
                client, Attacked.DEFAULT + "/serviceaccounts/" + account + "/token", "{'spec':" + spec + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(expected);
        return answer.body().replaceAll("(?s).*\"token\":\"([^\"]+)\".*", "$1");
    }

    private static int statusWith(String token) throws Exception {
        try (var client = attacked.server.client("")) {
            return client.send(
                            attacked.server
                                    .request(WHO)
                                    .header("Content-Type", "application/json")
                                    .header("Authorization", "Bearer " + token)
                                    .POST(BodyPublishers.ofString(ASK))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void tokensOfOthersAndForOthers() throws Exception {
        token(dev, "others", "{}", 403);
        var mine = token(dev, "mine", "{}", 201);
        assertThat(statusWith(mine)).isEqualTo(201);
        assertThat(statusWith(token(dev, "mine", "{'audiences':['vault']}", 201)))
                .isEqualTo(401);
        var parts = mine.split("\\.");
        assertThat(statusWith(parts[0] + "." + parts[1] + ".")).isEqualTo(401); // without a signature
        var none = java.util.Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(statusWith(none + "." + parts[1] + ".")).isEqualTo(401);
        assertThat(statusWith(none + "." + parts[1] + "." + parts[2])).isEqualTo(401);
        attacked.send(attacked.admin, "DELETE", Attacked.DEFAULT + "/serviceaccounts/mine", "application/json", "");
        Eventually.is(() -> statusWith(mine), status -> status == 401);
    }

    /** However it is written: a part of a name may have several values, which whoever is let in by it has all. */
    @ParameterizedTest
    @ValueSource(strings = {"CN=up,O=system:masters", "CN=up+O=system:masters", "O=dev+OU=x+O=system:masters"})
    void aCertificateForWhoMayDoEverything(String subject) throws Exception {
        var request = attacked.post(
                dev,
                CSR,
                "{'metadata':{'generateName':'up-'},'spec':{'signerName':'kubernetes.io/kube-apiserver-client','usages':["
                        + "'client auth'],'request':'" + TestSigningRequests.of(subject) + "'}}");
        assertThat(request.statusCode()).as(request.body()).isEqualTo(403);
        assertThat(request.body()).contains("system:masters group is not allowed");
    }

    /** To have a certificate made for a group that may do everything. */
    @Test
    void aCertificateIsApprovedByWhoAsksForIt() throws Exception {
        var request = attacked.post(
                dev,
                CSR,
                "{'metadata':{'name':'up'},'spec':{'signerName':'kubernetes.io/kube-apiserver-client','usages':["
                        + "'client auth'],'request':'" + OF_JANE + "'}}");
        assertThat(request.statusCode()).as(request.body()).isEqualTo(201);
        assertThat(request.body()).contains("\"username\":\"dev\"");
        refused(
                attacked.patch(
                        dev,
                        CSR + "/up/approval",
                        "{\"status\":{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\",\"reason\":\"r\",\"message\":\"m\"}]}}"));
        refused(
                attacked.patch(
                        dev,
                        CSR + "/up/status",
                        "{\"status\":{\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"r\",\"message\":\"m\"}]}}"));
    }

    /** Of CN=jane and O=dev. */
    private static final String OF_JANE =
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWE1IOENBUUF3SFRFTU1Bb0dBMVVFQ2d3RFpHVj"
                    + "JNUTB3Q3dZRFZRUUREQVJxWVc1bE1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVEanQvdmdiemJy"
                    + "NVoxQ294SkI1bTB2bmJRSi8zR0VxUEl1YWVzNTdhClRuTW04SHFyN0drWGNCdnhxRW0zSXlzNlN0dDAzRzZOZllrZz"
                    + "VsQ3h1UTV0ZktBQU1Bb0dDQ3FHU000OUJBTUMKQTBnQU1FVUNJUUQ0bnZPdDF3bG5QZzZxUWR6UU4vcWw0UElNSGVW"
                    + "c1VRVXF0bHFMU2cwSFJRSWdlTExjNDNocApnN0s2dGl5Q2p5eC9Nei8xemxKSXdkTDlrdG8rR0NyZWZaST0KLS0tLS"
                    + "1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
}
