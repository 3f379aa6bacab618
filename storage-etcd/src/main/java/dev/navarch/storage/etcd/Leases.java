package dev.navarch.storage.etcd;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;

/**
 * Leases for what expires. One is used for many keys, so that etcd has few of them: each lives a little longer than was
 * asked for, and serves whoever asks meanwhile (source: k8s.io/apiserver pkg/storage/etcd3/lease_manager.go).
 */
final class Leases {
    private static final Duration MOST_REUSE = Duration.ofSeconds(60);
    /** Of the time to live. */
    private static final double REUSE = 0.05;

    private static final int MOST_KEYS = 1_000;

    private final EtcdClient client;
    private final TimeSource time;
    private long lease;
    private Instant expires = Instant.MIN;
    private int keys;

    Leases(EtcdClient client, TimeSource time) {
        this.client = client;
        this.time = time;
    }

    /** A lease that lives as long, or up to 5 % and a minute longer. */
    synchronized long lasting(Duration timeToLive) {
        var wanted = time.now().plus(timeToLive);
        var extra = Duration.ofMillis((long) (timeToLive.toMillis() * REUSE));
        var reuse = extra.compareTo(MOST_REUSE) > 0 ? MOST_REUSE : extra;
        boolean fits = !wanted.isAfter(expires) && !expires.isAfter(wanted.plus(reuse));
        if (!fits || keys >= MOST_KEYS) {
            lease = client.grant(timeToLive.plus(reuse));
            expires = wanted.plus(reuse);
            keys = 0;
        }
        keys++;
        return lease;
    }

    /** A lease turned out to be gone. */
    synchronized void forget(long gone) {
        if (gone == lease) {
            expires = Instant.MIN;
        }
    }
}
