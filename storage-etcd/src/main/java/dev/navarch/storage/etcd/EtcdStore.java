package dev.navarch.storage.etcd;

import com.google.protobuf.ByteString;
import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Page;
import dev.navarch.storage.Range;
import dev.navarch.storage.ReplicaStore;
import dev.navarch.storage.Retention;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.storage.etcd.rpc.Compare;
import dev.navarch.storage.etcd.rpc.DeleteRangeRequest;
import dev.navarch.storage.etcd.rpc.KeyValue;
import dev.navarch.storage.etcd.rpc.PutRequest;
import dev.navarch.storage.etcd.rpc.RangeRequest;
import dev.navarch.storage.etcd.rpc.RequestOp;
import dev.navarch.storage.etcd.rpc.TxnRequest;
import dev.navarch.storage.etcd.rpc.TxnResponse;
import dev.navarch.time.TimeSource;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store on etcd, which other servers may share. Reads are served from a copy in memory that one watch of etcd keeps;
 * {@link #sync} makes sure that the copy has all that was acknowledged, by asking etcd for its revision and waiting
 * until the watch has come so far (source: kubernetes KEP-2340, consistent reads from cache).
 *
 * <p>A write is one transaction of etcd that compares the key's revision. What expires hangs on a lease of etcd's, and
 * its deletion may come some seconds late.
 */
public final class EtcdStore extends ReplicaStore {
    private static final Logger log = LoggerFactory.getLogger(EtcdStore.class);
    /** How long a change that is on its way is waited for before etcd is asked for a sign. */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(20);

    private static final Duration SIGN = Duration.ofSeconds(1);

    private static final int PART = 1_000;
    /** How often etcd is asked for its version before it counts as not there. */
    private static final int FIRST_TRIES = 3;

    private final EtcdClient client;
    private final Keys keys;
    private final Values values;
    private final Leases leases;
    private final Follower follower;
    private final CurrentRevision current;
    private final @Nullable Compactor compactor;
    private final boolean progressRequests;

    private final AtomicBoolean probing = new AtomicBoolean();

    private final Object signing = new Object();
    /** For revisions up to this one, a sign was asked for at {@link #askedAt}. Guarded by {@link #signing}. */
    private long askedFor;

    private long askedAt;

    /**
     * Connects and reads everything.
     *
     * @throws StoreException if etcd does not answer within a request's time
     */
    public static EtcdStore open(EtcdConfig config, TimeSource time) {
        return open(config, time, Retention.DEFAULT);
    }

    /** Likewise, with a retention of history, in memory, of one's own. */
    public static EtcdStore open(EtcdConfig config, TimeSource time, Retention retention) {
        return open(config, time, retention, ValueTransformer.PLAIN);
    }

    /** Likewise, with values that lie in etcd in another form. */
    public static EtcdStore open(EtcdConfig config, TimeSource time, Retention retention, ValueTransformer values) {
        EtcdClient client;
        try {
            config.identity().ifPresent(identity -> requireValid(identity.certificate(), time.now()));
            client = new EtcdClient(config);
        } catch (IOException | IllegalArgumentException e) {
            throw new StoreException("etcd can't be used: " + e.getMessage(), e);
        }
        try {
            return new EtcdStore(
                    config, client, Version.tellsProgressInOrder(firstAnswer(client)), time, retention, values);
        } catch (StatusRuntimeException e) {
            var why = client.disconnected(e);
            client.close();
            throw new StoreException("etcd at " + config.servers() + " can't be read: " + why, e);
        } catch (RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** The version that etcd says it has. One that has just been started may need more than one request's time. */
    private static String firstAnswer(EtcdClient client) {
        for (int tries = 1; ; tries++) {
            try {
                return client.version();
            } catch (StatusRuntimeException e) {
                if (tries == FIRST_TRIES || e.getStatus().getCode() != Status.Code.DEADLINE_EXCEEDED) {
                    throw e;
                }
                log.info("etcd does not answer yet: {}", client.disconnected(e));
            }
        }
    }

    /** Otherwise etcd would refuse it, and not say why. */
    private static void requireValid(X509Certificate certificate, Instant now) {
        try {
            certificate.checkValidity(Date.from(now));
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            throw new IllegalArgumentException(
                    "the client certificate of " + certificate.getSubjectX500Principal() + " is valid from "
                            + certificate.getNotBefore().toInstant() + " to "
                            + certificate.getNotAfter().toInstant(),
                    e);
        }
    }

    /** @param progressRequests whether etcd answers them in order */
    EtcdStore(
            EtcdConfig config,
            EtcdClient client,
            boolean progressRequests,
            TimeSource time,
            Retention retention,
            ValueTransformer transformer) {
        super(time, retention);
        this.client = client;
        this.progressRequests = progressRequests;
        keys = new Keys(config.prefix());
        values = new Values(keys, transformer);
        leases = new Leases(client, time);
        current = new CurrentRevision(this::revisionOfEtcd);
        follower = new Follower(client, keys, values, new Follower.Target() {
            @Override
            public void restart(long revision, List<Change.Put> entries) {
                EtcdStore.this.restart(revision, entries);
            }

            @Override
            public void publish(long revision, List<Change> changes) {
                EtcdStore.this.publish(revision, changes);
            }
        });
        follower.start();
        compactor =
                config.compactionInterval().isZero() ? null : new Compactor(client, config.compactionInterval(), time);
    }

    private long revisionOfEtcd() {
        try {
            return client.range(RangeRequest.newBuilder()
                            .setKey(keys.barrier())
                            .setKeysOnly(true)
                            .build())
                    .getHeader()
                    .getRevision();
        } catch (StatusRuntimeException e) {
            throw EtcdClient.failure(e);
        }
    }

    @Override
    public boolean shared() {
        return true;
    }

    /**
     * What the watch says, and the newest answer of etcd, which is asked for one more: who looks again from time to time sees
     * an etcd that is silent, and one that is back (source: k8s.io/apiserver pkg/storage/storagebackend/factory/etcd3.go,
     * newETCD3Check).
     */
    @Override
    public Optional<String> failure() {
        if (!closed() && probing.compareAndSet(false, true)) {
            Thread.ofVirtual().name("etcd-probe").start(this::probe);
        }
        return follower.failure().or(current::failure);
    }

    private void probe() {
        try {
            current.ask();
        } catch (RuntimeException e) {
            log.debug("etcd doesn't answer: {}", e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            probing.set(false);
        }
    }

    @Override
    public void sync() throws InterruptedException {
        requireOpen();
        long wanted = current.ask();
        if (await(wanted, ON_ITS_WAY)) {
            return;
        }
        long end = System.nanoTime() + client.timeout().toNanos();
        boolean reopened = false;
        while (System.nanoTime() - end < 0) {
            requireOpen();
            askForSign(wanted);
            if (await(wanted, SIGN)) {
                return;
            }
            if (!reopened && follower.failure().isEmpty()) {
                follower.reopen();
                reopened = true;
            }
        }
        throw new StoreException("etcd is at revision " + wanted + ", but its watch has come only to " + revision());
    }

    /**
     * The watch says nothing when others write elsewhere in etcd. Versions that can, are asked how far it is; with others
     * a write of our own shows it.
     */
    private void askForSign(long wanted) {
        synchronized (signing) {
            boolean asked = askedFor >= wanted && System.nanoTime() - askedAt < SIGN.toNanos();
            if (asked || revision() >= wanted) {
                return;
            }
            askedFor = wanted;
            askedAt = System.nanoTime();
        }
        try {
            if (progressRequests) {
                follower.askForProgress();
            } else {
                client.put(keys.barrier(), ByteString.EMPTY);
            }
        } catch (StatusRuntimeException e) {
            throw EtcdClient.failure(e);
        }
    }

    /** What the copy has forgotten may still be in etcd. */
    @Override
    public Page range(Range range) {
        try {
            return super.range(range);
        } catch (CompactedException e) {
            return old(range, e);
        }
    }

    /** Of a list without limit etcd is asked for a part at a time, so that no answer of its is large. */
    private Page old(Range range, CompactedException forgotten) {
        var from = keys.inEtcd(range.after().compareTo(range.prefix()) < 0 ? range.prefix() : range.after() + '\0');
        var entries = new ArrayList<Entry>();
        try {
            while (true) {
                int wanted = range.limit() == 0 ? PART : Math.min(PART, range.limit() - entries.size());
                var answer = client.range(RangeRequest.newBuilder()
                        .setKey(from)
                        .setRangeEnd(keys.endOf(range.prefix()))
                        .setRevision(range.revision())
                        .setLimit(wanted)
                        .build());
                answer.getKvsList().forEach(kv -> entry(kv).ifPresent(entries::add));
                if (!answer.getMore() || entries.size() == range.limit()) {
                    return new Page(entries, range.revision(), answer.getCount() - answer.getKvsCount());
                }
                from = Keys.after(answer.getKvs(answer.getKvsCount() - 1).getKey());
            }
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.OUT_OF_RANGE) {
                throw forgotten;
            }
            throw EtcdClient.failure(e);
        }
    }

    private Optional<Entry> entry(KeyValue kv) {
        return values.put(kv).map(put -> committed(put.key(), put.revision(), () -> put));
    }

    @Override
    public WriteResult write(Write write) {
        requireOpen();
        try {
            return switch (write) {
                case Write.Create(var key, var draft) -> put(key, 0, draft);
                case Write.Update(var key, var expected, var draft) -> put(key, present(expected), draft);
                case Write.Delete(var key, var expected) -> delete(key, present(expected));
            };
        } catch (StatusRuntimeException e) {
            throw EtcdClient.failure(e);
        }
    }

    /** To etcd, 0 is the revision of a key that is absent. */
    private static long present(long expected) {
        return expected == 0 ? -1 : expected;
    }

    private WriteResult put(String key, long expected, Draft draft) {
        if (draft.timeToLive().isEmpty()) {
            return put(key, expected, draft, 0);
        }
        long lease = leases.lasting(draft.timeToLive().get());
        try {
            return put(key, expected, draft, lease);
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
            // The lease ended before its time, and so nothing was written.
            leases.forget(lease);
            return put(key, expected, draft, leases.lasting(draft.timeToLive().get()));
        }
    }

    private WriteResult put(String key, long expected, Draft draft, long lease) {
        var name = keys.inEtcd(key);
        var put = PutRequest.newBuilder()
                .setKey(name)
                .setValue(values.stored(key, name, draft))
                .setLease(lease);
        var created = RangeRequest.newBuilder().setKey(name).setKeysOnly(true);
        var answer = client.transact(conditional(name, expected)
                .addSuccess(RequestOp.newBuilder().setRequestPut(put))
                .addSuccess(RequestOp.newBuilder().setRequestRange(created))
                .build());
        awaitSeen(answer);
        if (!answer.getSucceeded()) {
            return stale(answer);
        }
        long revision = answer.getHeader().getRevision();
        long createRevision =
                answer.getResponses(1).getResponseRange().getKvs(0).getCreateRevision();
        return new WriteResult.Committed(
                committed(key, revision, () -> new Change.Put(key, draft, createRevision, revision)));
    }

    private WriteResult delete(String key, long expected) {
        var name = keys.inEtcd(key);
        var seen = get(key).filter(e -> e.revision() == expected);
        var delete = DeleteRangeRequest.newBuilder().setKey(name).setPrevKv(seen.isEmpty());
        var answer = client.transact(conditional(name, expected)
                .addSuccess(RequestOp.newBuilder().setRequestDeleteRange(delete))
                .build());
        awaitSeen(answer);
        if (!answer.getSucceeded()) {
            return stale(answer);
        }
        var last = seen.or(
                () -> entry(answer.getResponses(0).getResponseDeleteRange().getPrevKvs(0)));
        return new WriteResult.Committed(deleted(
                last.orElseThrow(() -> new StoreException("the value of " + key + " can't be read")),
                answer.getHeader().getRevision()));
    }

    @Override
    public boolean stale(Entry entry) {
        if (!values.transforms()) {
            return false;
        }
        try {
            var look =
                    RangeRequest.newBuilder().setKey(keys.inEtcd(entry.key())).build();
            return client.range(look).getKvsList().stream()
                    .anyMatch(kv -> kv.getModRevision() == entry.revision() && values.stale(entry.key(), kv));
        } catch (StatusRuntimeException e) {
            throw EtcdClient.failure(e);
        }
    }

    /** A transaction for a key that is still as expected; it returns the key's value if not. */
    private static TxnRequest.Builder conditional(ByteString key, long expected) {
        var same = Compare.newBuilder()
                .setKey(key)
                .setTarget(Compare.CompareTarget.MOD)
                .setModRevision(expected);
        var look = RangeRequest.newBuilder().setKey(key);
        return TxnRequest.newBuilder()
                .addCompare(same)
                .addFailure(RequestOp.newBuilder().setRequestRange(look));
    }

    private WriteResult stale(TxnResponse answer) {
        return new WriteResult.Stale(answer.getResponses(0).getResponseRange().getKvsList().stream()
                .findFirst()
                .flatMap(this::entry));
    }

    /** Until readers see what the writer did or found; what is written is written, also when that takes too long. */
    private void awaitSeen(TxnResponse answer) {
        long revision = answer.getHeader().getRevision();
        try {
            if (!await(revision, ON_ITS_WAY)) {
                if (!answer.getSucceeded()) {
                    askForSign(revision); // that revision may be of something elsewhere in etcd
                }
                await(revision, client.timeout());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void compact(long revision) {
        forget(revision);
        try {
            Compactor.compact(client, revision);
        } catch (StatusRuntimeException e) {
            throw EtcdClient.failure(e);
        }
    }

    private void requireOpen() {
        if (closed()) {
            throw new StoreException("the store is closed");
        }
    }

    @Override
    public void close() {
        if (closed()) {
            return;
        }
        if (compactor != null) {
            compactor.close();
        }
        follower.close();
        super.close();
        client.close();
    }
}
