package dev.navarch.storage;

import java.nio.charset.StandardCharsets;

/**
 * What becomes of values where they leave memory for a disk or another machine, and come back: encryption at rest. An
 * engine that keeps values elsewhere passes them through this on its way there and back; what it holds in memory is
 * plain. Called by many threads.
 */
public interface ValueTransformer {
    /** What sealed values begin with, and others never do (source: k8s.io/apiserver pkg/storage/value/encrypt/identity). */
    String PREFIX = "k8s:enc:";

    /** Leaves all as it is, and says so of what another one sealed. */
    ValueTransformer PLAIN = new ValueTransformer() {
        @Override
        public byte[] seal(String key, String place, byte[] value) {
            return value;
        }

        @Override
        public byte[] open(String key, String place, byte[] stored) {
            if (sealed(stored)) {
                throw new TransformException(place, "identity transformer tried to read encrypted data");
            }
            return stored;
        }

        @Override
        public boolean stale(String key, String place, byte[] stored) {
            return false;
        }
    };

    /**
     * The form in which a value is kept.
     *
     * @param key of the store
     * @param place where it will lie; a sealed value can only be opened in its place
     * @return the same array if the value is kept as it is
     * @throws TransformException if it can't be sealed; nothing is to be written then
     */
    byte[] seal(String key, String place, byte[] value);

    /**
     * The value of what is kept; may block.
     *
     * @throws TransformException if it can't be opened, now or ever
     */
    byte[] open(String key, String place, byte[] stored);

    /** Whether what is kept would be kept in another form if it were written now. */
    boolean stale(String key, String place, byte[] stored);

    /** Whether the bytes are those of a sealed value. */
    static boolean sealed(byte[] stored) {
        if (stored.length < PREFIX.length()) {
            return false;
        }
        for (int i = 0; i < PREFIX.length(); i++) {
            if (stored[i] != PREFIX.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Bytes of a prefix or place. */
    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
