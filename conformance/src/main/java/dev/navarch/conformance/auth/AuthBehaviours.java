package dev.navarch.conformance.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.NeedsContainers;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.KeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** Upstream {@code test/e2e/auth}. */
class AuthBehaviours {

    @Behaviour("[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount [Conformance]")
    void lifecycle(Scenario scenario) {
        var accounts = scenario.client().serviceAccounts().inNamespace(scenario.namespace());
        try (var events = Events.of(accounts.withLabel("test-serviceaccount-static", "true"))) {
            scenario.create(ServiceAccount.class, """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: testserviceaccount, labels: {test-serviceaccount-static: "true"}}
                """);
            events.next(Action.ADDED);
            accounts.withName("testserviceaccount")
                    .patch(Scenario.STRATEGIC, "{\"automountServiceAccountToken\":false}");
            events.next(Action.MODIFIED, account -> Boolean.FALSE.equals(account.getAutomountServiceAccountToken()));
            assertThat(scenario.client()
                            .serviceAccounts()
                            .inAnyNamespace()
                            .withLabel("test-serviceaccount-static", "true")
                            .list()
                            .getItems())
                    .anySatisfy(found -> {
                        assertThat(found.getMetadata().getNamespace()).isEqualTo(scenario.namespace());
                        assertThat(found.getAutomountServiceAccountToken()).isFalse();
                    });
            scenario.http()
                    .delete("/api/v1/namespaces/" + scenario.namespace()
                            + "/serviceaccounts?labelSelector=test-serviceaccount-static%3Dtrue")
                    .ok();
            events.next(Action.DELETED);
        }
    }

    @Behaviour("[sig-auth] ServiceAccounts should update a ServiceAccount [Conformance]")
    void update(Scenario scenario) {
        var name = scenario.unique("e2e-sa");
        var made = scenario.create(ServiceAccount.class, """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: %s}
            """.formatted(name));
        made.setAutomountServiceAccountToken(false);
        assertThat(scenario.client().resource(made).update().getAutomountServiceAccountToken())
                .isFalse();
    }

    @Behaviour("[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace [Conformance]")
    void rootCertificate(Scenario scenario) {
        var map =
                scenario.client().configMaps().inNamespace(scenario.namespace()).withName("kube-root-ca.crt");
        scenario.awaitOne("it is published", map, m -> m.getData().containsKey("ca.crt"));
        try (var events = Events.of(map)) {
            map.delete();
            events.next(Action.DELETED);
            events.next(Action.ADDED, m -> m.getData().containsKey("ca.crt"));
        }
        var changed = map.get();
        changed.getData().put("ca.crt", "");
        scenario.client().resource(changed).update();
        scenario.awaitOne(
                "it is put right", map, m -> !m.getData().get("ca.crt").isEmpty());
    }

    @Behaviour("[sig-auth] ServiceAccounts should allow opting out of API token automount [Conformance]")
    void automount(Scenario scenario) {
        for (var account : new String[] {"default", "mount", "nomount"}) {
            if (!account.equals("default")) {
                scenario.create(ServiceAccount.class, """
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {name: %s}
                    automountServiceAccountToken: %s
                    """.formatted(account, account.equals("mount")));
            }
            for (var wish : new String[] {"", "true", "false"}) {
                var pod = scenario.create(Pod.class, """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: pod-service-account-%1$s-%2$s}
                    spec:
                      serviceAccountName: %1$s
                      restartPolicy: Never
                      %3$s
                      containers: [{name: token-test, image: agnhost:1}]
                    """.formatted(
                                account,
                                wish.isEmpty() ? "defaultmountspec" : wish.equals("true") ? "mountspec" : "nomountspec",
                                wish.isEmpty() ? "" : "automountServiceAccountToken: " + wish));
                boolean expected = wish.isEmpty() ? !account.equals("nomount") : wish.equals("true");
                var mounts = pod.getSpec().getContainers().getFirst().getVolumeMounts();
                assertThat(mounts.stream()
                                .anyMatch(mount ->
                                        mount.getMountPath().equals("/var/run/secrets/kubernetes.io/serviceaccount")))
                        .as(pod.getMetadata().getName())
                        .isEqualTo(expected);
            }
        }
    }

