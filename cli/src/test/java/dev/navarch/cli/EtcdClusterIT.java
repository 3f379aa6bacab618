package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.etcd.EtcdProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose state is in etcd. */
class EtcdClusterIT {
    @TempDir
    Path home;

    @Test
    @Timeout(240)
    void whatWasAcknowledgedIsInEtcdAfterAKill() throws Exception {
        try (var etcd = EtcdProcess.start()) {
            var navarch = NavarchProcess.start(
                    home,
                    "--runtime=simulated",
                    "--port=" + TestMachine.freePort(),
                    "--etcd-servers=" + etcd.address(),
                    "--etcd-prefix=/mine");
            try {
                var kubectl = navarch.kubectl();
                kubectl.ok("create", "configmap", "kept", "--from-literal=a=1");
                kubectl.ok("create", "deployment", "web", "--image=any", "--replicas=2");
                kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=60s");
                navarch.kill9();
                navarch.up();
                assertThat(kubectl.ok("get", "configmap", "kept", "-o", "jsonpath={.data.a}"))
                        .isEqualTo("1");
                assertThat(kubectl.ok("get", "--raw", "/readyz/etcd")).isEqualTo("ok");
                etcd.kill();
                assertThat(kubectl.run("", "get", "--raw", "/livez/etcd").code())
                        .isNotZero();
                etcd.restart();
                Waiting.until(
                        "etcd found again",
                        Duration.ofSeconds(30),
                        () -> kubectl.run("", "get", "configmap", "kept").code(),
                        code -> code == 0);
            } finally {
                navarch.close();
            }
        }
    }
}
