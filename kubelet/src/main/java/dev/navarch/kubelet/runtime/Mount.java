package dev.navarch.kubelet.runtime;

/**
 * A directory or file of the host that appears in the container.
 *
 * @param containerPath absolute
 * @param hostPath absolute; exists when the container is created
 * @param recursiveReadOnly what is mounted below is read-only too; only with {@code readonly}
 */
public record Mount(
        String containerPath,
        String hostPath,
        boolean readonly,
        boolean recursiveReadOnly,
        Propagation propagation,
        boolean selinuxRelabel) {

    /** Which later mounts are seen through it: none, the host's in the container, or both ways. */
    public enum Propagation {
        PRIVATE,
        HOST_TO_CONTAINER,
        BIDIRECTIONAL
    }

    public static Mount of(String containerPath, String hostPath, boolean readonly) {
        return new Mount(containerPath, hostPath, readonly, false, Propagation.PRIVATE, false);
    }
}
