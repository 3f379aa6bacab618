package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.DeleteOptions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Those of objects of any kind, of access and certificates. */
final class ObjectScenarios {
    private ObjectScenarios() {}

    static List<Scenario> all() {
        return List.of(
                namespace(),
                serviceAccount(),
                accountTokens(),
                unusedTokens(),
                rootCa(),
                garbage(),
                roles(),
                tokens(),
                signatures(),
                quota(),
                migrations(),
                certificates(),
                servingCertificates());
    }

    private static Scenario namespace() {
        return Scenario.of("namespace-controller")
                .with(World::endPods)
                .then("a namespace with things in it", """
                        {apiVersion: v1, kind: Namespace, metadata: {name: going}}
                        ---
                        {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: going}}
                        ---
                        {apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: going}}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: p, namespace: going}
                        spec: {nodeName: n, containers: [{name: c, image: i}]}
                        status: {phase: Running}
                        """, w -> true)
                .then(
                        "it goes",
                        w -> w.delete(Namespace.class, "going"),
                        w -> w.find(Namespace.class, "going").isEmpty())
                .always("never before what is in it", w -> {
                    if (w.find(Namespace.class, "going").isEmpty()) {
                        assertThat(w.pods()).isEmpty();
                        assertThat(w.all(ConfigMap.class).stream()
                                        .filter(c ->
                                                c.getMetadata().getNamespace().equals("going")))
                                .isEmpty();
                    }
                });
    }

    private static <T extends io.fabric8.kubernetes.api.model.HasMetadata> boolean has(
            World world, Class<T> type, String namespace, String name) {
        return world.admin().resource(type).get(namespace, name).isPresent();
    }

    private static Scenario serviceAccount() {
        return Scenario.of("serviceaccount-controller")
                .then(
                        "a namespace gets its account",
                        "{apiVersion: v1, kind: Namespace, metadata: {name: fresh}}",
                        w -> has(w, ServiceAccount.class, "fresh", "default"))
                .then(
                        "and again when it was deleted",
                        w -> w.admin().resource(ServiceAccount.class).delete("fresh", "default", DeleteOptions.none()),
                        w -> has(w, ServiceAccount.class, "fresh", "default"));
    }

    private static Scenario accountTokens() {
        return Scenario.of("serviceaccount-token-controller")
                .then(
                        "a secret gets the token of its account",
                        """
                        {apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}
                        ---
                        apiVersion: v1
                        kind: Secret
                        metadata: {name: t, annotations: {kubernetes.io/service-account.name: robot}}
                        type: kubernetes.io/service-account-token
                        """,
                        w -> w.is(
                                Secret.class,
                                "t",
                                s -> s.getData() != null && s.getData().containsKey("token")))
                .then(
                        "it goes with the account",
                        w -> w.delete(ServiceAccount.class, "robot"),
                        w -> w.find(Secret.class, "t").isEmpty());
    }

    private static Scenario unusedTokens() {
        return Scenario.of("legacy-serviceaccount-token-cleaner-controller")
                .then(
                        "a token that nobody has used for long",
                        w -> {
                            w.apply("""
                                    apiVersion: v1
                                    kind: ConfigMap
                                    metadata:
                                      name: kube-apiserver-legacy-service-account-token-tracking
                                      namespace: kube-system
                                    data: {since: "2020-01-01"}
                                    ---
                                    {apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}, secrets: [{name: t}]}
                                    """);
                            w.load("""
                                    apiVersion: v1
                                    kind: Secret
                                    metadata:
                                      name: t
                                      namespace: default
                                      uid: 5c7c3f0e-0000-4000-8000-000000000001
                                      creationTimestamp: "2020-01-01T00:00:00Z"
                                      annotations: {kubernetes.io/service-account.name: robot}
                                    type: kubernetes.io/service-account-token
                                    """);
                        },
                        w -> true)
                .then(
                        "it is marked",
                        w -> w.sleep(Duration.ofHours(25)),
                        w -> w.is(Secret.class, "t", s -> s.getMetadata().getLabels() != null))
                .then("years ago", """
                        apiVersion: v1
                        kind: Secret
                        metadata: {name: t, labels: {kubernetes.io/legacy-token-invalid-since: "2021-01-01"}}
                        """, w -> true)
                .then(
                        "it goes",
                        w -> w.sleep(Duration.ofHours(25)),
                        w -> w.find(Secret.class, "t").isEmpty());
    }

