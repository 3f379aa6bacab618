package dev.navarch.cluster.intests;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesCluster;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeAll;

/** The suite where it is told what containers do. */
@KubernetesCluster
class SimulatedWebIT extends WebSuite {

    @BeforeAll
    static void tellContainers(EmbeddedCluster cluster) {
        cluster.whenPodStarts(start -> start.pod().startsWith("web"))
                .thenLog("serving")
                .onPort(
                        8080,
                        (in, out) -> out.write("HTTP/1.0 200 OK\r\n\r\nit works\n".getBytes(StandardCharsets.US_ASCII)))
                .onExec(command -> {
                    command.print("it works\n");
                    return 0;
                });
        cluster.whenPodStarts(start -> start.pod().equals("failing")).thenExitWith(7);
    }
}
