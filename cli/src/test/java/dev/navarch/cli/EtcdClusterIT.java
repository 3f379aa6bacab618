package dev.navarch.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.etcd.EtcdProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose state is in etcd. */
class EtcdClusterIT {
    private static final String PASSWORD = "open-sesame-4711";
    private static final String CODED = Base64.getEncoder().encodeToString(PASSWORD.getBytes(UTF_8));

    @TempDir
    Path home;

    /** Keys that seal, the first one, and that open what was sealed before. */
    private Path encryption(String... keys) throws IOException {
        var listed = Stream.of(keys)
                .map(name -> "{name: " + name + ", secret: "
                        + Base64.getEncoder().encodeToString((name + "-".repeat(32 - name.length())).getBytes(UTF_8))
                        + "}")
                .collect(Collectors.joining(", ", "[", "]"));
        return Files.writeString(home.resolve("encryption.yaml"), """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                - resources: [secrets]
                  providers: [{aesgcm: {keys: %s}}]
                """.formatted(listed));
    }

    /** The rotation of keys that upstream's documentation describes. */
    private static void secretsAreSealedAnew(EtcdProcess etcd, Kubectl kubectl) throws Exception {
        assertThat(kubectl.ok("get", "secret", "db", "-o", "jsonpath={.data.password}"))
                .isEqualTo(CODED);
        assertThat(stored(etcd)).startsWith("k8s:enc:aesgcm:v1:one:");
        var all = kubectl.run(kubectl.ok("get", "secrets", "-o", "json"), "replace", "-f", "-");
        assertThat(all.code()).as(all.toString()).isZero();
        assertThat(stored(etcd)).startsWith("k8s:enc:aesgcm:v1:two:").doesNotContain(PASSWORD, CODED);
        assertThat(kubectl.ok("get", "secret", "db", "-o", "jsonpath={.data.password}"))
                .isEqualTo(CODED);
    }

    private static String stored(EtcdProcess etcd) throws Exception {
        return new String(etcd.value("/mine/core/secrets/default/db"), ISO_8859_1);
    }

    @Test
    @Timeout(600)
    void whatWasAcknowledgedIsInEtcdAfterAKill() throws Exception {
        try (var etcd = EtcdProcess.start()) {
            var navarch = NavarchProcess.start(
                    home,
                    "--runtime=simulated",
                    "--port=" + TestMachine.freePort(),
                    "--etcd-servers=" + etcd.address(),
                    "--etcd-prefix=/mine",
                    "--encryption-provider-config=" + encryption("one"));
            try {
                var kubectl = navarch.kubectl();
                kubectl.ok("create", "secret", "generic", "db", "--from-literal=password=" + PASSWORD);
                assertThat(stored(etcd)).startsWith("k8s:enc:aesgcm:v1:one:").doesNotContain(PASSWORD, CODED);
                kubectl.ok("create", "configmap", "kept", "--from-literal=a=1");
                kubectl.ok("create", "deployment", "web", "--image=any", "--replicas=2");
                kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=120s");
                navarch.kill9();
                encryption("two", "one");
                navarch.up();
                assertThat(kubectl.ok("get", "configmap", "kept", "-o", "jsonpath={.data.a}"))
                        .isEqualTo("1");
                secretsAreSealedAnew(etcd, kubectl);
                assertThat(kubectl.ok("get", "--raw", "/readyz/etcd")).isEqualTo("ok");
                etcd.kill();
                assertThat(kubectl.run("", "get", "--raw", "/livez/etcd").code())
                        .isNotZero();
                etcd.restart();
                Waiting.until(
                        "etcd found again",
                        () -> kubectl.run("", "get", "configmap", "kept").code(),
                        code -> code == 0);
            } finally {
                navarch.close();
            }
        }
    }
}
