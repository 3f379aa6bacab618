package dev.navarch.scheduler;

import dev.navarch.client.HttpsTransport;
import dev.navarch.client.Json;
import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.config.SchedulerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Posts JSON to an extender. */
final class ExtenderHttp {
    private static final int OK = 200;

    private final SchedulerConfiguration.Extender config;
    private final HttpClient client;

    ExtenderHttp(SchedulerConfiguration.Extender config) {
        this.config = config;
        var builder = HttpClient.newBuilder()
                .connectTimeout(config.timeout())
                .executor(task -> Thread.ofVirtual().name("extender").start(task));
        try {
            tls().ifPresent(builder::sslContext);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new ConfigurationException("extender " + config.urlPrefix() + ": " + e.getMessage());
        }
        client = builder.build();
    }

    private Optional<SSLContext> tls() throws IOException, GeneralSecurityException {
        if (config.tls().isEmpty() && !config.enableHttps()) {
            return Optional.empty();
        }
        var tls = config.tls().orElse(MissingNode.getInstance());
        var authorities = pem(tls, "ca");
        if (tls.path("insecure").asBoolean(false) || authorities.isEmpty() && config.enableHttps()) {
            return Optional.of(HttpsTransport.trustingAnybody(pem(tls, "cert"), pem(tls, "key")));
        }
        return Optional.of(HttpsTransport.tls(
                new HttpsTransport.Credentials(authorities, pem(tls, "cert"), pem(tls, "key"), Optional.empty())));
    }

    private static Optional<byte[]> pem(JsonNode tls, String what) throws IOException {
        var data = tls.path(what + "Data").asString("");
        if (!data.isEmpty()) {
            return Optional.of(Base64.getDecoder().decode(data));
        }
        var file = tls.path(what + "File").asString("");
        return file.isEmpty() ? Optional.empty() : Optional.of(Files.readAllBytes(Path.of(file)));
    }

    JsonNode send(String verb, JsonNode body) throws ExtenderFailure {
        var url = config.urlPrefix().replaceAll("/+$", "") + "/" + verb;
        var request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .timeout(config.timeout())
                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(body)))
                .build();
        try {
            var answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != OK) {
                throw new ExtenderFailure(
                        "failed " + verb + " with extender at URL " + url + ", code " + answer.statusCode());
            }
            return Json.mapper().readTree(answer.body());
        } catch (JacksonException e) {
            throw new ExtenderFailure(e.getOriginalMessage());
        } catch (IOException e) {
            throw new ExtenderFailure("Post \"" + url + "\": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExtenderFailure("Post \"" + url + "\": interrupted");
        }
    }
}
