package dev.navarch.storage.etcd;

import com.google.protobuf.ByteString;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.etcd.rpc.CompactionRequest;
import dev.navarch.storage.etcd.rpc.KVGrpc;
import dev.navarch.storage.etcd.rpc.LeaseGrantRequest;
import dev.navarch.storage.etcd.rpc.LeaseGrpc;
import dev.navarch.storage.etcd.rpc.MaintenanceGrpc;
import dev.navarch.storage.etcd.rpc.PutRequest;
import dev.navarch.storage.etcd.rpc.RangeRequest;
import dev.navarch.storage.etcd.rpc.RangeResponse;
import dev.navarch.storage.etcd.rpc.StatusRequest;
import dev.navarch.storage.etcd.rpc.TxnRequest;
import dev.navarch.storage.etcd.rpc.TxnResponse;
import dev.navarch.storage.etcd.rpc.WatchGrpc;
import dev.navarch.storage.etcd.rpc.WatchRequest;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * etcd's requests, blocking. A request waits for a connection, as long as a request may take at most. What only reads is
 * asked again when a connection is lost meanwhile; of what writes nobody knows then whether it happened.
 */
final class EtcdClient implements AutoCloseable {
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
    /** Source: etcd client/v3 options.go, defaultBackoffWaitBetween. */
    private static final Duration AGAIN = Duration.ofMillis(25);

    private static final Duration KEEP_ALIVE_ANSWER = Duration.ofSeconds(10);
    /** A member that has lost its leader ends the watch instead of being silent. */
    private static final Metadata LED = new Metadata();

    static {
        LED.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    }

    private final Duration timeout;
    private final Servers servers;
    private final ManagedChannel channel;
    private final KVGrpc.KVBlockingStub values;
    private final LeaseGrpc.LeaseBlockingStub leases;
    private final MaintenanceGrpc.MaintenanceBlockingStub maintenance;
    private final WatchGrpc.WatchStub watches;

    @SuppressWarnings("deprecation") // the other way is one list of resolvers for the whole process
    EtcdClient(EtcdConfig config) throws IOException {
        timeout = config.requestTimeout();
        servers = new Servers(config.servers());
        var builder = NettyChannelBuilder.forTarget(Servers.SCHEME + ":///servers")
                .nameResolverFactory(servers)
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEP_ALIVE_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                .disableRetry();
        if (config.tls()) {
            var tls = GrpcSslContexts.forClient();
            if (!config.authorities().isEmpty()) {
                tls.trustManager(config.authorities());
            }
            config.identity().ifPresent(identity -> tls.keyManager(identity.key(), identity.chain()));
            builder.sslContext(tls.build());
        } else {
            builder.usePlaintext();
        }
        channel = builder.build();
        values = KVGrpc.newBlockingStub(channel).withWaitForReady();
        leases = LeaseGrpc.newBlockingStub(channel).withWaitForReady();
        maintenance = MaintenanceGrpc.newBlockingStub(channel).withWaitForReady();
        watches = WatchGrpc.newStub(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(LED));
    }

    private <S extends AbstractStub<S>> S limited(S stub) {
        return stub.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    Duration timeout() {
        return timeout;
    }

    /** @throws StatusRuntimeException as etcd refused it, or {@code UNAVAILABLE} or {@code DEADLINE_EXCEEDED} */
    RangeResponse range(RangeRequest request) {
        return reading(() -> limited(values).range(request));
    }

    /** The server's version, such as {@code 3.4.23}. */
    String version() {
        return reading(() -> limited(maintenance).status(StatusRequest.getDefaultInstance()))
                .getVersion();
    }

    private <T> T reading(Supplier<T> request) {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                return answered(request);
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || System.nanoTime() - end >= 0) {
                    throw e;
                }
                LockSupport.parkNanos(this, AGAIN.toNanos());
            }
        }
    }

    /** A member that takes requests and doesn't answer them, or that has lost the others, is left for another one. */
    private <T> T answered(Supplier<T> request) {
        try {
            return request.get();
        } catch (StatusRuntimeException e) {
            var status = e.getStatus();
            boolean alone = String.valueOf(status.getDescription()).contains("no leader");
            if (status.getCode() == Status.Code.DEADLINE_EXCEEDED || alone) {
                elsewhere();
            }
            throw e;
        }
    }

    private void elsewhere() {
        if (servers.next()) {
            channel.enterIdle();
        }
    }

    TxnResponse transact(TxnRequest request) {
        return answered(() -> limited(values).txn(request));
    }

    /** Returns the revision of the write. */
    long put(ByteString key, ByteString value) {
        var request = PutRequest.newBuilder().setKey(key).setValue(value).build();
        return answered(() -> limited(values).put(request)).getHeader().getRevision();
    }

    void compact(long revision) {
        limited(values)
                .compact(CompactionRequest.newBuilder().setRevision(revision).build());
    }

    /** Returns the id of a new lease. */
    long grant(Duration timeToLive) {
        var seconds = timeToLive.plusNanos(999_999_999).toSeconds();
        var granted = limited(leases)
                .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(seconds).build());
        if (!granted.getError().isEmpty()) {
            throw new StoreException("etcd grants no lease: " + granted.getError());
        }
        return granted.getID();
    }

    /** Opens a stream of watches. */
    WatchStream watch(WatchRequest first) {
        var stream = new WatchStream();
        watches.watch(stream);
        stream.send(first);
        return stream;
    }

    /** Tries at once to connect, if there is no connection, instead of waiting longer after each failure. */
    void reconnect() {
        channel.resetConnectBackoff();
    }

    /** Why there is no connection, where a request failed because it waited for one in vain. */
    String disconnected(StatusRuntimeException failure) {
        if (failure.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED
                && channel.getState(false) != ConnectivityState.READY) {
            try {
                var asking = MaintenanceGrpc.newBlockingStub(channel);
                limited(asking).status(StatusRequest.getDefaultInstance());
            } catch (StatusRuntimeException e) {
                return describe(e.getStatus());
            }
        }
        return describe(failure.getStatus());
    }

    /** What a failure is for who uses the store. */
    static StoreException failure(StatusRuntimeException e) {
        return new StoreException("etcd: " + describe(e.getStatus()), e);
    }

    static String describe(Status status) {
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED -> "context deadline exceeded";
            default -> {
                var text = status.getDescription() == null ? status.getCode().toString() : status.getDescription();
                yield status.getCause() == null ? text : text + ": " + root(status.getCause());
            }
        };
    }

    private static String root(Throwable thrown) {
        var cause = thrown;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    @Override
    public void close() {
        channel.shutdownNow();
        boolean interrupted = false;
        try {
            channel.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
