package dev.navarch.cluster;

import dev.navarch.apiserver.ServiceAccountKeys;
import dev.navarch.apiserver.WatchedFiles;
import dev.navarch.client.Pem;
import dev.navarch.time.TimeSource;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The keys of service accounts in two files, which may change while the server runs: {@code sa.key} signs, and tokens of all
 * keys in {@code sa.pub} are accepted. To rotate, add the new public key, then put the new private one in its place, and take
 * the old public one away when its tokens have ended. While no public key is that of the private one, nothing changes.
 */
final class ServiceAccountKeyFiles implements Supplier<ServiceAccountKeys>, AutoCloseable {
    private final WatchedFiles files;
    private volatile ServiceAccountKeys keys;

    /** @throws IllegalArgumentException if the files can't be used */
    @SuppressWarnings("NullAway.Init") // read at once
    ServiceAccountKeyFiles(Path signing, Path accepted, TimeSource time) {
        files = new WatchedFiles(
                "Keys of service accounts",
                List.of(signing, accepted),
                time,
                read -> keys = read(Pem.privateKey(read.getFirst()), Pem.publicKeys(read.getLast())));
    }

    private static ServiceAccountKeys read(PrivateKey signing, List<PublicKey> accepted)
            throws GeneralSecurityException {
        List<PublicKey> others = new ArrayList<>(accepted);
        for (var key : accepted) {
            if (belongTogether(signing, key)) {
                others.remove(key);
                return new ServiceAccountKeys(new KeyPair(key, signing), others);
            }
        }
        throw new GeneralSecurityException("none of the public keys is that of the private one");
    }

    private static boolean belongTogether(PrivateKey signing, PublicKey key) throws GeneralSecurityException {
        if (!signing.getAlgorithm().equals(key.getAlgorithm())) {
            return false;
        }
        var algorithm = signing.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        var word = new byte[32];
        var signature = Signature.getInstance(algorithm);
        signature.initSign(signing);
        signature.update(word);
        var signed = signature.sign();
        signature.initVerify(key);
        signature.update(word);
        return signature.verify(signed);
    }

    @Override
    public ServiceAccountKeys get() {
        return keys;
    }

    @Override
    public void close() {
        files.close();
    }
}
