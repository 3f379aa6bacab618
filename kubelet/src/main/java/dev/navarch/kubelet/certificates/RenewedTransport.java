package dev.navarch.kubelet.certificates;

import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Goes with the certificate that is current. When that is another, connections with the old one end, watches too, as in
 * upstream's kubelet (source: kubernetes pkg/kubelet/certificate/transport.go), so that none outlives its certificate.
 */
public final class RenewedTransport implements Transport {
    private final Supplier<Optional<Certified>> current;
    private final Function<Optional<Certified>, Transport> open;
    private @Nullable Opened opened;
    private boolean closed;

    private record Opened(Optional<Certified> certified, Transport transport) {}

    /** @param open what goes with a certificate, or with none */
    public RenewedTransport(Supplier<Optional<Certified>> current, Function<Optional<Certified>, Transport> open) {
        this.current = current;
        this.open = open;
    }

    @Override
    public Response send(Request request) throws IOException, InterruptedException {
        return transport().send(request);
    }

    private synchronized Transport transport() throws IOException {
        if (closed) {
            throw new IOException("closed");
        }
        var now = current.get();
        var before = opened;
        if (before != null && before.certified.orElse(null) == now.orElse(null)) {
            return before.transport;
        }
        var next = new Opened(now, open.apply(now));
        opened = next;
        if (before != null) {
            before.transport.close();
        }
        return next.transport;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (opened != null) {
            opened.transport.close();
        }
    }
}
