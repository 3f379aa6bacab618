package dev.navarch.storage.etcd;

import com.google.protobuf.ByteString;

/** The store's keys begin with {@code /registry}, etcd's with a prefix of choice. */
final class Keys {
    private static final String ROOT = "/registry";

    private final String prefix;

    Keys(String prefix) {
        this.prefix = prefix;
    }

    ByteString inEtcd(String key) {
        if (!key.startsWith(ROOT)) {
            throw new IllegalArgumentException("A key begins with " + ROOT + ": " + key);
        }
        return ByteString.copyFromUtf8(prefix + key.substring(ROOT.length()));
    }

    /** The smallest key that is greater. */
    static ByteString after(ByteString key) {
        return key.concat(ByteString.copyFrom(new byte[1]));
    }

    String inStore(ByteString key) {
        return ROOT + key.toStringUtf8().substring(prefix.length());
    }

    /** The first of all keys. */
    ByteString first() {
        return ByteString.copyFromUtf8(prefix + "/");
    }

    /** What follows after all keys. */
    ByteString end() {
        return ByteString.copyFromUtf8(prefix + "0");
    }

    /** Among the keys, and none of the store's: what is written there makes a revision that watches hear of. */
    ByteString barrier() {
        return ByteString.copyFromUtf8(prefix + "/barrier");
    }

    /** The smallest key that is greater than all that start with a prefix of the store's, which ends in a slash. */
    ByteString endOf(String storePrefix) {
        return inEtcd(storePrefix.substring(0, storePrefix.length() - 1) + "0");
    }
}
