package dev.navarch.kubelet.images;

import dev.navarch.client.Json;
import dev.navarch.kubelet.runtime.RegistryAuth;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Finds the credentials for an image in pull secrets. Source of the matching: kubernetes
 * pkg/credentialprovider/keyring.go; globs in host names are not supported.
 */
final class RegistrySecrets {
    private static final Logger log = LoggerFactory.getLogger(RegistrySecrets.class);

    private RegistrySecrets() {}

    /** The credentials that fit, in the order of the secrets. */
    static List<RegistryAuth> matching(String image, List<Secret> secrets) {
        var repository = repository(image);
        List<RegistryAuth> found = new ArrayList<>();
        for (var secret : secrets) {
            try {
                for (var entry : entries(secret).properties()) {
                    var place = entry.getKey()
                            .replaceFirst("^https?://", "")
                            .replaceFirst("/v[12]/?$", "")
                            .replaceFirst("/$", "");
                    if (place.equals("index.docker.io")) {
                        place = "docker.io";
                    }
                    if (repository.equals(place) || repository.startsWith(place + "/")) {
                        found.add(auth(entry.getKey(), entry.getValue()));
                    }
                }
            } catch (JacksonException | IllegalArgumentException e) {
                log.warn("Pull secret {} is unreadable", secret.getMetadata().getName());
            }
        }
        return found;
    }

    private static JsonNode entries(Secret secret) {
        var data = secret.getData();
        var modern = data == null ? null : data.get(".dockerconfigjson");
        if (modern != null) {
            return Json.mapper().readTree(Base64.getDecoder().decode(modern)).path("auths");
        }
        var old = data == null ? null : data.get(".dockercfg");
        return old == null
                ? Json.mapper().createObjectNode()
                : Json.mapper().readTree(Base64.getDecoder().decode(old));
    }

    private static RegistryAuth auth(String server, JsonNode entry) {
        var user = entry.path("username").asString("");
        var password = entry.path("password").asString("");
        var both = entry.path("auth").asString("");
        if (user.isEmpty() && !both.isEmpty()) {
            var text = new String(Base64.getDecoder().decode(both), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon >= 0) {
                user = text.substring(0, colon);
                password = text.substring(colon + 1);
            }
        }
        return new RegistryAuth(
                user,
                password,
                "",
                server,
                entry.path("identitytoken").asString(""),
                entry.path("registrytoken").asString(""));
    }

    /** The image without tag and digest, with the registry that short names stand for. */
    static String repository(String image) {
        var name = image.contains("@") ? image.substring(0, image.indexOf('@')) : image;
        int colon = name.lastIndexOf(':');
        if (colon > name.lastIndexOf('/')) {
            name = name.substring(0, colon);
        }
        int slash = name.indexOf('/');
        var first = slash < 0 ? "" : name.substring(0, slash);
        boolean registry = first.contains(".") || first.contains(":") || first.equals("localhost");
        if (registry) {
            return name;
        }
        return "docker.io/" + (slash < 0 ? "library/" + name : name);
    }
}
