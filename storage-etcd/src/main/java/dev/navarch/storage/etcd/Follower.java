package dev.navarch.storage.etcd;

import dev.navarch.storage.ReplicaStore.Change;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.etcd.rpc.Event;
import dev.navarch.storage.etcd.rpc.KeyValue;
import dev.navarch.storage.etcd.rpc.RangeRequest;
import dev.navarch.storage.etcd.rpc.WatchCreateRequest;
import dev.navarch.storage.etcd.rpc.WatchProgressRequest;
import dev.navarch.storage.etcd.rpc.WatchRequest;
import dev.navarch.storage.etcd.rpc.WatchResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a store of all changes under its prefix, in order and each once: lists everything, then watches from there. When
 * the watch breaks it goes on where it was; when etcd has compacted what was missed meanwhile, it lists anew.
 */
final class Follower implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Follower.class);
    private static final int PAGE = 1_000;
    private static final Duration RETRY = Duration.ofMillis(200);

    private final EtcdClient client;
    private final Keys keys;
    private final Values values;
    private final Target target;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable WatchStream stream;
    private volatile @Nullable String failure;
    /** Newest revision that was told; 0 before the first list. The follower's. */
    private long told;

    /** Who is told. */
    interface Target {
        /** Everything, as of a revision. */
        void restart(long revision, List<Change.Put> entries);

        /** Complete revisions in order; nothing is missing up to {@code revision}. */
        void publish(long revision, List<Change> changes);
    }

    /** What was missed is compacted. */
    private static final class MissedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MissedException(long wanted, long compacted) {
            super("etcd has compacted revision " + compacted + "; " + wanted + " was wanted", null, false, false);
        }
    }

    Follower(EtcdClient client, Keys keys, Values values, Target target) {
        this.client = client;
        this.keys = keys;
        this.values = values;
        this.target = target;
        thread = Thread.ofPlatform().name("etcd-follower").daemon().unstarted(this::run);
    }

    /**
     * Lists everything, and watches from then on.
     *
     * @throws StatusRuntimeException if etcd can't be read
     */
    void start() {
        list();
        thread.start();
    }

    /** Why changes don't come in at present. */
    Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    private void run() {
        while (closed.getCount() > 0) {
            try {
                if (told == 0) {
                    list();
                }
                follow();
            } catch (MissedException e) {
                log.warn("{}; reading everything anew", e.getMessage());
                told = 0;
            } catch (StatusRuntimeException e) {
                broken(EtcdClient.describe(e.getStatus()));
            } catch (InterruptedException _) {
                return;
            } catch (RuntimeException e) {
                broken(String.valueOf(e.getMessage()));
                log.error("Following etcd failed; trying again", e);
            }
        }
    }

    private void broken(String why) {
        if (closed.getCount() == 0) {
            return;
        }
        if (failure == null) {
            log.warn("The watch of etcd broke; it is resumed after revision {}: {}", told, why);
        }
        failure = why;
        client.reconnect();
        try {
            closed.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void list() {
        var entries = new ArrayList<Change.Put>();
        var from = keys.first();
        long revision = 0;
        while (true) {
            var page = client.range(RangeRequest.newBuilder()
                    .setKey(from)
                    .setRangeEnd(keys.end())
                    .setLimit(PAGE)
                    .setRevision(revision)
                    .build());
            revision = revision == 0 ? page.getHeader().getRevision() : revision;
            page.getKvsList().forEach(kv -> put(kv).ifPresent(entries::add));
            if (!page.getMore()) {
                break;
            }
            from = Keys.after(page.getKvs(page.getKvsCount() - 1).getKey());
        }
        target.restart(revision, entries);
        told = revision;
    }

    private Optional<Change.Put> put(KeyValue kv) {
        if (kv.getKey().equals(keys.barrier())) {
            return Optional.empty();
        }
        var put = values.put(kv);
        if (put.isEmpty()) {
            log.warn(
                    "The value of {} in etcd was written by somebody else; it is left out",
                    kv.getKey().toStringUtf8());
        }
        return put;
    }

    private void follow() throws InterruptedException {
        requireNoWayBack();
        var create = WatchCreateRequest.newBuilder()
                .setKey(keys.first())
                .setRangeEnd(keys.end())
                .setStartRevision(told + 1)
                .setProgressNotify(true)
                .setFragment(true);
        try (var opened =
                client.watch(WatchRequest.newBuilder().setCreateRequest(create).build())) {
            stream = opened;
            var fragments = new ArrayList<Event>();
            while (closed.getCount() > 0) {
                hear(opened.next(), fragments);
            }
        } finally {
            stream = null;
        }
    }

    /** Also waits for the connection. A database that was put back to an older state would give revisions out twice. */
    private void requireNoWayBack() {
        long now = client.range(RangeRequest.newBuilder()
                        .setKey(keys.first())
                        .setKeysOnly(true)
                        .build())
                .getHeader()
                .getRevision();
        if (now < told) {
            throw new StoreException("etcd is at revision " + now + " but was at " + told
                    + " before: if its data was restored from a backup, restart this server");
        }
    }

    private void hear(WatchResponse response, List<Event> fragments) {
        if (response.getCanceled()) {
            if (response.getCompactRevision() > 0) {
                throw new MissedException(told + 1, response.getCompactRevision());
            }
            throw Status.UNAVAILABLE.withDescription(response.getCancelReason()).asRuntimeException();
        }
        if (response.getCreated()) {
            if (failure != null) {
                log.info("Watching etcd after revision {}", told);
            }
            failure = null;
            return;
        }
        fragments.addAll(response.getEventsList());
        if (response.getFragment()) {
            return;
        }
        // Without events it tells up to where all was sent.
        long revision = fragments.isEmpty()
                ? response.getHeader().getRevision()
                : fragments.getLast().getKv().getModRevision();
        if (revision > told) {
            var changes = new ArrayList<Change>(fragments.size());
            fragments.forEach(event -> change(event).ifPresent(changes::add));
            target.publish(revision, changes);
            told = revision;
        }
        fragments.clear();
    }

    private Optional<? extends Change> change(Event event) {
        var kv = event.getKv();
        return switch (event.getType()) {
            case PUT -> put(kv);
            case DELETE -> Optional.of(new Change.Delete(keys.inStore(kv.getKey()), kv.getModRevision()));
            case UNRECOGNIZED -> throw new StoreException("etcd sent an event of an unknown type");
        };
    }

    /** Asks etcd to tell up to which revision all was sent. */
    void askForProgress() {
        var open = stream;
        if (open != null) {
            open.send(WatchRequest.newBuilder()
                    .setProgressRequest(WatchProgressRequest.getDefaultInstance())
                    .build());
        }
    }

    /** Gives up the present stream for a new one that goes on where it was. */
    void reopen() {
        var open = stream;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        reopen();
        thread.interrupt();
    }
}
