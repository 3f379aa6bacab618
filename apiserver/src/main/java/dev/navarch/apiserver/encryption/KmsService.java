package dev.navarch.apiserver.encryption;

import java.io.IOException;
import java.util.Map;

/**
 * A KMS plugin, version 2 of its API (source: k8s.io/kms apis/v2/api.proto). Calls block, but not for ever.
 *
 * <p>An {@link IOException} tells what went wrong in the words of the connection or the plugin.
 */
public interface KmsService extends AutoCloseable {

    /** @param healthz "ok", or what is wrong */
    record Status(String version, String healthz, String keyId) {}

    /** A seed as the plugin's key seals it. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
    record Sealed(byte[] ciphertext, String keyId, Map<String, byte[]> annotations) {
        public Sealed {
            annotations = Map.copyOf(annotations);
        }
    }

    Status status() throws IOException;

    /** @param uid names the call in logs */
    Sealed encrypt(String uid, byte[] plaintext) throws IOException;

    byte[] decrypt(String uid, Sealed sealed) throws IOException;

    @Override
    void close();
}
