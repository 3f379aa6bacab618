package dev.navarch.kubelet;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Resource;
import dev.navarch.kubelet.volumes.ClaimSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Claims and volumes, read from the API as this node. */
final class ApiClaims implements ClaimSource {
    private final String node;
    private final Resource<PersistentVolumeClaim> claims;
    private final Resource<PersistentVolume> volumes;
    private final Resource<CSIDriver> drivers;
    private final Resource<Node> nodes;

    ApiClaims(ApiClient client, String node) {
        this.node = node;
        claims = client.resource(PersistentVolumeClaim.class);
        volumes = client.resource(PersistentVolume.class);
        drivers = client.resource(CSIDriver.class);
        nodes = client.resource(Node.class);
    }

    @Override
    public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
        return claims.get(namespace, name);
    }

    @Override
    public Optional<PersistentVolume> volume(String name) {
        return volumes.get("", name);
    }

    @Override
    public Map<String, String> nodeLabels() {
        return nodes.get("", node)
                .map(n -> Objects.requireNonNullElse(n.getMetadata().getLabels(), Map.<String, String>of()))
                .orElse(Map.of());
    }

    @Override
    public boolean needsAttachment(String driver) {
        return drivers.get("", driver)
                .map(d -> !Boolean.FALSE.equals(d.getSpec().getAttachRequired()))
                .orElse(true);
    }

    @Override
    public boolean isAttached(String uniqueName) {
        return nodes.get("", node)
                .filter(n -> n.getStatus() != null && n.getStatus().getVolumesAttached() != null)
                .filter(n -> n.getStatus().getVolumesAttached().stream().anyMatch(v -> uniqueName.equals(v.getName())))
                .isPresent();
    }
}
