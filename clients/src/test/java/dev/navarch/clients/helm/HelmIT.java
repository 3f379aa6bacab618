package dev.navarch.clients.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.DryRun;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.ReleaseHistory;
import com.marcnuri.helm.UpgradeCommand;
import dev.navarch.cli.Kubectl;
import dev.navarch.clients.SharedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Helm itself, by its library, with a chart that has what charts have: a definition and an instance of it, hooks that are
 * jobs, a test, look-ups of what is there. The library has no command that rolls back: Helm's own rollback is seen where an
 * upgrade fails that was asked to be atomic, and a user's, to any revision, is an upgrade with what that revision was told.
 */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HelmIT {
    private static final Path CHART = Path.of("src/test/resources/charts/harbour");
    private static final String RELEASE = "north";
    private static final int SECONDS = 60;

    @TempDir
    private Path scratch;

    private Kubectl kubectl;

    @BeforeAll
    void cluster(Kubectl cluster) {
        kubectl = cluster.in("helm");
    }

    @AfterAll
    void clean() {
        // what Helm leaves to the user
        kubectl.ok("delete", "crd", "harbours.ports.example.com");
        kubectl.ok("delete", "namespace", "helm", "--wait=false");
    }

    private UpgradeCommand upgrade() {
        return new Helm(CHART)
                .upgrade()
                .withName(RELEASE)
                .withNamespace("helm")
                .withKubeConfig(kubectl.kubeconfig())
                .waitReady()
                .withTimeout(SECONDS);
    }

    private List<String> history() {
        return Helm.history(RELEASE).withNamespace("helm").withKubeConfig(kubectl.kubeconfig()).call().stream()
                .map(r -> r.getRevision() + " " + r.getStatus())
                .toList();
    }

    private String lastDescription() {
        return Helm.history(RELEASE).withNamespace("helm").withKubeConfig(kubectl.kubeconfig()).call().stream()
                .map(ReleaseHistory::getDescription)
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private String image() {
        return kubectl.get(
                "deployment/" + RELEASE, "{.spec.template.spec.containers[0].image} {.status.readyReplicas}");
    }

    /** A revision with all that the other one was told, and nothing of what came after. */
    private void rollBack(int revision) throws IOException {
        var told = Helm.get(RELEASE)
                .values()
                .allValues()
                .withRevision(revision)
                .withNamespace("helm")
                .withKubeConfig(kubectl.kubeconfig())
                .call();
        var values = Files.writeString(scratch.resolve("values-" + revision + ".yaml"), told);
        upgrade()
                .resetValues()
                .withValuesFile(values)
                .withDescription("Rollback to " + revision)
                .call();
    }

    private void test() {
        Helm.test(RELEASE)
                .withNamespace("helm")
                .withKubeConfig(kubectl.kubeconfig())
                .withTimeout(SECONDS)
                .call();
    }

    @Test
    void aReleaseLives() throws IOException {
        assertThat(new Helm(CHART).lint().strict().call().isFailed()).isFalse();
        var installed = new Helm(CHART)
                .install()
                .withName(RELEASE)
                .withNamespace("helm")
                .createNamespace()
                .withKubeConfig(kubectl.kubeconfig())
                .waitReady()
                .withTimeout(SECONDS)
                .call();
        assertThat(installed.getStatus()).isEqualTo("deployed");
        assertThat(installed.getOutput()).contains("north has 3 berths, revision 1.");
        assertThat(image()).isEqualTo("web:1 1");
        assertThat(kubectl.get("harbour/north", "{.spec.berths} {.spec.ships[0].tons}"))
                .isEqualTo("3 5k");
        // the job before is gone by its policy, the one after is left
        assertThat(kubectl.ok("get", "jobs", "-o", "name")).isEqualTo("job.batch/north-post-install");
        test();
        assertThat(kubectl.get("pod/north-reaches", "{.status.phase}")).isEqualTo("Succeeded");
        assertThat(kubectl.ok("logs", "north-reaches")).isEqualTo("reached");

        assertThat(upgrade()
                        .set("replicas", 2)
                        .withDryRunOption(DryRun.SERVER)
                        .call()
                        .getStatus())
                .isEqualTo("pending-upgrade");
        upgrade().set("replicas", 2).set("image", "web:2").set("berths", 4).call();
        assertThat(image()).isEqualTo("web:2 2");
        assertThat(kubectl.get("harbour/north", "{.spec.berths}")).isEqualTo("4");
        assertThat(kubectl.get("configmap/north-known", "{.data.first}"))
                .as("looked up in the cluster")
                .isEqualTo("1");
        assertThat(history()).containsExactly("1 superseded", "2 deployed");

        // refused by the chart's own schema, and by the server
        assertThatThrownBy(() -> upgrade().set("berths", 0).call()).hasMessageContaining("berths");
        assertThatThrownBy(() ->
                        upgrade().set("replicas", -1).disableOpenApiValidation().call())
                .hasMessageContaining("replicas");

        // an upgrade that fails goes back by itself
        assertThatThrownBy(() -> upgrade()
                        .reuseValues()
                        .set("image", "web:3")
                        .set("migrationFails", true)
                        .atomic()
                        .call())
                .hasMessageContaining("release north failed, and has been rolled back due to atomic being set")
                .hasMessageContaining("pre-upgrade hooks failed");
        assertThat(image()).isEqualTo("web:2 2");
        assertThat(history()).containsExactly("1 superseded", "2 superseded", "3 failed", "4 deployed");
        assertThat(lastDescription()).isEqualTo("Rollback to 2");
        assertThat(kubectl.get("job/north-post-rollback", "{.status.succeeded}"))
                .isEqualTo("1");

        rollBack(1);
        assertThat(image()).isEqualTo("web:1 1");
        assertThat(kubectl.get("harbour/north", "{.spec.berths}")).isEqualTo("3");
        assertThat(history()).containsExactly("1 superseded", "2 superseded", "3 failed", "4 superseded", "5 deployed");
        assertThat(lastDescription()).isEqualTo("Rollback to 1");
        test();

        upgrade().reuseValues().set("berths", 10).call();
        assertThatThrownBy(this::test).hasMessageContaining("pod north-reaches failed");

        var removed = Helm.uninstall(RELEASE)
                .withNamespace("helm")
                .withKubeConfig(kubectl.kubeconfig())
                .call();
        assertThat(removed).contains("release \"north\" uninstalled");
        assertThat(kubectl.ok("get", "deployments,services,pdb,harbours", "-o", "name"))
                .isEmpty();
        assertThat(kubectl.ok("get", "secrets", "-l", "owner=helm", "-o", "name"))
                .isEmpty();
        assertThat(kubectl.ok("get", "crd", "harbours.ports.example.com", "-o", "name"))
                .as("definitions stay")
                .isNotEmpty();
    }
}