    @NeedsContainers
    @Behaviour("[sig-auth] ServiceAccounts should mount an API token into pods [Conformance]")
    void mountedToken(Scenario scenario) {
        scenario.create(ServiceAccount.class, """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: mount-test}
            """);
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: pod-service-account}
            spec:
              serviceAccountName: mount-test
              restartPolicy: Never
              terminationGracePeriodSeconds: 0
              containers: [{name: test, image: %s, command: [sleep, "100000"]}]
            """.formatted(NeedsContainers.IMAGE));
        var pod = scenario.client().pods().inNamespace(scenario.namespace()).withName("pod-service-account");
        scenario.awaitOne("it runs", pod, p -> p.getStatus().getPhase().equals("Running"));
        var published = scenario.client()
                .configMaps()
                .inNamespace(scenario.namespace())
                .withName("kube-root-ca.crt")
                .get();
        assertThat(mounted(pod, "ca.crt")).isEqualTo(published.getData().get("ca.crt"));
        assertThat(mounted(pod, "namespace")).isEqualTo(scenario.namespace());
        var status = scenario.http()
                .post("/apis/authentication.k8s.io/v1/tokenreviews", """
                    {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "%s"}}
                    """.formatted(mounted(pod, "token")))
                .ok()
                .json()
                .path("status");
        assertThat(status.path("error").asString("")).isEmpty();
        assertThat(status.path("authenticated").asBoolean()).isTrue();
        assertThat(status.path("user").path("username").asString())
                .isEqualTo("system:serviceaccount:" + scenario.namespace() + ":mount-test");
        assertThat(StreamSupport.stream(status.path("user").path("groups").spliterator(), false)
                        .map(JsonNode::asString))
                .contains(
                        "system:authenticated",
                        "system:serviceaccounts",
                        "system:serviceaccounts:" + scenario.namespace());
    }

    /** What the pod's container finds in a file of its account. */
    private static String mounted(PodResource pod, String file) {
        var out = new ByteArrayOutputStream();
        try (var exec = pod.writingOutput(out).exec("cat", "/var/run/secrets/kubernetes.io/serviceaccount/" + file)) {
            assertThat(exec.exitCode().get(60, TimeUnit.SECONDS)).as(file).isZero();
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("can't read " + file, e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @NeedsContainers
    @Behaviour("[sig-auth] ServiceAccounts should mount projected service account token [Conformance]")
    void projectedToken(Scenario scenario) {
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: test-pod}
            spec:
              restartPolicy: Never
              containers:
              - name: agnhost-container
                image: %s
                command: [cat, /test-volume/token]
                volumeMounts: [{name: token, mountPath: /test-volume}]
              volumes:
              - name: token
                projected:
                  sources: [{serviceAccountToken: {path: token, expirationSeconds: 7200}}]
            """.formatted(NeedsContainers.IMAGE));
        var pod = scenario.client().pods().inNamespace(scenario.namespace()).withName("test-pod");
        scenario.awaitOne(
                "it is done",
                pod,
                p -> List.of("Succeeded", "Failed").contains(p.getStatus().getPhase()));
        assertThat(pod.get().getStatus().getPhase()).isEqualTo("Succeeded");
        assertThat(pod.getLog()).matches("[A-Za-z0-9-_=]+\\.[A-Za-z0-9-_=]+\\.?[A-Za-z0-9-_.+/=]*");
    }

    @Behaviour("[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview"
            + " [Conformance]")
    void tokenReview(Scenario scenario) {
        var name = scenario.unique("e2e-sa");
        scenario.create(ServiceAccount.class, """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: %s}
            """.formatted(name));
        var token = scenario.http()
                .post("/api/v1/namespaces/" + scenario.namespace() + "/serviceaccounts/" + name + "/token", """
                    {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                     "metadata": {"generateName": "test-sa"}, "spec": {"audiences": ["api"]}}
                    """)
                .ok()
                .json()
                .path("status")
                .path("token")
                .asString();
        assertThat(token).isNotEmpty();
        var review = scenario.http()
                .post("/apis/authentication.k8s.io/v1/tokenreviews", """
                    {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                     "metadata": {"name": "%s-token"}, "spec": {"token": "%s", "audiences": ["api"]}}
                    """.formatted(name, token))
                .ok()
                .json()
                .path("status");
        assertThat(review.path("authenticated").asBoolean(false))
                .as(review.toString())
                .isTrue();
        assertThat(review.path("error").asString("")).isEmpty();
        assertThat(review.path("audiences").get(0).asString()).isEqualTo("api");
    }

    @Behaviour("[sig-auth] SubjectReview should support SubjectReview API operations [Conformance]")
    void subjectReviews(Scenario scenario) {
        var user = "system:serviceaccount:" + scenario.namespace() + ":e2e";
        scenario.create(ServiceAccount.class, """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: e2e}
            """);
        var attributes = "\"resourceAttributes\":{\"namespace\":\"" + scenario.namespace()
                + "\",\"verb\":\"list\",\"resource\":\"configmaps\",\"version\":\"v1\"}";
        var subject = review(
                scenario,
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                "SubjectAccessReview",
                "{" + attributes + ",\"user\":\"" + user + "\"}");
        boolean allowed = subject.path("allowed").asBoolean(false);
        var listed = scenario.http()
                .call("GET", "/api/v1/namespaces/" + scenario.namespace() + "/configmaps")
                .header("Impersonate-User", user)
                .send();
        assertThat(listed.status()).isEqualTo(allowed ? 200 : 403);
        var local = review(
                scenario,
                "/apis/authorization.k8s.io/v1/namespaces/" + scenario.namespace() + "/localsubjectaccessreviews",
                "LocalSubjectAccessReview",
                "{" + attributes + ",\"user\":\"" + user + "\"}");
        assertThat(local.path("allowed").asBoolean(false)).isEqualTo(allowed);
    }

    private static JsonNode review(Scenario scenario, String path, String kind, String spec) {
        return scenario.http()
                .post(
                        path,
                        "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"" + kind
                                + "\",\"metadata\":{\"namespace\":\""
                                + (kind.startsWith("Local") ? scenario.namespace() : "") + "\"},\"spec\":" + spec + "}")
                .ok()
                .json()
                .path("status");
    }

    @Behaviour("[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations [Conformance]")
    void certificateSigningRequests(Scenario scenario) throws Exception {
        var request = SigningRequest.base64("e2e-conformance");
        var requests = new ApiOperations(
                scenario, "certificatesigningrequests", false, """
                    apiVersion: certificates.k8s.io/v1
                    kind: CertificateSigningRequest
                    metadata: {name: NAME}
                    spec:
                      request: %s
                      signerName: example.com/e2e-%s
                      expirationSeconds: 3600
                      usages: [digital signature, key encipherment, server auth]
                    """.formatted(request, scenario.unique("signer")));
        requests.everything();
        requests.status(
                "{\"conditions\":[{\"type\":\"StatusUpdate\",\"status\":\"True\",\"reason\":\"E2E\"}]}",
                "{\"conditions\":[{\"type\":\"StatusReplaced\",\"status\":\"True\",\"reason\":\"E2E\"}]}");
        var made = requests.create(scenario.unique("csr"));
        var approved = requests.named(made)
                .subresource("approval")
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":{\"patchedapproval\":\"true\"}},\"status\":{\"conditions\":["
                                + "{\"type\":\"ApprovalPatch\",\"status\":\"True\",\"reason\":\"e2e\"}]}}");
        assertThat(approved.getMetadata().getAnnotations()).containsEntry("patchedapproval", "true");
        assertThat(scenario.http()
                        .get(requests.path() + "/" + made.getMetadata().getName() + "/approval")
                        .status())
                .isEqualTo(200);
    }

    /**
     * Upstream's validator runs in a pod; what it reads with its service account's token, and how it judges that token by
     * it, is done here.
     */
    @Behaviour(
            "[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account"
                    + " issuer [Conformance]")
    void issuerDiscovery(Scenario scenario) throws Exception {
        var granted = scenario.http()
                .post(
                        "/api/v1/namespaces/" + scenario.namespace() + "/serviceaccounts/default/token",
                        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{\"audiences\":[\"oidc-discovery-test\"]}}")
                .ok()
                .json();
        var token = granted.path("status").path("token").asString().split("\\.", -1);
        var header = scenario.parse(JsonNode.class, decoded(token[0]));
        var claims = scenario.parse(JsonNode.class, decoded(token[1]));
        assertThat(claims.path("aud"))
                .as("%s", claims)
                .extracting(JsonNode::asString)
                .containsExactly("oidc-discovery-test");
        assertThat(claims.path("sub").asString())
                .isEqualTo("system:serviceaccount:" + scenario.namespace() + ":default");
        var issuer = claims.path("iss").asString();
        var discovery = asServiceAccount(scenario, "/.well-known/openid-configuration");
        assertThat(discovery.path("issuer").asString()).isEqualTo(issuer);
        assertThat(discovery.path("id_token_signing_alg_values_supported"))
                .extracting(JsonNode::asString)
                .contains(header.path("alg").asString());
        var keys = asServiceAccount(
                scenario, URI.create(discovery.path("jwks_uri").asString()).getPath());
        var key = StreamSupport.stream(keys.path("keys").spliterator(), false)
                .filter(found ->
                        found.path("kid").asString().equals(header.path("kid").asString()))
                .findFirst()
                .orElseThrow();
        var verifier = verifier(header.path("alg").asString(), key);
        verifier.update((token[0] + "." + token[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(verifier.verify(bytes(token[2]))).isTrue();
    }

    private static Signature verifier(String algorithm, JsonNode key) throws GeneralSecurityException {
        boolean rsa = algorithm.equals("RS256");
        assertThat(algorithm).isIn("RS256", "ES256");
        var verifier = Signature.getInstance(rsa ? "SHA256withRSA" : "SHA256withECDSAinP1363Format");
        KeySpec spec;
        if (rsa) {
            spec = new RSAPublicKeySpec(number(key, "n"), number(key, "e"));
        } else {
            var parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            spec = new ECPublicKeySpec(
                    new ECPoint(number(key, "x"), number(key, "y")),
                    parameters.getParameterSpec(ECParameterSpec.class));
        }
        verifier.initVerify(KeyFactory.getInstance(rsa ? "RSA" : "EC").generatePublic(spec));
        return verifier;
    }

    private static BigInteger number(JsonNode key, String field) {
        return new BigInteger(1, bytes(key.path(field).asString()));
    }

    private static byte[] bytes(String base64) {
        return Base64.getUrlDecoder().decode(base64);
    }

    private static String decoded(String base64) {
        return new String(bytes(base64), StandardCharsets.UTF_8);
    }

    /** What the scenario's default service account may read. */
    private static JsonNode asServiceAccount(Scenario scenario, String path) {
        return scenario.http()
                .call("GET", path)
                .header("Impersonate-User", "system:serviceaccount:" + scenario.namespace() + ":default")
                .header("Impersonate-Group", "system:serviceaccounts")
                .send()
                .ok()
                .json();
    }
}