    private static Scenario migrations() {
        return Scenario.of("storage-version-migrator-controller")
                .then(
                        "one migration after the other",
                        """
                        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
                        ---
                        apiVersion: storagemigration.k8s.io/v1beta1
                        kind: StorageVersionMigration
                        metadata: {name: first}
                        spec: {resource: {group: "", resource: configmaps}}
                        ---
                        apiVersion: storagemigration.k8s.io/v1beta1
                        kind: StorageVersionMigration
                        metadata: {name: second}
                        spec: {resource: {group: "", resource: configmaps}}
                        ---
                        apiVersion: storagemigration.k8s.io/v1beta1
                        kind: StorageVersionMigration
                        metadata: {name: lost}
                        spec: {resource: {group: example.com, resource: shirts}}
                        """,
                        w -> conditions(w, "first").equals(List.of("Succeeded"))
                                && conditions(w, "second").equals(List.of("Succeeded"))
                                && conditions(w, "lost").equals(List.of("Failed")))
                .always(
                        "one at a time",
                        w -> assertThat(Stream.of("first", "second")
                                        .filter(name -> conditions(w, name).contains("Running")))
                                .hasSizeLessThan(2));
    }

    /** The types of those that are true. */
    private static List<String> conditions(World world, String migration) {
        return world.find(StorageVersionMigration.class, migration)
                .flatMap(m -> Optional.ofNullable(m.getStatus()))
                .map(status -> status.getConditions().stream()
                        .filter(c -> c.getStatus().equals("True"))
                        .map(Condition::getType)
                        .toList())
                .orElse(List.of());
    }

    private static Scenario rootCa() {
        return Scenario.of("root-ca-certificate-publisher-controller")
                .then(
                        "a namespace gets the authority's certificate",
                        "{apiVersion: v1, kind: Namespace, metadata: {name: fresh}}",
                        w -> has(w, ConfigMap.class, "fresh", "kube-root-ca.crt"))
                .then(
                        "what was changed is put right",
                        w -> w.apply(
                                "{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt, namespace: fresh},"
                                        + " data: {ca.crt: other}}"),
                        w -> !w.admin()
                                .resource(ConfigMap.class)
                                .get("fresh", "kube-root-ca.crt")
                                .orElseThrow()
                                .getData()
                                .get("ca.crt")
                                .equals("other"));
    }

