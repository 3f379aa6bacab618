package dev.navarch.kubelet.runtime;

/** Credentials for a registry; what is "" is not given. */
public record RegistryAuth(
        String username,
        String password,
        String auth,
        String serverAddress,
        String identityToken,
        String registryToken) {
    public static final RegistryAuth NONE = new RegistryAuth("", "", "", "", "", "");

    @Override
    public String toString() {
        return "RegistryAuth[serverAddress=" + serverAddress + "]"; // never the secrets
    }
}
