package dev.navarch.apiserver.http;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.audit.AuditTrail;
import dev.navarch.apiserver.flowcontrol.Ticket;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Latencies;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way in and its answer on its way out, over one channel (a connection of HTTP/1.1, a stream of
 * HTTP/2). All of it happens on the channel's event loop but {@link #answer}, which any thread may call.
 */
abstract class Exchange implements ClientConnection {
    /** Answers up to this length leave in one piece; longer ones in pieces of this size, as the channel takes them. */
    static final int CHUNK = 64 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Exchange.class);
    private static final AnswerListener NOBODY = (_, _) -> {};

    final Channel channel;
    final String method;
    final String uri;
    final Headers headers;
    final ClientCertificates certificates;

    /** Set by the pipeline when the head was judged. */
    @Nullable
    ApiRequest request;

    /** Set by the pipeline with the request. */
    Latencies latencies = new Latencies();

    /** Its leave to be served; given back when it ends. Touched on the event loop. */
    Ticket ticket = Ticket.FREE;

    /** What is recorded of it; null if nothing is. Set by the pipeline when the user is known. */
    volatile @Nullable AuditTrail audit;

    /** When it came, where that is recorded. */
    Instant begun = Instant.EPOCH;

    /** How long it may take; nothing for a request that goes on by itself. */
    Duration limit = Duration.ZERO;

    /** Runs while the limit does. */
    @Nullable
    Future<?> timer;

    /** Serves the request, if that takes a thread. */
    @Nullable
    Thread server;

    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile AnswerListener listener = NOBODY;
    private volatile @Nullable Pump pump;
    private @Nullable BodyWriter body;
    private boolean gone;
    private boolean over;
    private @Nullable Future<?> stall;
    private Runnable end = () -> {};
    private Runnable givingUp = () -> {};

    /** Is told once what was answered. */
    interface AnswerListener {
        void answered(int status, long length);
    }

    Exchange(Channel channel, String method, String uri, Headers headers, ClientCertificates certificates) {
        this.channel = channel;
        this.method = method;
        this.uri = uri;
        this.headers = headers;
        this.certificates = certificates;
    }

    /** What the head said. */
    ApiRequest request() {
        return requireNonNull(request);
    }

    void onAnswer(AnswerListener action) {
        listener = action;
    }

    void onGivingUp(Runnable action) {
        givingUp = action;
    }

    /** What else to do once, on the event loop, when the answer is complete or the client gone. */
    void onEnd(Runnable action) {
        var before = end;
        end = () -> {
            before.run();
            action.run();
        };
    }

    private void end() {
        if (!over) {
            over = true;
            if (timer != null) {
                timer.cancel(false);
            }
            resumed();
            ticket.close();
            end.run();
        }
    }

    /** The address of the client's connection; empty if that has none. */
    String peer() {
        var of = channel.parent() != null && !(channel.parent() instanceof ServerChannel) ? channel.parent() : channel;
        return of.remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : "";
    }

    boolean answered() {
        return answered.get();
    }

    @Override
    public void answer(ApiResponse response) {
        if (!answered.compareAndSet(false, true)) {
            if (response instanceof ApiResponse.Streaming late) {
                late.frames().close();
            }
            return;
        }
        if (channel.eventLoop().inEventLoop()) {
            send(response);
        } else {
            channel.eventLoop().execute(() -> send(response));
        }
    }

    /** For a subclass that answers in another way, by leaving HTTP: the exchange ends when the channel closes. */
    final boolean claimAnswer(int status) {
        boolean first = answered.compareAndSet(false, true);
        if (first) {
            listener.answered(status, 0);
            ticket.answered();
            channel.closeFuture().addListener(_ -> disconnected());
        }
        return first;
    }

    private void send(ApiResponse response) {
        switch (response) {
            case ApiResponse.Whole whole -> {
                long length = whole.length();
                listener.answered(whole.status(), length);
                if (gone) {
                    return;
                }
                boolean bodyless = method.equals("HEAD") || whole.status() == 204 || whole.status() == 304;
                if (bodyless || length <= CHUNK) {
                    sendWhole(whole, length, !bodyless);
                    done();
                } else {
                    sendHead(whole, length);
                    var writer = new BodyWriter(this, whole.parts());
                    body = writer;
                    writer.resume();
                }
            }
            case ApiResponse.Streaming streaming -> {
                listener.answered(streaming.status(), 0);
                ticket.answered();
                if (gone || method.equals("HEAD")) {
                    streaming.frames().close();
                    if (!gone) {
                        sendWhole(
                                new ApiResponse.Whole(streaming.status(), streaming.contentType(), streaming.headers()),
                                0,
                                false);
                        done();
                    }
                    return;
                }
                sendHead(streaming, -1);
                flush();
                var newPump = Pump.of(this, streaming.frames());
                pump = newPump;
                newPump.start();
            }
        }
    }

    /** The channel takes more. */
    void writable() {
        if (channel.isWritable()) {
            resumed();
        }
        var writer = body;
        if (writer != null) {
            writer.resume();
        }
        var stream = pump;
        if (stream != null) {
            stream.writable();
        }
    }

    /**
     * What writes the answer finds the channel full. A client that then takes nothing for too long loses it, so that what
     * waits for it is not kept: a stalled watch would otherwise stay until its connection breaks (upstream ends the watch of
     * such a reader too: k8s.io/apiserver pkg/storage/cacher/cache_watcher.go, forget).
     */
    void stalled() {
        if (stall == null && !over) {
            stall = channel.eventLoop().schedule(this::giveUp, patience().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void resumed() {
        if (stall != null) {
            stall.cancel(false);
            stall = null;
        }
    }

    /** Lets go of a client that does not take its answer. */
    void giveUp() {
        if (!over) {
            log.info("The client of {} {} takes its answer too slowly", method, Pipeline.pathOf(uri));
            givingUp.run();
            disconnected();
            abort();
        }
    }

    abstract Duration patience();

    /** No more of the request's body is waited for. */
    abstract void endBody();

    /** The client is gone. */
    void disconnected() {
        gone = true;
        body = null;
        var stream = pump;
        if (stream != null) {
            stream.stop();
        }
        end();
    }

    /** Ends a streaming answer orderly, for shutdown. */
    void endStream() {
        var stream = pump;
        if (stream != null) {
            stream.endOrderly();
        }
    }

    boolean streaming() {
        return pump != null;
    }

    boolean gone() {
        return gone;
    }

    /** The last byte was handed to the channel. */
    final void done() {
        body = null;
        pump = null;
        end();
        finished();
    }

    abstract void sendWhole(ApiResponse.Whole response, long length, boolean withBody);

    /** @param length -1 if unknown */
    abstract void sendHead(ApiResponse response, long length);

    /** A buffer for a piece of so many bytes of a body whose length is not known. */
    ByteBuf data(int length) {
        return channel.alloc().directBuffer(length);
    }

    /** @param data a buffer of {@link #data}, or any where the body's length is known */
    abstract void sendData(ByteBuf data);

    /** After the last data. */
    abstract void sendEnd();

    abstract void finished();

    /** The answer cannot be completed: makes that visible to the client. */
    abstract void abort();

    /** Sends what was written, now or at the end of the current round of reading. */
    abstract void flush();

    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    @Override
    public boolean canBeTakenOver() {
        return false;
    }

    @Override
    public void takeOver(byte[] head, Consumer<Channel> protocol) {
        throw new UnsupportedOperationException("this connection does not speak HTTP/1.1");
    }
}
