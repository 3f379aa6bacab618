package dev.navarch.clients.definitions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.navarch.cli.Kubectl;
import dev.navarch.clients.SharedCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Definitions like those of cert-manager, of Prometheus's operator (one whole pod template) and of Strimzi (several, in two
 * versions): they are established without a condition to complain of, and their objects are written as quickly as others.
 */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LargeDefinitionsIT {
    private static final int MORE_THAN_AN_ANNOTATION = 262_144;
    private static final int WRITES = 40;
    /** Far more than it takes, so that a busy machine is no failure. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path directory;

    private Kubectl kubectl;
    private KubernetesClient client;
    private ObjectNode template;

    @BeforeAll
    void connect(Kubectl cluster) throws Exception {
        kubectl = cluster.in("large");
        cluster.ok("create", "namespace", "large");
        client = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(cluster.kubeconfig().toFile()))
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
        template = new StructuralSchemas(json.readTree(cluster.ok("get", "--raw", "/openapi/v3/api/v1")))
                .of("io.k8s.api.core.v1.PodTemplateSpec");
    }

    @AfterAll
    void remove() {
        client.close();
        kubectl.ok("delete", "crd", "-l", "size=large");
        kubectl.ok("delete", "namespace", "large", "--wait=false");
    }

    private void awaitEstablished(String name) {
        kubectl.awaitEstablished("crd/" + name);
        assertThat(kubectl.get("crd/" + name, "{range .status.conditions[*]}{.type}={.status} {end}"))
                .as("conditions of " + name)
                .isEqualTo("NamesAccepted=True Established=True");
    }

    /** A definition whose versions have a pod template in each of these fields. */
    private String define(String plural, String kind, String[] versions, String... fields) throws Exception {
        var name = plural + ".large.example.com";
        var definition = json.createObjectNode()
                .put("apiVersion", "apiextensions.k8s.io/v1")
                .put("kind", "CustomResourceDefinition");
        definition.putObject("metadata").put("name", name).putObject("labels").put("size", "large");
        var spec =
                definition.putObject("spec").put("group", "large.example.com").put("scope", "Namespaced");
        spec.putObject("names")
                .put("plural", plural)
                .put("singular", plural.substring(0, plural.length() - 1))
                .put("kind", kind);
        for (var version : versions) {
            var entry = spec.withArray("versions")
                    .addObject()
                    .put("name", version)
                    .put("served", true)
                    .put("storage", version.equals(versions[0]));
            entry.putObject("subresources").putObject("status");
            var schema = entry.putObject("schema").putObject("openAPIV3Schema").put("type", "object");
            var properties = schema.putObject("properties");
            var wanted = properties.putObject("spec").put("type", "object");
            wanted.putObject("properties");
            wanted.withObject("properties")
                    .putObject("replicas")
                    .put("type", "integer")
                    .put("default", 1);
            wanted.withObject("properties")
                    .putObject("config")
                    .put("type", "object")
                    .put("x-kubernetes-preserve-unknown-fields", true);
            wanted.withArray("x-kubernetes-validations")
                    .addObject()
                    .put("rule", "self.replicas >= 0")
                    .put("message", "not fewer than none");
            for (var field : fields) {
                wanted.withObject("properties").set(field, template);
            }
            properties.putObject("status").put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
        }
        var file = Files.write(directory.resolve(plural + ".json"), json.writeValueAsBytes(definition));
        assertThat(Files.size(file)).isGreaterThan(MORE_THAN_AN_ANNOTATION);
        // as with any server, what kubectl remembers of such a size has no place in an annotation
        assertThat(kubectl.fails("", "apply", "-f", file.toString()))
                .contains("metadata.annotations: Too long: may not be more than 262144 bytes");
        kubectl.ok("apply", "--server-side", "-f", file.toString());
        awaitEstablished(name);
        return name;
    }

    private static GenericKubernetesResource instance(String kind, String version, String field, int round) {
        return Serialization.unmarshal(
                """
            apiVersion: large.example.com/%s
            kind: %s
            metadata: {name: it, namespace: large}
            spec:
              config: {round: %d, deep: {a: [1, {b: c}]}}
              %s:
                metadata: {labels: {a: b}}
                spec:
                  terminationGracePeriodSeconds: %d
                  containers:
                  - name: main
                    image: main:%d
                    env: [{name: A, value: "1"}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
                    ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}]
                    resources: {limits: {cpu: 1, memory: 1Gi}}
                    livenessProbe: {httpGet: {path: /, port: http}}
                  volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]
                  tolerations: [{key: a, operator: Exists}]
                  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}}
            """.formatted(version, kind, round, field, round, round), GenericKubernetesResource.class);
    }

    private void writesQuickly(String kind, String version, String field) {
        // the first one finds nothing prepared
        client.resource(instance(kind, version, field, 0)).create();
        var started = Instant.now();
        for (int round = 1; round <= WRITES; round++) {
            client.resource(instance(kind, version, field, round))
                    .patch(new PatchContext.Builder()
                            .withPatchType(PatchType.SERVER_SIDE_APPLY)
                            .withFieldManager("operator")
                            .withForce(true)
                            .build());
            client.resource(instance(kind, version, field, -round)).update();
        }
        assertThat(Duration.between(started, Instant.now())).isLessThan(LONGEST);
        var now = client.resource(instance(kind, version, field, 0)).get();
        assertThat(now.<Integer>get("spec", "config", "round")).isEqualTo(-WRITES);
        assertThat(now.<String>get("spec", field, "spec", "containers", 0, "ports", 0, "protocol"))
                .as("defaults that lists need")
                .isEqualTo("TCP");
        assertThat(now.<Integer>get("spec", "replicas")).isEqualTo(1);
    }

    @Test
    void oneWholePodTemplate() throws Exception {
        define("monitors", "Monitor", new String[] {"v1"}, "podTemplate");
        writesQuickly("Monitor", "v1", "podTemplate");
        assertThat(kubectl.ok("explain", "monitor.spec.podTemplate.spec.containers.livenessProbe.httpGet"))
                .contains("port", "scheme");
        // lists merge by their keys
        var part = """
            apiVersion: large.example.com/v1
            kind: Monitor
            metadata: {name: it}
            spec: {podTemplate: {spec: {containers: [{name: side, image: side:1}, {name: main, env: [{name: C, value: "3"}]}]}}}
            """;
        kubectl.okWith(part, "apply", "--server-side", "--field-manager=other", "-f", "-");
        var containers = "{.spec.podTemplate.spec.containers[*].name}";
        assertThat(kubectl.get("monitor/it", containers).split(" ")).containsExactlyInAnyOrder("main", "side");
        assertThat(kubectl.get("monitor/it", "{.spec.podTemplate.spec.containers[?(@.name=='main')].env[*].name}"))
                .isEqualTo("A B C");
        assertThat(kubectl.fails(
                        part.replace("side:1", "[]"), "apply", "--server-side", "--force-conflicts", "-f", "-"))
                .contains(".spec.podTemplate.spec.containers");
        assertThat(kubectl.fails(
                        part.replace("image: side:1", "imagePull: Never"),
                        "apply",
                        "--server-side",
                        "--validate=false",
                        "-f",
                        "-"))
                .contains("field not declared in schema");
    }

    @Test
    void severalPodTemplatesInTwoVersions() throws Exception {
        define("clusters", "Cluster", new String[] {"v1beta2", "v1"}, "broker", "controller");
        writesQuickly("Cluster", "v1beta2", "broker");
        kubectl.ok("delete", "clusters.large.example.com", "it");
        writesQuickly("Cluster", "v1", "controller");
    }

    @Test
    void rulesFormsAndAlternatives() {
        kubectl.ok("apply", "-f", "src/test/resources/definitions/certificates.yaml");
        awaitEstablished("credentials.trust.example.com");
        var credential = """
            apiVersion: trust.example.com/v1
            kind: Credential
            metadata: {name: web}
            spec:
              secretName: web-tls
              dnsNames: [a.example.com, "*.b.example.com"]
              ipAddresses: [10.0.0.1]
              issuerRef: {name: ca}
              additionalOutputFormats: [{type: DER}]
              solver: {http: {port: 80}}
            """;
        kubectl.apply(credential);
        assertThat(kubectl.get("cred/web", "{.spec.duration} {.spec.privateKey} {.spec.issuerRef.kind}"))
                .isEqualTo("2160h {\"algorithm\":\"RSA\",\"rotationPolicy\":\"Always\"} Issuer");
        assertThat(kubectl.ok("get", "creds", "--field-selector=spec.issuerRef.name=ca", "-o", "name"))
                .isNotEmpty();
        refused(credential.replace("web-tls", "other"), "spec.secretName: Forbidden: secretName is immutable");
        refused(
                credential.replace("*.b", "b.*"),
                "spec.dnsNames[1]: Invalid value: ",
                "wildcard in the middle of b.*.example.com");
        refused(credential.replace("10.0.0.1", "10.0.0"), "spec.ipAddresses[0]: Invalid value: ");
        refused(credential + "  renewBefore: 3000h\n", "renewBefore must be shorter than duration");
        refused(credential + "  privateKey: {size: 1000}\n", "spec.privateKey.size: Invalid value:", "no such size");
        refused(credential + "  keystores: {jks: {}, pkcs12: {}}\n", "must validate one and only one schema (oneOf)");
        refused(
                credential + "  duration: soon\n",
                "spec.duration: Invalid value: \"soon\"",
                "must be of type duration");
        refused(credential.replace("{type: DER}", "{type: DER}, {type: DER}"), "Duplicate value: {\"type\":\"DER\"}");
        client.genericKubernetesResources("trust.example.com/v1", "Credential")
                .inNamespace("large")
                .withName("web")
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
        assertThat(kubectl.ok("get", "creds")).containsPattern("web +True +web-tls +\\d+s");
    }

    private void refused(String manifest, String... why) {
        assertThat(kubectl.fails(manifest, "apply", "-f", "-")).contains(why);
    }
}
