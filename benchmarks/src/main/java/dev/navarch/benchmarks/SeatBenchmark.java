package dev.navarch.benchmarks;

import dev.navarch.apiserver.flowcontrol.FlowControl;
import dev.navarch.apiserver.flowcontrol.RequestGate;
import dev.navarch.apiserver.flowcontrol.Ticket;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to be given a seat and to give it back, where nobody has to wait. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class SeatBenchmark {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final SystemTime time = new SystemTime();
    private final MemoryStore store = new MemoryStore(time);
    private final User someone = new User("user-4711", List.of("staff", User.AUTHENTICATED));
    private final User node = new User("system:node:node-11", List.of("system:nodes", User.AUTHENTICATED));
    private ApiRequest get;
    private ApiRequest update;
    private ApiRequest heartbeat;
    private FlowControl gate;

    @Setup
    public void start() {
        gate = new FlowControl(store, 600, time);
        get = request("GET", "/api/v1/namespaces/n/pods/p", someone);
        update = request("PUT", "/api/v1/namespaces/n/configmaps/c", someone);
        heartbeat = request("PATCH", "/api/v1/nodes/node-11/status", node);
    }

    @TearDown
    public void stop() {
        gate.close();
        store.close();
        time.close();
    }

    private static ApiRequest request(String method, String path, User user) {
        var info = RequestInfoParser.parse(method, path, Query.EMPTY);
        return new ApiRequest(
                method, path, Query.EMPTY, Headers.of(), ApiRequest.NO_BODY, user, info, ApiRequest.newAuditId());
    }

    private static Ticket.State seat(RequestGate gate, ApiRequest request) {
        var ticket = gate.enter(request, PATIENCE);
        var state = ticket.state();
        ticket.answered();
        ticket.close();
        return state;
    }

    @Benchmark
    public Ticket.State get() {
        return seat(gate, get);
    }

    @Benchmark
    public Ticket.State update() {
        return seat(gate, update);
    }

    @Benchmark
    public Ticket.State heartbeatOfANode() {
        return seat(gate, heartbeat);
    }
}
