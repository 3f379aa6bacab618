package dev.navarch.storage.etcd;

import com.google.protobuf.ByteString;
import dev.navarch.storage.etcd.rpc.Compare;
import dev.navarch.storage.etcd.rpc.PutRequest;
import dev.navarch.storage.etcd.rpc.RangeRequest;
import dev.navarch.storage.etcd.rpc.RequestOp;
import dev.navarch.storage.etcd.rpc.TxnRequest;
import dev.navarch.time.TimeSource;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts etcd's history once an interval to what is older than that, whichever of the servers that share it comes
 * first: the version of one key is the number of rounds there were, and who makes the next one of it does the work.
 * kube-apiservers on the same etcd take part (source: k8s.io/apiserver pkg/storage/etcd3/compact.go).
 */
final class Compactor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Compactor.class);
    private static final ByteString KEY = ByteString.copyFromUtf8("compact_rev_key");

    private final EtcdClient client;
    private final Duration interval;
    private final TimeSource time;
    private TimeSource.Timer timer;
    private boolean closed;
    /** How many rounds there were when we last looked. */
    private long rounds;
    /** etcd's revision then; 0 before the first look. */
    private long revision;

    Compactor(EtcdClient client, Duration interval, TimeSource time) {
        this.client = client;
        this.interval = interval;
        this.time = time;
        timer = time.schedule(interval, this::alarm);
    }

    private synchronized void alarm() {
        if (closed) {
            return;
        }
        try {
            round();
        } catch (StatusRuntimeException e) {
            log.warn("etcd's history could not be compacted: {}", EtcdClient.describe(e.getStatus()));
        }
        timer = time.schedule(interval, this::alarm);
    }

    /** At our turn: compacts up to where etcd was at our last one. */
    private void round() {
        var mine = Compare.newBuilder()
                .setKey(KEY)
                .setTarget(Compare.CompareTarget.VERSION)
                .setVersion(rounds);
        var number = ByteString.copyFromUtf8(Long.toString(revision));
        var put = PutRequest.newBuilder().setKey(KEY).setValue(number);
        var look = RangeRequest.newBuilder().setKey(KEY);
        var answer = client.transact(TxnRequest.newBuilder()
                .addCompare(mine)
                .addSuccess(RequestOp.newBuilder().setRequestPut(put))
                .addFailure(RequestOp.newBuilder().setRequestRange(look))
                .build());
        if (!answer.getSucceeded()) {
            var kvs = answer.getResponses(0).getResponseRange().getKvsList();
            rounds = kvs.isEmpty() ? 0 : kvs.getFirst().getVersion();
        } else {
            rounds++;
            if (revision > 0) {
                compact(client, revision);
                log.debug("Compacted etcd's history up to {}", revision);
            }
        }
        revision = answer.getHeader().getRevision();
    }

    /** Compacts, if it wasn't done already. */
    static void compact(EtcdClient client, long revision) {
        try {
            client.compact(revision);
        } catch (StatusRuntimeException e) {
            var why = String.valueOf(e.getStatus().getDescription());
            if (e.getStatus().getCode() != Status.Code.OUT_OF_RANGE || !why.contains("compacted")) {
                throw e;
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.cancel();
    }
}
