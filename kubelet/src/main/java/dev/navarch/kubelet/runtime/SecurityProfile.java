package dev.navarch.kubelet.runtime;

/**
 * A seccomp or AppArmor profile.
 *
 * @param localhostRef seccomp: absolute path of the profile; AppArmor: its name; "" unless the type is {@code LOCALHOST}
 */
public record SecurityProfile(Type type, String localhostRef) {

    /** Where the profile comes from. */
    public enum Type {
        RUNTIME_DEFAULT,
        UNCONFINED,
        LOCALHOST
    }

    public static final SecurityProfile RUNTIME_DEFAULT = new SecurityProfile(Type.RUNTIME_DEFAULT, "");
    public static final SecurityProfile UNCONFINED = new SecurityProfile(Type.UNCONFINED, "");
}
