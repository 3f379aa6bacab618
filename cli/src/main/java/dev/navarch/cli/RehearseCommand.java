package dev.navarch.cli;

import dev.navarch.client.HttpsTransport;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Request;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Lives a short life of a simulated cluster and ends by itself, so that the JVM can note which classes and methods
 * {@code up} and kubectl's first requests need ({@code -XX:AOTCacheOutput}). Part of the build, not for users.
 */
@Command(name = "rehearse", hidden = true)
final class RehearseCommand implements Callable<Integer> {
    private static final String DISCOVERY =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    private static final String JSON = "application/json";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
    private static final String PODS = "/api/v1/namespaces/default/pods";
    private static final String DEPLOYMENT = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"rehearsal"},
         "spec":{"replicas":2,"selector":{"matchLabels":{"app":"rehearsal"}},
          "template":{"metadata":{"labels":{"app":"rehearsal"}},
           "spec":{"containers":[{"name":"main","image":"rehearsal"}]}}}}
        """;

    @Mixin
    DataDirOption dataDir = new DataDirOption();

    @Override
    public Integer call() throws Exception {
        var config = ClusterConfig.simulated(dataDir.orDefault(), 0);
        try (var cluster = Cluster.start(config, new ConsoleProgress(System.out));
                var time = new SystemTime()) {
            var kubeconfig = Kubeconfig.read(cluster.adminKubeconfig());
            try (var server = kubeconfig
                    .access(kubeconfig.currentContext(), config.dataDir(), time)
                    .connect()) {
                request(server, "GET", "/api", DISCOVERY, "");
                request(server, "GET", "/apis", DISCOVERY, "");
                request(server, "GET", "/openapi/v3", JSON, "");
                request(server, "GET", "/openapi/v3/apis/apps/v1", JSON, "");
                request(server, "POST", DEPLOYMENTS + "?fieldValidation=Strict", JSON, DEPLOYMENT);
                awaitRunning(server);
                request(server, "GET", "/api/v1/nodes?limit=500", TABLE, "");
                request(server, "GET", PODS + "?limit=500", TABLE, "");
                request(server, "GET", DEPLOYMENTS + "/rehearsal", JSON, "");
                request(server, "DELETE", DEPLOYMENTS + "/rehearsal", JSON, "");
            }
        }
        return 0;
    }

    /** Watches until a pod runs, or the server ends the watch. */
    private static void awaitRunning(HttpsTransport server) throws Exception {
        var watch = Request.of("GET", PODS + "?watch=true&timeoutSeconds=20");
        try (var answer = server.send(watch)) {
            for (var frame = answer.readFrame(); frame != null; frame = answer.readFrame()) {
                if (new String(frame, StandardCharsets.UTF_8).contains("\"phase\":\"Running\"")) {
                    return;
                }
            }
        }
        throw new IOException("no pod of the rehearsal ran in time");
    }

    private static void request(HttpsTransport server, String method, String path, String accept, String body)
            throws Exception {
        var request = new Request(
                method, path, Map.of("Accept", accept, "Content-Type", JSON), body.getBytes(StandardCharsets.UTF_8));
        try (var answer = server.send(request)) {
            if (answer.status() >= 400) {
                throw new IOException(method + " " + path + ": " + answer.status() + " "
                        + new String(answer.readAll(), StandardCharsets.UTF_8));
            }
            answer.readAll();
        }
    }
}
