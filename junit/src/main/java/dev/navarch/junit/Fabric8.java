package dev.navarch.junit;

import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** fabric8's client, whichever version the test has: it is called by name. */
final class Fabric8 {
    /** Joined, so that moving our own copy of fabric8's classes to another package leaves the name of the test's as it is. */
    static final String HOME = String.join(".", "io", "fabric8");

    static final String TYPE = HOME + ".kubernetes.client.KubernetesClient";

    private Fabric8() {}

    /** @param type the client's interface, as the test sees it */
    static AutoCloseable client(String kubeconfig, Class<?> type) {
        var home = type.getPackageName();
        try {
            var config = Class.forName(home + ".Config", true, type.getClassLoader());
            var builder = Class.forName(home + ".KubernetesClientBuilder", true, type.getClassLoader());
            var made = builder.getConstructor().newInstance();
            made = builder.getMethod("withConfig", config)
                    .invoke(
                            made,
                            config.getMethod("fromKubeconfig", String.class).invoke(null, kubeconfig));
            return (AutoCloseable) builder.getMethod("build").invoke(made);
        } catch (ReflectiveOperationException e) {
            throw new ExtensionConfigurationException("fabric8's client can't be made", e);
        }
    }
}
