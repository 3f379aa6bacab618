package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.TestSigningRequests;
import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.PluginSelection;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.User;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The smaller plugins, and which of them take part. */
class AdmissionPluginsTest {
    private static final String PODS = "/api/v1/namespaces/default/pods";
    private static final String ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
    private static final String ACCOUNT =
            "{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\", \"metadata\": {\"name\": \"default\"}}";
    private static final String SERVICES = "/api/v1/namespaces/default/services";
    private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    private static TestApi with(Set<String> enabled, Set<String> disabled) {
        return new TestApi(AdmissionSettings.STANDARD.withPlugins(new PluginSelection(enabled, disabled)));
    }

    private static String service(String addresses) {
        return """
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
                 "spec": {"ports": [{"port": 80}], "externalIPs": [%s]}}""".formatted(addresses);
    }

    @Test
    void servicesTakeNoExternalAddresses() {
        try (var api = new TestApi()) {
            assertThat(api.post(SERVICES, service("\"192.0.2.1\"")).expect(403).message())
                    .isEqualTo("services \"s\" is forbidden: Use of external IPs is denied by admission control.");
        }
        try (var api = with(Set.of(), Set.of("DenyServiceExternalIPs"))) {
            api.post(SERVICES, service("\"192.0.2.1\"")).expect(201);
        }
    }

    @Test
    void whatIsNoPluginIsRefused() {
        assertThatThrownBy(() -> new PluginSelection(Set.of("Nonsense"), Set.of()))
                .hasMessage("unknown admission plugins: Nonsense");
        assertThatThrownBy(() -> new PluginSelection(Set.of("AlwaysPullImages"), Set.of("AlwaysPullImages")))
                .hasMessageContaining("AlwaysPullImages in enable-admission-plugins and disable-admission-plugins");
    }

    @Test
    void imagesArePulledAlwaysAndDevicesTolerated() {
        var pod = """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
                 "containers": [{"name": "c", "image": "i:1",
                   "resources": {"limits": {"example.com/gpu": "1", "cpu": "1"}}}]}}""";
        try (var api = with(Set.of("AlwaysPullImages", "ExtendedResourceToleration"), Set.of())) {
            api.post(ACCOUNTS, ACCOUNT).expect(201);
            var made = api.post(PODS, pod).expect(201);
            assertThat(made.text("spec", "containers")).contains("\"imagePullPolicy\":\"Always\"");
            assertThat(made.text("spec", "tolerations"))
                    .contains("{\"key\":\"example.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}");
        }
        try (var api = new TestApi()) {
            api.post(ACCOUNTS, ACCOUNT).expect(201);
            var made = api.post(PODS, pod).expect(201);
            assertThat(made.text("spec", "containers")).contains("\"imagePullPolicy\":\"IfNotPresent\"");
            assertThat(made.text("spec", "tolerations")).doesNotContain("example.com");
        }
    }

    @Test
    void thereIsOneDefaultOfPriorityClasses() {
        var classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
        var aClass = """
                {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "%s"}, "value": 5,
                 "globalDefault": %s}""";
        try (var api = new TestApi()) {
            api.post(classes, aClass.formatted("first", true)).expect(201);
            api.post(classes, aClass.formatted("other", false)).expect(201);
            assertThat(api.post(classes, aClass.formatted("second", true))
                            .expect(403)
                            .message())
                    .isEqualTo(
                            "priorityclasses.scheduling.k8s.io \"second\" is forbidden: PriorityClass first is already"
                                    + " marked as default. Only one default can exist");
            assertThat(api.mergePatch(classes + "/other", "{\"globalDefault\":true}")
                            .expect(403)
                            .message())
                    .endsWith("PriorityClass first is already marked as default. Only one default can exist");
            api.mergePatch(classes + "/first", "{\"description\":\"kept\"}").expect(200);
        }
    }