    private static String owned(World world, String name, String owner, boolean blocking) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: %s
                  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: %s, uid: %s, blockOwnerDeletion: %s}]
                """.formatted(
                name,
                owner,
                world.find(ConfigMap.class, owner).orElseThrow().getMetadata().getUid(),
                blocking);
    }

    private static Scenario garbage() {
        return Scenario.of("garbage-collector-controller")
                .then(
                        "three owners and what they own",
                        w -> {
                            for (var owner : List.of("background", "foreground", "orphaning")) {
                                w.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: " + owner + "}}");
                                w.apply(owned(w, owner + "-1", owner, true));
                                w.apply(owned(w, owner + "-2", owner, false));
                            }
                            w.apply(owned(w, "background-1-1", "background-1", false));
                        },
                        w -> true)
                .then(
                        "each goes in its way",
                        w -> {
                            w.delete(
                                    w.find(ConfigMap.class, "background").orElseThrow(),
                                    DeleteOptions.none().propagation(DeleteOptions.Propagation.BACKGROUND));
                            w.delete(
                                    w.find(ConfigMap.class, "foreground").orElseThrow(),
                                    DeleteOptions.none().propagation(DeleteOptions.Propagation.FOREGROUND));
                            w.delete(
                                    w.find(ConfigMap.class, "orphaning").orElseThrow(),
                                    DeleteOptions.none().propagation(DeleteOptions.Propagation.ORPHAN));
                        },
                        w -> w.all(ConfigMap.class).stream()
                                        .filter(c ->
                                                c.getMetadata().getNamespace().equals(World.NAMESPACE))
                                        .filter(c -> c.getMetadata()
                                                .getOwnerReferences()
                                                .isEmpty())
                                        .map(c -> c.getMetadata().getName())
                                        .filter(n -> !n.equals("kube-root-ca.crt"))
                                        .toList()
                                        .equals(List.of("orphaning-1", "orphaning-2"))
                                && w.find(ConfigMap.class, "background-1-1").isEmpty()
                                && w.find(ConfigMap.class, "background-2").isEmpty())
                .always("orphans stay, and what blocks goes before its owner", w -> {
                    assertThat(w.find(ConfigMap.class, "orphaning-1")).isPresent();
                    assertThat(w.find(ConfigMap.class, "orphaning-2")).isPresent();
                    assertThat(w.find(ConfigMap.class, "foreground").isPresent()
                                    || w.find(ConfigMap.class, "foreground-1").isEmpty())
                            .isTrue();
                });
    }

    private static String role(String name, String verb) {
        return """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: %s, labels: {to: all}}
                rules: [{apiGroups: [""], resources: [pods], verbs: [%s]}]
                ---
                """.formatted(name, verb);
    }

    private static boolean gathers(World world, int rules) {
        return world.is(
                ClusterRole.class,
                "all",
                r -> r.getRules() != null && r.getRules().size() == rules);
    }

    private static Scenario roles() {
        return Scenario.of("clusterrole-aggregation-controller")
                .then("one rule", role("a", "get") + """
                        apiVersion: rbac.authorization.k8s.io/v1
                        kind: ClusterRole
                        metadata: {name: all}
                        aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: all}}]}
                        """, w -> gathers(w, 1))
                .then("two rules", role("b", "list"), w -> gathers(w, 2))
                .then("one again", w -> w.delete(ClusterRole.class, "a"), w -> gathers(w, 1));
    }

    private static Scenario tokens() {
        return Scenario.of("token-cleaner")
                .then(
                        "two tokens, one of which is about to expire",
                        w -> {
                            var end = w.now().plus(Duration.ofMinutes(2)).toString();
                            w.apply(token("lasting", ""));
                            w.apply(token(
                                    "soon",
                                    "expiration: "
                                            + Base64.getEncoder()
                                                    .encodeToString(end.getBytes(StandardCharsets.UTF_8))));
                        },
                        w -> !has(w, Secret.class, "kube-system", "bootstrap-token-soon"))
                .always(
                        "the other stays",
                        w -> assertThat(has(w, Secret.class, "kube-system", "bootstrap-token-lasting"))
                                .isTrue());
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean signedBy(World world, String... tokens) {
        return world.admin()
                .resource(ConfigMap.class)
                .get("kube-public", "cluster-info")
                .orElseThrow()
                .getData()
                .keySet()
                .equals(Stream.concat(Stream.of("kubeconfig"), Stream.of(tokens).map(t -> "jws-kubeconfig-" + t))
                        .collect(Collectors.toSet()));
    }

    private static Scenario signatures() {
        return Scenario.of("bootstrap-signer")
                .then(
                        "a map is signed with two tokens",
                        w -> {
                            for (var id : List.of("aaaaaa", "bbbbbb")) {
                                w.apply(token(
                                        id,
                                        "token-id: " + encoded(id) + ", token-secret: " + encoded("0123456789abcdef")
                                                + ", usage-bootstrap-signing: " + encoded("true")));
                            }
                            w.apply("""
                                    {apiVersion: v1, kind: ConfigMap, metadata: {name: cluster-info, namespace: kube-public},
                                     data: {kubeconfig: "here"}}
                                    """);
                        },
                        w -> signedBy(w, "aaaaaa", "bbbbbb"))
                .then(
                        "one token goes",
                        w -> w.admin()
                                .resource(Secret.class)
                                .delete("kube-system", "bootstrap-token-aaaaaa", DeleteOptions.none()),
                        w -> signedBy(w, "bbbbbb"));
    }

    private static String token(String name, String data) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: bootstrap-token-%s, namespace: kube-system}
                type: bootstrap.kubernetes.io/token
                data: {%s}
                """.formatted(name, data);
    }

    private static boolean uses(World world, String resource, String amount) {
        return world.is(
                ResourceQuota.class,
                "q",
                q -> q.getStatus() != null
                        && q.getStatus().getUsed() != null
                        && q.getStatus().getUsed().containsKey(resource)
                        && q.getStatus().getUsed().get(resource).toString().equals(amount));
    }

    private static Scenario quota() {
        return Scenario.of("resourcequota-controller")
                .with(World::endPods)
                .then(
                        "two pods and a map are counted",
                        """
                        {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: a}
                        spec: {nodeName: n, containers: [{name: c, image: i, resources: {requests: {cpu: 100m}}}]}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: b}
                        spec: {nodeName: n, containers: [{name: c, image: i, resources: {requests: {cpu: 200m}}}]}
                        ---
                        apiVersion: v1
                        kind: ResourceQuota
                        metadata: {name: q}
                        spec: {hard: {requests.cpu: "1", pods: "5", count/configmaps: "9"}}
                        """,
                        w -> uses(w, "requests.cpu", "300m") && uses(w, "count/configmaps", "2"))
                .then(
                        "a pod and the map go",
                        w -> {
                            w.delete(Pod.class, "b");
                            w.delete(ConfigMap.class, "c");
                        },
                        w -> uses(w, "requests.cpu", "100m")
                                && uses(w, "count/configmaps", "1")
                                && uses(w, "pods", "1"));
    }

    private static Scenario certificates() {
        return Scenario.of("certificate-controller")
                .then(
                        "a kubelet gets its certificate",
                        w -> w.apply("""
                                apiVersion: certificates.k8s.io/v1
                                kind: CertificateSigningRequest
                                metadata: {name: node-a}
                                spec:
                                  signerName: kubernetes.io/kube-apiserver-client-kubelet
                                  usages: [digital signature, client auth]
                                  request: %s
                                """.formatted(request(""))),
                        w -> w.is(
                                CertificateSigningRequest.class,
                                "node-a",
                                r -> r.getStatus() != null && r.getStatus().getCertificate() != null))
                .then(
                        "the request goes",
                        w -> w.sleep(Duration.ofHours(2)),
                        w -> w.find(CertificateSigningRequest.class, "node-a").isEmpty());
    }

    private static Scenario servingCertificates() {
        var request = request("192.0.2.1");
        return Scenario.of("kubelet-serving-approver-controller")
                .then(
                        "a node asks for the certificate that it serves with",
                        w -> {
                            w.apply("""
                            apiVersion: v1
                            kind: Node
                            metadata: {name: node-a}
                            status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
                            """);
                            w.load("""
                            apiVersion: certificates.k8s.io/v1
                            kind: CertificateSigningRequest
                            metadata: {name: node-a-serves, creationTimestamp: "%s"}
                            spec:
                              username: system:node:node-a
                              groups: [system:nodes, system:authenticated]
                              signerName: kubernetes.io/kubelet-serving
                              usages: [digital signature, server auth]
                              request: %s
                            """.formatted(w.now(), request));
                        },
                        w -> w.is(
                                CertificateSigningRequest.class,
                                "node-a-serves",
                                r -> r.getStatus() != null
                                        && !r.getStatus().getConditions().isEmpty()));
    }

    /** @param address to be certified; none if empty */
    private static String request(String address) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            var keys = generator.generateKeyPair();
            var builder = new JcaPKCS10CertificationRequestBuilder(
                    new X500Name("O=system:nodes,CN=system:node:node-a"), keys.getPublic());
            if (!address.isEmpty()) {
                var extensions = new ExtensionsGenerator();
                extensions.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(new GeneralName(GeneralName.iPAddress, address)));
                builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
            }
            var der = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                    .getEncoded();
            var pem = "-----BEGIN CERTIFICATE REQUEST-----\n"
                    + Base64.getMimeEncoder().encodeToString(der)
                    + "\n-----END CERTIFICATE REQUEST-----\n";
            return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }
}
