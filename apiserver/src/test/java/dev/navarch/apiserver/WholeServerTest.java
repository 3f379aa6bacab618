package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Front, registry and store together, over a real socket. */
class WholeServerTest {
    @Test
    void objectsAreWrittenReadAndWatchedOverTheNetwork() throws Exception {
        var certificates = new TestCertificates();
        var serving = certificates.serving("api");
        var kubelet = certificates.client("CN=kubelet-client,O=system:masters");
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var config = new ApiServerConfig(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                () -> serving,
                List.of(certificates.authorityCertificate()),
                () -> kubelet,
                List.of(certificates.authorityCertificate()),
                generator.generateKeyPair());
        var time = new SystemTime();
        try (var store = new MemoryStore(time);
                var server = ApiServer.start(config, store, time, new Random(3));
                var client = HttpClient.newBuilder()
                        .sslContext(certificates.clientContext(certificates.client("CN=admin,O=system:masters")))
                        .build()) {
            var maps = "https://localhost:" + server.address().getPort() + "/api/v1/namespaces/default/configmaps";
            var watch = client.send(
                    HttpRequest.newBuilder(URI.create(maps + "?watch=true&timeoutSeconds=60")).build(),
                    BodyHandlers.ofInputStream());
            var created = client.send(
                    HttpRequest.newBuilder(URI.create(maps))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("{\"metadata\":{\"name\":\"a\"}}"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
            try (var lines = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).isEqualTo("{\"type\":\"ADDED\",\"object\":" + created.body().strip() + "}");
            }
            var read = client.send(HttpRequest.newBuilder(URI.create(maps + "/a")).build(), BodyHandlers.ofString());
            assertThat(read.body()).isEqualTo(created.body());
            var deleted = client.send(
                    HttpRequest.newBuilder(URI.create(maps + "/a")).DELETE().build(), BodyHandlers.ofString());
            assertThat(deleted.statusCode()).isEqualTo(200);
        }
    }
}