    /** What the class asks for goes where the pod does not ask for it already, or for more. */
    @Test
    void aRuntimeClassPlacesItsPods() {
        var classes = "/apis/node.k8s.io/v1/runtimeclasses";
        var pod = """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "p"}, "spec": {"runtimeClassName": "vm",
                 "containers": [{"name": "c", "image": "i"}], %s}}""";
        try (var api = new TestApi()) {
            api.post(ACCOUNTS, ACCOUNT).expect(201);
            api.post(classes, """
                    {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "vm"}, "handler": "h",
                     "overhead": {"podFixed": {"cpu": "1"}}, "scheduling": {"nodeSelector": {"vm": "yes"},
                     "tolerations": [{"key": "vm", "operator": "Exists", "effect": "NoSchedule"}]}}""").expect(201);
            var made = api.post(PODS, pod.formatted("\"nodeSelector\": {\"a\": \"b\"}"))
                    .expect(201);
            assertThat(made.text("spec", "nodeSelector")).isEqualTo("{\"a\":\"b\",\"vm\":\"yes\"}");
            assertThat(made.text("spec", "overhead")).isEqualTo("{\"cpu\":\"1\"}");
            assertThat(made.text("spec", "tolerations")).contains("\"key\":\"vm\"");
            assertThat(api.post(PODS, pod.formatted("\"tolerations\": [{\"operator\": \"Exists\"}]"))
                            .expect(201)
                            .text("spec", "tolerations"))
                    .isEqualTo("[{\"operator\":\"Exists\"}]");
            assertThat(api.post(PODS, pod.formatted("\"nodeSelector\": {\"vm\": \"no\"}"))
                            .expect(403)
                            .message())
                    .endsWith(
                            "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no");
            assertThat(api.post(PODS, pod.formatted("\"overhead\": {\"cpu\": \"2\"}"))
                            .expect(403)
                            .message())
                    .endsWith("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        }
    }

    @Test
    void anIngressWithoutAClassGetsTheDefaultOne() {
        var classes = "/apis/networking.k8s.io/v1/ingressclasses";
        var ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
        var aClass = """
                {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "%s",
                 "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
                 "spec": {"controller": "example.com/c"}}""";
        var ingress = """
                {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "%s"},
                 "spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}""";
        try (var api = new TestApi()) {
            assertThat(api.post(ingresses, ingress.formatted("none"))
                            .expect(201)
                            .text("spec", "ingressClassName"))
                    .isEmpty();
            api.post(classes, aClass.formatted("first")).expect(201);
            assertThat(api.post(ingresses, ingress.formatted("one")).expect(201).text("spec", "ingressClassName"))
                    .isEqualTo("first");
            api.post(classes, aClass.formatted("second")).expect(201);
            assertThat(api.post(ingresses, ingress.formatted("two")).expect(403).message())
                    .contains("2 default IngressClasses were found, only 1 allowed");
        }
    }

    /** Of CN=jane, O=dev and O=system:masters. */
    private static final String OF_A_MASTER =
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIeE1JR1lBZ0VBTURZeEREQUtCZ05WQkFvTUEyUm"
                    + "xkakVYTUJVR0ExVUVDZ3dPYzNsemRHVnRPbTFoYzNSbApjbk14RFRBTEJnTlZCQU1NQkdwaGJtVXdXVEFUQmdjcWhr"
                    + "ak9QUUlCQmdncWhrak9QUU1CQndOQ0FBU0M1YS9OCm5HdVA0bklIRHVLRzdjb0VaUkJsVWNMUkxzOEhWbHlFR2ZMUG"
                    + "picVVZb3NpOW56b25SaUlVaWQ0TVc4YUczRm8KeUMwZEo1cE9NR0dKWnpTa29BQXdDZ1lJS29aSXpqMEVBd0lEU0FB"
                    + "d1JRSWdSY3ppZFprZzJwQlBKaEJuZmRmOQpwNGVPOTVLU3d2eDF3UmFOVkJPTTBXNENJUUNESmVUOWIwUWVoUmNZaF"
                    + "NVcll2VUkvVmtjZUoxSWZ2Y3ZyNUV6CmNXRUMzdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";

    /** Of CN=jane and O=dev. */
    private static final String OF_JANE =
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWE1IOENBUUF3SFRFTU1Bb0dBMVVFQ2d3RFpHVj"
                    + "JNUTB3Q3dZRFZRUUREQVJxWVc1bE1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVEanQvdmdiemJy"
                    + "NVoxQ294SkI1bTB2bmJRSi8zR0VxUEl1YWVzNTdhClRuTW04SHFyN0drWGNCdnhxRW0zSXlzNlN0dDAzRzZOZllrZz"
                    + "VsQ3h1UTV0ZktBQU1Bb0dDQ3FHU000OUJBTUMKQTBnQU1FVUNJUUQ0bnZPdDF3bG5QZzZxUWR6UU4vcWw0UElNSGVW"
                    + "c1VRVXF0bHFMU2cwSFJRSWdlTExjNDNocApnN0s2dGl5Q2p5eC9Nei8xemxKSXdkTDlrdG8rR0NyZWZaST0KLS0tLS"
                    + "1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

    private static String request(String request, String signer) {
        return """
                {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                 "metadata": {"generateName": "r-"}, "spec": {"signerName": "%s", "usages": ["client auth"],
                   "request": "%s"}}""".formatted(signer, request);
    }

    @Test
    void nobodyAsksToBeAMaster() {
        try (var api = new TestApi()) {
            assertThat(api.post(REQUESTS, request(OF_A_MASTER, "kubernetes.io/kube-apiserver-client"))
                            .expect(403)
                            .message())
                    .endsWith("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not"
                            + " allowed");
            // as the authenticator would read it, and one part of the name may have several values
            assertThat(api.post(
                                    REQUESTS,
                                    request(
                                            TestSigningRequests.of("CN=jane+O=system:masters"),
                                            "kubernetes.io/kube-apiserver-client"))
                            .expect(403)
                            .message())
                    .endsWith("signer with system:masters group is not allowed");
            api.post(REQUESTS, request(OF_JANE, "kubernetes.io/kube-apiserver-client"))
                    .expect(201);
            api.post(REQUESTS, request(OF_A_MASTER, "example.com/other")).expect(201);
        }
    }

    @Test
    void approvingAndSigningTakeThePermissionForTheSigner() {
        try (var api = new TestApi()) {
            var name = api.post(REQUESTS, request(OF_JANE, "example.com/ours"))
                    .expect(201)
                    .text("metadata", "name");
            var approved = """
                    {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "r", "message": "m"}]}}""";
            var path = REQUESTS + "/" + name;
            api.user = new User("jane", List.of());
            api.authorizer =
                    (_, info) -> info.resource().equals("signers") ? Decision.noOpinion("") : Decision.allow("");
            assertThat(api.mergePatch(path + "/approval", approved).expect(403).message())
                    .endsWith("user not permitted to approve requests with signerName \"example.com/ours\"");
            api.authorizer = (_, info) ->
                    info.name().equals("example.com/*") && info.verb().equals("approve")
                            ? Decision.allow("")
                            : Decision.noOpinion("");
            api.mergePatch(path + "/approval", approved).expect(200);
            assertThat(api.mergePatch(
                                    path + "/status",
                                    approved.replace("}]", "}, {\"type\": \"Failed\", \"status\": \"True\"}]"))
                            .expect(403)
                            .message())
                    .endsWith("user not permitted to sign requests with signerName \"example.com/ours\"");
        }
    }

    @Test
    void whoNamesAnOwnerMayDeleteAndWhoBlocksItsDeletionMaySayWhenItIsFinal() {
        var maps = "/api/v1/namespaces/default/configmaps";
        var map = """
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "%s", "ownerReferences": [
                 {"apiVersion": "%s", "kind": "%s", "name": "o", "uid": "1", "blockOwnerDeletion": true}]}}""";
        try (var api = with(Set.of("OwnerReferencesPermissionEnforcement"), Set.of())) {
            api.authorizer = (_, info) -> info.verb().equals("delete") ? Decision.noOpinion("no") : Decision.allow("");
            assertThat(api.post(maps, map.formatted("m", "v1", "Secret"))
                            .expect(403)
                            .message())
                    .endsWith("cannot set an ownerRef on a resource you can't delete: no, <nil>");
            api.authorizer =
                    (_, info) -> info.subresource().equals("finalizers") ? Decision.noOpinion("") : Decision.allow("");
            assertThat(api.post(maps, map.formatted("m", "v1", "Secret"))
                            .expect(403)
                            .message())
                    .contains("refers to a resource you can't set finalizers on");
            assertThat(api.post(maps, map.formatted("m", "example.com/v1", "Thing"))
                            .expect(403)
                            .message())
                    .contains("cannot find RESTMapping for APIVersion example.com/v1 Kind Thing");
            api.authorizer = (_, _) -> Decision.allow("");
            api.post(maps, map.formatted("m", "v1", "Secret")).expect(201);
        }
    }
}
