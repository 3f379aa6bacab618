package dev.navarch.kubelet.simulated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client that forwards ports: for each connection that it has, two streams, one for the bytes and one for what goes wrong.
 *
 * <p>Source: k8s.io/cri-streaming pkg/streaming/portforward/httpstream.go.
 */
final class ForwardSession implements SpdyConnection.Session {
    private static final Logger log = LoggerFactory.getLogger(ForwardSession.class);

    private final IntFunction<Optional<PortHandler>> ports;
    private final Map<String, SpdyConnection.Stream> halves = new HashMap<>();
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

    /** @param ports who answers at a port */
    ForwardSession(IntFunction<Optional<PortHandler>> ports) {
        this.ports = ports;
    }

    @Override
    public void opened(SpdyConnection.Stream stream) {
        var request = stream.headers().getOrDefault("requestid", "") + " "
                + stream.headers().getOrDefault("port", "");
        var other = halves.remove(request);
        if (other == null) {
            halves.put(request, stream);
        } else if (stream.type().equals("data")) {
            begin(stream, other);
        } else {
            begin(other, stream);
        }
    }

    private void begin(SpdyConnection.Stream data, SpdyConnection.Stream error) {
        var thread = Thread.ofVirtual().name("simulated-port").unstarted(() -> {
            try {
                serve(data, error);
            } catch (IOException e) {
                log.debug("A forwarded connection broke", e);
            } finally {
                running.remove(Thread.currentThread());
            }
        });
        running.add(thread);
        thread.start();
    }

    private void serve(SpdyConnection.Stream data, SpdyConnection.Stream error) throws IOException {
        var problem = forward(data);
        if (problem.isPresent()) {
            error.out().write(problem.get().getBytes(StandardCharsets.UTF_8));
        }
        data.in().close();
        data.out().close();
        error.out().close();
    }

    private Optional<String> forward(SpdyConnection.Stream data) {
        var text = data.headers().getOrDefault("port", "");
        try {
            var handler = ports.apply(Integer.parseInt(text));
            if (handler.isEmpty()) {
                return Optional.of(refused(text));
            }
            handler.get().serve(data.in(), data.out());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (IOException | RuntimeException e) {
            log.debug("The handler of port {} failed", text, e);
            return Optional.of("error forwarding port " + text + ": " + e.getMessage());
        }
    }

    /** What a client reads when nobody listens at a port. */
    static String refused(String port) {
        return "error forwarding port " + port + ": failed to connect to localhost:" + port
                + " inside the simulated pod: connection refused";
    }

    @Override
    public void gone() {
        running.forEach(Thread::interrupt);
    }
}
