package dev.navarch.examples.wardle;

import dev.navarch.apiserver.extension.MainServer;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Kubeconfig;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The cluster's API server, by a kubeconfig file whose user may create token and access reviews. */
final class ClusterConnection implements MainServer {
    private final ApiClient client;

    ClusterConnection(Path kubeconfig, TimeSource time) throws IOException, GeneralSecurityException {
        var file = Kubeconfig.read(kubeconfig);
        var folder = kubeconfig.toAbsolutePath().getParent();
        var access = file.access(file.currentContext(), folder, time);
        client = new ApiClient(access.connect(), "wardle-server");
    }

    @Override
    public JsonNode get(String path) throws IOException {
        return ask(() -> client.raw(path));
    }

    @Override
    public JsonNode create(String path, ObjectNode object) throws IOException {
        return ask(() -> client.raw("POST", path, object));
    }

    private static JsonNode ask(Supplier<JsonNode> request) throws IOException {
        try {
            return request.get();
        } catch (ApiFailure | UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
