package dev.navarch.cluster;

import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.config.WatchedFiles;
import dev.navarch.client.Pem;
import dev.navarch.time.TimeSource;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The keys of service accounts in files, which may change while the server runs: that of the first one signs, {@code sa.key},
 * and tokens of all keys in the others are accepted, {@code sa.pub}. To rotate, add the new public key, then put the new private one in its place, and take
 * the old public one away when its tokens have ended. While no public key is that of the private one, nothing changes.
 */
final class ServiceAccountKeyFiles implements Supplier<ServiceAccountKeys>, AutoCloseable {
    private final WatchedFiles files;
    private volatile ServiceAccountKeys keys;

    /**
     * @param accepted files of public keys, or of private ones whose public ones are meant
     * @throws IllegalArgumentException if the files can't be used
     */
    @SuppressWarnings("NullAway.Init") // read at once
    ServiceAccountKeyFiles(Path signing, List<Path> accepted, TimeSource time) {
        List<Path> all = new ArrayList<>(accepted);
        all.addFirst(signing);
        files = new WatchedFiles("Keys of service accounts", all, time, read -> keys = read(read));
    }

    private static ServiceAccountKeys read(List<byte[]> files) throws GeneralSecurityException {
        List<PublicKey> accepted = new ArrayList<>();
        for (var file : files.subList(1, files.size())) {
            for (var key : Pem.publicKeys(file)) {
                if (!accepted.contains(key)) {
                    accepted.add(key);
                }
            }
        }
        return read(Pem.privateKey(files.getFirst()), accepted);
    }

    private static ServiceAccountKeys read(PrivateKey signing, List<PublicKey> accepted)
            throws GeneralSecurityException {
        List<PublicKey> others = new ArrayList<>(accepted);
        for (var key : accepted) {
            if (KeyPairs.belongTogether(signing, key)) {
                others.remove(key);
                return new ServiceAccountKeys(new KeyPair(key, signing), others);
            }
        }
        throw new GeneralSecurityException("none of the public keys is that of the private one");
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
