package dev.navarch.junit;

import java.io.Reader;
import java.io.StringReader;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** The official Java client, whichever version the test has: it is called by name. */
final class OfficialClient {
    static final String TYPE = "io.kubernetes.client.openapi.ApiClient";
    private static final String FACTORY = "io.kubernetes.client.util.Config";

    private OfficialClient() {}

    static Object client(String kubeconfig, Class<?> type) {
        try {
            return Class.forName(FACTORY, true, type.getClassLoader())
                    .getMethod("fromConfig", Reader.class)
                    .invoke(null, new StringReader(kubeconfig));
        } catch (ClassNotFoundException e) {
            throw new ExtensionConfigurationException(
                    "an ApiClient needs io.kubernetes:client-java on the class path, not its API alone", e);
        } catch (ReflectiveOperationException e) {
            throw new ExtensionConfigurationException("the official client can't be made", e);
        }
    }
}
