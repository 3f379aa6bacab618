package dev.navarch.versions.alone;

import dev.navarch.embedded.EmbeddedCluster;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** A program that uses a cluster with nothing on the class path but its jars, and tells what it took of the machine. */
public final class Alone {
    private Alone() {}

    public static void main(String[] arguments) throws Exception {
        try (var recording = new Recording()) {
            recording.enable("jdk.ProcessStart");
            recording.enable("jdk.FileWrite").withoutThreshold();
            recording.start();
            use();
            recording.stop();
            report(recording);
        }
        for (var line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            int path = line.indexOf('/');
            if (path > 0 && line.contains(".so")) {
                System.out.println("library " + line.substring(path));
            }
        }
    }

    private static void use() throws Exception {
        try (var cluster = EmbeddedCluster.builder().nodes(2).start()) {
            cluster.clock().pause();
            cluster.apply("""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: settings, namespace: default}
                    data: {a: b}
                    ---
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: web, namespace: default}
                    spec:
                      replicas: 2
                      selector: {matchLabels: {app: web}}
                      template:
                        metadata: {labels: {app: web}}
                        spec:
                          containers:
                          - name: web
                            image: web
                            volumeMounts:
                            - {name: settings, mountPath: /settings}
                            - {name: scratch, mountPath: /scratch, subPath: some}
                            - {name: node, mountPath: /node}
                          volumes:
                          - {name: settings, configMap: {name: settings}}
                          - {name: scratch, emptyDir: {}}
                          - {name: node, hostPath: {path: /var/lib/navarch-alone, type: DirectoryOrCreate}}
                    """);
            cluster.clock().advance(Duration.ofMinutes(2));
            System.out.println("ready "
                    + cluster.object("apps/v1", "Deployment", "default", "web")
                            .orElseThrow()
                            .number("status", "readyReplicas"));
            System.out.println("answer " + get(cluster.url().resolve("/readyz")));
            try (var fork = cluster.fork()) {
                fork.clock().advance(Duration.ofMinutes(1));
            }
        }
    }

    /** Over the network, as a client does. */
    private static int get(URI uri) throws Exception {
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
        try (var client = HttpClient.newBuilder().sslContext(tls).build()) {
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private static void report(Recording recording) throws IOException {
        var file = Files.createTempFile("alone", ".jfr");
        recording.dump(file);
        for (var event : RecordingFile.readAllEvents(file)) {
            switch (event.getEventType().getName()) {
                case "jdk.ProcessStart" -> System.out.println("process " + event.getString("command"));
                case "jdk.FileWrite" -> {
                    if (event.getString("path") != null) { // a channel's that has none
                        System.out.println("wrote " + event.getString("path"));
                    }
                }
                default -> {}
            }
        }
        Files.delete(file);
    }

    /** Whoever it is. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
