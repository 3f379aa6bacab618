package dev.navarch.storage.etcd;

import static java.util.Objects.requireNonNull;

import dev.navarch.storage.etcd.rpc.WatchRequest;
import dev.navarch.storage.etcd.rpc.WatchResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** One stream of watches, read by one thread. etcd sends the next answer when the last one has been taken. */
final class WatchStream implements ClientResponseObserver<WatchRequest, WatchResponse>, AutoCloseable {
    private @Nullable ClientCallStreamObserver<WatchRequest> call;

    /** Holds one answer, and the end. */
    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();

    private sealed interface Heard {
        record Answer(WatchResponse response) implements Heard {}

        record End(StatusRuntimeException why) implements Heard {}
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
        call = stream;
        stream.disableAutoRequestWithInitial(1);
    }

    @Override
    public void onNext(WatchResponse response) {
        heard.add(new Heard.Answer(response));
    }

    @Override
    public void onError(Throwable why) {
        heard.add(new Heard.End(Status.fromThrowable(why).asRuntimeException()));
    }

    @Override
    public void onCompleted() {
        onError(Status.UNAVAILABLE.withDescription("etcd ended the watch").asRuntimeException());
    }

    /** @throws StatusRuntimeException when the stream is over */
    WatchResponse next() throws InterruptedException {
        return switch (heard.take()) {
            case Heard.Answer(var response) -> {
                requireNonNull(call).request(1);
                yield response;
            }
            case Heard.End(var why) -> throw why;
        };
    }

    synchronized void send(WatchRequest request) {
        requireNonNull(call).onNext(request);
    }

    @Override
    public void close() {
        requireNonNull(call).cancel("closed", null);
    }
}
