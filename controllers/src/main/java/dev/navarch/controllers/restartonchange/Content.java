package dev.navarch.controllers.restartonchange;

import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the ConfigMaps and Secrets of a pod hold, as a hash that tells nothing of it. */
record Content(Informer<ConfigMap> configMaps, Informer<Secret> secrets) {
    private static final int DIGITS = 16;

    /** Empty if nothing is referred to. What is not there counts as such. */
    Optional<String> hash(String namespace, PodSpec spec) {
        var references = References.of(spec);
        Map<String, Map<String, String>> all = new TreeMap<>();
        for (var name : references.configMaps()) {
            configMaps.get(namespace, name).ifPresent(c -> {
                all.put("configmap/" + name, sorted(c.getData()));
                all.put("configmap-binary/" + name, sorted(c.getBinaryData()));
            });
        }
        for (var name : references.secrets()) {
            secrets.get(namespace, name).ifPresent(s -> all.put("secret/" + name, sorted(s.getData())));
        }
        if (references.configMaps().isEmpty() && references.secrets().isEmpty()) {
            return Optional.empty();
        }
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256").digest(Json.mapper().writeValueAsBytes(all));
            return Optional.of(HexFormat.of().formatHex(digest).substring(0, DIGITS));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> sorted(@Nullable Map<String, String> data) {
        return data == null ? Map.of() : new TreeMap<>(data);
    }
}
