package dev.navarch.apiserver.encryption;

import dev.navarch.storage.ValueTransformer;

/** Leaves values as they are (source: k8s.io/apiserver pkg/storage/value/encrypt/identity/identity.go). */
final class Identity implements Transformation {
    @Override
    public byte[] seal(byte[] value, byte[] place) {
        return value;
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        if (ValueTransformer.sealed(data)) {
            throw new SealFailure("identity transformer tried to read encrypted data");
        }
        return new Opened(data, false);
    }
}
