package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The policies of {@code examples/policies} under kubectl. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoliciesIT {
    private static final Path EXAMPLES = Path.of("../examples/policies").toAbsolutePath();

    @TempDir(cleanup = CleanupMode.NEVER)
    static Path home;

    private NavarchProcess navarch;
    private Kubectl cluster;

    @BeforeAll
    void start() throws Exception {
        navarch = NavarchProcess.start(home, "--runtime=simulated", "--port=" + TestMachine.freePort());
        cluster = navarch.kubectl();
    }

    @AfterAll
    void stop() throws Exception {
        if (navarch != null) {
            navarch.close();
        }
    }

    private Kubectl namespace(String name, String... labels) {
        cluster.ok("create", "namespace", name);
        for (var label : labels) {
            cluster.ok("label", "namespace", name, label);
        }
        var kubectl = cluster.in(name);
        Waiting.until(
                "service account", () -> kubectl.run("", "get", "sa", "default").code(), code -> code == 0);
        return kubectl;
    }

    private void apply(String example) {
        cluster.ok("apply", "-f", EXAMPLES.resolve(example).toString());
    }

    @Test
    void replicasAreLimitedByACustomResource() {
        apply("replica-limit.yaml");
        var kubectl = namespace("limited", "environment=test");
        kubectl.ok("create", "deployment", "free", "--image=web:1", "--replicas=4");
        kubectl.apply("""
                apiVersion: rules.example.com/v1
                kind: ReplicaLimit
                metadata: {name: replica-limit}
                maxReplicas: 3
                """);
        assertThat(kubectl.fails("", "create", "deployment", "web", "--image=web:1", "--replicas=5"))
                .isEqualTo("error: failed to create deployment: deployments.apps \"web\" is forbidden:"
                        + " ValidatingAdmissionPolicy 'replicalimit.example.com' with binding"
                        + " 'replicalimit-test.example.com' denied request: 5 replicas wanted, at most 3 allowed");
        kubectl.ok("create", "deployment", "web", "--image=web:1", "--replicas=2");
        assertThat(kubectl.fails("", "patch", "deployment", "web", "--type=merge", "-p", "{\"spec\":{\"replicas\":9}}"))
                .contains("9 replicas wanted, at most 3 allowed");
        assertThat(kubectl.fails("", "create", "deployment", "x", "--image=i", "--replicas=9", "--dry-run=server"))
                .contains("at most 3 allowed");
        cluster.await("validatingadmissionpolicy/replicalimit.example.com", "{.status.observedGeneration}", "1");
        assertThat(cluster.get("validatingadmissionpolicy/replicalimit.example.com", "{.status.typeChecking}"))
                .isEqualTo("{}");
        var elsewhere = namespace("unlimited");
        elsewhere.ok("create", "deployment", "web", "--image=web:1", "--replicas=5");
    }

    @Test
    void imagesFromElsewhereAreWarnedOf() {
        apply("image-registry.yaml");
        var kubectl = namespace("registered", "registry=registry.example.com");
        var warned = kubectl.run("", "create", "deployment", "web", "--image=docker.io/web:1");
        assertThat(warned.code()).isZero();
        assertThat(warned.err())
                .contains("Warning: Validation failed for ValidatingAdmissionPolicy 'image-registry.example.com' with"
                        + " binding 'image-registry.example.com': not from registry.example.com: docker.io/web:1");
        assertThat(kubectl.run("", "create", "deployment", "own", "--image=registry.example.com/web:1")
                        .err())
                .doesNotContain("Warning");
    }

    @Test
    void podsGetASidecar() {
        apply("sidecar.yaml");
        var kubectl = namespace("meshed");
        kubectl.ok("run", "with", "--image=web:1", "--labels=sidecar=true");
        assertThat(kubectl.get("pod/with", "{.spec.initContainers[*].name}")).isEqualTo("mesh-proxy");
        assertThat(kubectl.get("pod/with", "{.metadata.labels.example\\.com/mesh}"))
                .isEqualTo("injected");
        kubectl.ok("run", "without", "--image=web:1");
        assertThat(kubectl.get("pod/without", "{.spec.initContainers}")).isEmpty();
        kubectl.ok("wait", "--for=condition=Ready", "pod/with", "--timeout=120s");
    }
}
