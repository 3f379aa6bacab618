package dev.navarch.controllers.attachdetach;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A volume that has to be attached to a node.
 *
 * @param shared whether it may be attached to several nodes at once
 */
record Attachable(String volume, String driver, String handle, boolean shared) {

    /** Of a volume of a CSI driver. */
    static Attachable of(PersistentVolume volume) {
        var modes = volume.getSpec().getAccessModes();
        var csi = volume.getSpec().getCsi();
        boolean shared =
                modes == null || modes.isEmpty() || modes.contains("ReadWriteMany") || modes.contains("ReadOnlyMany");
        return new Attachable(volume.getMetadata().getName(), csi.getDriver(), csi.getVolumeHandle(), shared);
    }

    /** How nodes name it in their status. source: kubernetes pkg/volume/util/util.go (GetUniqueVolumeName), pkg/volume/csi. */
    String uniqueName() {
        return "kubernetes.io/csi/" + driver + "^" + handle;
    }

    /** source: kubernetes pkg/volume/csi/csi_attacher.go (getAttachmentName). */
    String attachmentName(String node) {
        try {
            var hash = MessageDigest.getInstance("SHA-256")
                    .digest((handle + driver + node).getBytes(StandardCharsets.UTF_8));
            return "csi-" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    VolumeAttachment attachment(String node) {
        return new VolumeAttachmentBuilder()
                .withNewMetadata()
                .withName(attachmentName(node))
                .endMetadata()
                .withNewSpec()
                .withAttacher(driver)
                .withNodeName(node)
                .withNewSource()
                .withPersistentVolumeName(volume)
                .endSource()
                .endSpec()
                .build();
    }

    /** Whether an attachment is one that this controller made for the volume; others are nobody's business. */
    boolean isBy(VolumeAttachment attachment) {
        return Objects.equals(
                attachment.getMetadata().getName(),
                attachmentName(attachment.getSpec().getNodeName()));
    }

    static boolean isAttached(VolumeAttachment attachment) {
        return attachment.getStatus() != null
                && Boolean.TRUE.equals(attachment.getStatus().getAttached());
    }

    /** What is said of it in events. */
    String about(String what) {
        return what + " for volume \"" + volume + "\" ";
    }
}
