package dev.navarch.kubelet.runtime;

/**
 * Whose namespaces a container is in.
 *
 * @param targetId the container whose pid namespace is entered when {@code pid} is {@code TARGET}; "" otherwise
 */
public record NamespaceOptions(Mode network, Mode pid, Mode ipc, String targetId) {

    /** Whose namespace it is. */
    public enum Mode {
        POD,
        CONTAINER,
        NODE,
        TARGET
    }

    /** The default: network and ipc of the pod, a pid namespace for each container. */
    public static final NamespaceOptions POD = new NamespaceOptions(Mode.POD, Mode.CONTAINER, Mode.POD, "");
}
