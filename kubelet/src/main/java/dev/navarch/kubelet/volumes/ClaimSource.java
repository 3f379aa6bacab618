package dev.navarch.kubelet.volumes;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Map;
import java.util.Optional;

/** What a node asks about claims and volumes. Everything is read anew. */
public interface ClaimSource {

    Optional<PersistentVolumeClaim> claim(String namespace, String name);

    Optional<PersistentVolume> volume(String name);

    /** The labels of this node. */
    Map<String, String> nodeLabels();

    /** Whether volumes of a CSI driver have to be attached to a node before they can be used there. */
    boolean needsAttachment(String driver);

    /** Whether the node's status says that the volume is attached. */
    boolean isAttached(String uniqueName);
}
