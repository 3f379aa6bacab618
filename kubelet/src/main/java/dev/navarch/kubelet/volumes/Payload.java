package dev.navarch.kubelet.volumes;

import dev.navarch.kubelet.volumes.AtomicWriter.Content;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects the files of a volume whose content comes from the API.
 *
 * <p>Sources: kubernetes pkg/volume/configmap, secret, downwardapi, projected.
 */
final class Payload {
    private static final int DEFAULT_MODE = 0644;

    private final Pod pod;
    private final ObjectSource source;
    private final DownwardApi downward;
    private final TokenCache tokens;
    private final Map<String, Content> files = new HashMap<>();

    Payload(Pod pod, ObjectSource source, DownwardApi downward, TokenCache tokens) {
        this.pod = pod;
        this.source = source;
        this.downward = downward;
        this.tokens = tokens;
    }

    Map<String, Content> of(Volume volume) throws VolumeFailure {
        if (volume.getConfigMap() != null) {
            var v = volume.getConfigMap();
            configMap(v.getName(), v.getItems(), mode(v.getDefaultMode()), Boolean.TRUE.equals(v.getOptional()));
        } else if (volume.getSecret() != null) {
            var v = volume.getSecret();
            secret(v.getSecretName(), v.getItems(), mode(v.getDefaultMode()), Boolean.TRUE.equals(v.getOptional()));
        } else if (volume.getDownwardAPI() != null) {
            downward(
                    volume.getDownwardAPI().getItems(),
                    mode(volume.getDownwardAPI().getDefaultMode()));
        } else if (volume.getProjected() != null) {
            projected(volume.getProjected());
        }
        return files;
    }

    private static int mode(@Nullable Integer mode) {
        return mode == null ? DEFAULT_MODE : mode;
    }

    private void projected(ProjectedVolumeSource projected) throws VolumeFailure {
        int mode = mode(projected.getDefaultMode());
        for (var part : projected.getSources()) {
            if (part.getConfigMap() != null) {
                var p = part.getConfigMap();
                configMap(p.getName(), p.getItems(), mode, Boolean.TRUE.equals(p.getOptional()));
            } else if (part.getSecret() != null) {
                var p = part.getSecret();
                secret(p.getName(), p.getItems(), mode, Boolean.TRUE.equals(p.getOptional()));
            } else if (part.getDownwardAPI() != null) {
                downward(part.getDownwardAPI().getItems(), mode);
            } else if (part.getServiceAccountToken() != null) {
                token(part.getServiceAccountToken(), mode);
            } else {
                throw new VolumeFailure("unsupported source in projected volume");
            }
        }
    }

    private void configMap(String name, @Nullable List<KeyToPath> items, int mode, boolean optional)
            throws VolumeFailure {
        Optional<ConfigMap> found = source.configMap(pod.getMetadata().getNamespace(), name);
        if (found.isEmpty() && !optional) {
            throw new VolumeFailure("configmap \"" + name + "\" not found");
        }
        Map<String, byte[]> data = new HashMap<>();
        found.ifPresent(map -> {
            if (map.getData() != null) {
                map.getData().forEach((k, v) -> data.put(k, v.getBytes(StandardCharsets.UTF_8)));
            }
            if (map.getBinaryData() != null) {
                map.getBinaryData()
                        .forEach((k, v) -> data.put(k, Base64.getDecoder().decode(v)));
            }
        });
        keys(data, items, mode, optional);
    }

    private void secret(String name, @Nullable List<KeyToPath> items, int mode, boolean optional) throws VolumeFailure {
        Optional<Secret> found = source.secret(pod.getMetadata().getNamespace(), name);
        if (found.isEmpty() && !optional) {
            throw new VolumeFailure("secret \"" + name + "\" not found");
        }
        Map<String, byte[]> data = new HashMap<>();
        found.ifPresent(secret -> {
            if (secret.getData() != null) {
                secret.getData()
                        .forEach((k, v) -> data.put(k, Base64.getDecoder().decode(v)));
            }
        });
        keys(data, items, mode, optional);
    }

    private void keys(Map<String, byte[]> data, @Nullable List<KeyToPath> items, int mode, boolean optional)
            throws VolumeFailure {
        if (items == null || items.isEmpty()) {
            data.forEach((k, v) -> files.put(k, new Content(v, mode)));
            return;
        }
        for (var item : items) {
            var value = data.get(item.getKey());
            if (value != null) {
                files.put(item.getPath(), new Content(value, item.getMode() == null ? mode : item.getMode()));
            } else if (!optional) {
                throw new VolumeFailure("references non-existent config key: " + item.getKey());
            }
        }
    }

    private void downward(List<DownwardAPIVolumeFile> items, int mode) throws VolumeFailure {
        for (var item : items) {
            try {
                var value = item.getFieldRef() != null
                        ? downward.field(pod, item.getFieldRef().getFieldPath())
                        : downward.resource(pod, "", item.getResourceFieldRef());
                files.put(
                        item.getPath(),
                        new Content(
                                value.getBytes(StandardCharsets.UTF_8),
                                item.getMode() == null ? mode : item.getMode()));
            } catch (IllegalArgumentException e) {
                throw new VolumeFailure(e.getMessage(), e);
            }
        }
    }

    private void token(ServiceAccountTokenProjection projection, int mode) {
        var security = pod.getSpec().getSecurityContext();
        boolean narrow = security != null
                && (security.getFsGroup() != null || TokenCache.commonUser(pod).isPresent());
        var audience = projection.getAudience() == null ? "" : projection.getAudience();
        long expiration = projection.getExpirationSeconds() == null ? 3600 : projection.getExpirationSeconds();
        var token = tokens.get(pod, audience, expiration);
        files.put(
                projection.getPath(),
                new Content(token.value().getBytes(StandardCharsets.UTF_8), narrow ? 0600 : mode));
    }
}
