package dev.navarch.kubelet.volumes;

import org.jspecify.annotations.Nullable;

/** A volume can't be had, at least now. The message is that of the pod's {@code FailedMount} event. */
public final class VolumeFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public VolumeFailure(String message) {
        this(message, null);
    }

    public VolumeFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    static VolumeFailure setUp(String volume, Throwable cause) {
        return new VolumeFailure(
                "MountVolume.SetUp failed for volume \"" + volume + "\" : " + cause.getMessage(), cause);
    }
}
