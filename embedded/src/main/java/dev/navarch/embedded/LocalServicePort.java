package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ListQuery;
import dev.navarch.kubelet.simulated.PortHandler;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A port of this machine that leads to what the pods of a service answer; one after the other has its turn. */
final class LocalServicePort implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalServicePort.class);

    private final ApiClient client;
    private final EmbeddedNodes nodes;
    private final String namespace;
    private final String service;
    private final int port;
    private final ServerSocket listener;
    private final AtomicInteger turn = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    LocalServicePort(ApiClient client, EmbeddedNodes nodes, String namespace, String service, int port)
            throws IOException {
        this.client = client;
        this.nodes = nodes;
        this.namespace = namespace;
        this.service = service;
        this.port = port;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("service-port").start(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept() {
        try {
            while (true) {
                var socket = listener.accept();
                open.add(socket);
                Thread.ofVirtual().name("service-connection").start(() -> serve(socket));
            }
        } catch (IOException e) {
            log.debug("No more connections to {}", service);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var handler = handler();
            if (handler.isPresent()) {
                handler.get().serve(socket.getInputStream(), socket.getOutputStream());
            }
        } catch (IOException e) {
            log.debug("A connection to {} broke", service, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    /** Of one of the ready pods; empty if none is. */
    private Optional<PortHandler> handler() {
        var name = client.resource(Service.class)
                .get(namespace, service)
                .flatMap(found -> found.getSpec().getPorts().stream()
                        .filter(one -> one.getPort() == port)
                        .findFirst())
                .map(one -> Objects.requireNonNullElse(one.getName(), ""));
        if (name.isEmpty()) {
            return Optional.empty();
        }
        var slices = client.resource(EndpointSlice.class)
                .list(ListQuery.inNamespace(namespace).labels("kubernetes.io/service-name=" + service))
                .items();
        var handlers = slices.stream()
                .flatMap(slice -> slice.getPorts().stream()
                        .filter(one ->
                                Objects.requireNonNullElse(one.getName(), "").equals(name.get()))
                        .flatMap(one -> slice.getEndpoints().stream()
                                .filter(end ->
                                        Boolean.TRUE.equals(end.getConditions().getReady())
                                                && end.getTargetRef() != null
                                                && end.getNodeName() != null)
                                .flatMap(end -> at(end, one.getPort()).stream())))
                .toList();
        return handlers.isEmpty()
                ? Optional.empty()
                : Optional.of(handlers.get(Math.floorMod(turn.getAndIncrement(), handlers.size())));
    }

    private Optional<PortHandler> at(Endpoint end, int ofPod) {
        if (nodes.isReal(end.getNodeName())) {
            return Optional.of(PortHandler.to(new InetSocketAddress(
                    InetAddress.ofLiteral(end.getAddresses().getFirst()), ofPod)));
        }
        return nodes.node(end.getNodeName()).port(end.getTargetRef().getUid(), ofPod);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (var socket : open) {
            socket.close();
        }
    }
}
