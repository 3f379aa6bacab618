package dev.navarch.kubelet;

import dev.navarch.client.ApiClient;
import dev.navarch.kubelet.volumes.ObjectSource;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Objects that pods refer to, read one by one and kept for a moment, so that the pods of a deployment that start together
 * ask once.
 */
final class ApiObjects implements ObjectSource {
    private static final int MAX_KEPT = 1_000;

    private final ApiClient client;
    private final TimeSource time;
    private final Duration keep;
    private final Map<Wanted, Found> cache = new ConcurrentHashMap<>();

    private record Wanted(Class<?> type, String namespace, String name) {}

    private record Found(Optional<? extends HasMetadata> object, long at) {}

    ApiObjects(ApiClient client, TimeSource time, Duration keep) {
        this.client = client;
        this.time = time;
        this.keep = keep;
    }

    @Override
    public Optional<ConfigMap> configMap(String namespace, String name) {
        return get(ConfigMap.class, namespace, name);
    }

    @Override
    public Optional<Secret> secret(String namespace, String name) {
        return get(Secret.class, namespace, name);
    }

    private <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name) {
        var wanted = new Wanted(type, namespace, name);
        long now = time.nanoTime();
        var found = cache.get(wanted);
        if (found != null && found.object().isPresent() && now - found.at() < keep.toNanos()) {
            return found.object().map(type::cast);
        }
        var fresh = client.resource(type).get(namespace, name);
        if (cache.size() >= MAX_KEPT) {
            cache.clear();
        }
        cache.put(wanted, new Found(fresh, now));
        return fresh;
    }

    @Override
    public Token token(Pod pod, String audience, long expirationSeconds) {
        var meta = pod.getMetadata();
        var account = pod.getSpec().getServiceAccountName();
        var body = JsonNodeFactory.instance.objectNode();
        body.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
        var spec = body.putObject("spec");
        var audiences = spec.putArray("audiences");
        if (!audience.isEmpty()) {
            audiences.add(audience);
        }
        spec.put("expirationSeconds", expirationSeconds);
        spec.putObject("boundObjectRef")
                .put("apiVersion", "v1")
                .put("kind", "Pod")
                .put("name", meta.getName())
                .put("uid", meta.getUid());
        var path = "/api/v1/namespaces/" + meta.getNamespace() + "/serviceaccounts/"
                + (account == null || account.isEmpty() ? "default" : account) + "/token";
        var status = client.raw("POST", path, body).path("status");
        var now = time.now();
        var end = status.path("expirationTimestamp").asString("");
        return new Token(
                status.path("token").asString(""),
                now,
                end.isEmpty() ? now.plusSeconds(expirationSeconds) : Instant.parse(end));
    }
}
