package dev.navarch.apiserver.encryption;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A plugin whose "key" is its id, put before what it seals. */
final class FakeKms implements KmsService, Encryption.Plugins {
    String keyId = "key-1";
    String healthz = "ok";
    boolean away;
    final List<String> calls = new ArrayList<>();

    @Override
    public synchronized Status status() throws IOException {
        called("status");
        return new Status("v2", healthz, keyId);
    }

    private void called(String what) throws IOException {
        calls.add(what);
        if (away) {
            throw new IOException("rpc error: code = Unavailable");
        }
    }

    @Override
    public synchronized Sealed encrypt(String uid, byte[] plaintext) throws IOException {
        called("encrypt");
        var key = keyId.getBytes(UTF_8);
        var sealed = Arrays.copyOf(key, key.length + plaintext.length);
        System.arraycopy(plaintext, 0, sealed, key.length, plaintext.length);
        return new Sealed(sealed, keyId, Map.of("kms.example.com", new byte[] {1}));
    }

    @Override
    public synchronized byte[] decrypt(String uid, Sealed sealed) throws IOException {
        called("decrypt");
        var key = sealed.keyId().getBytes(UTF_8);
        return Arrays.copyOfRange(sealed.ciphertext(), key.length, sealed.ciphertext().length);
    }

    @Override
    public KmsService connect(String endpoint, java.time.Duration timeout, Encryption.Calls calls) {
        return this;
    }

    @Override
    public void close() {}
}
