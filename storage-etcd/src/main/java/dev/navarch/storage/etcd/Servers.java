package dev.navarch.storage.etcd;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells gRPC of etcd's servers: one is used, the next when it fails or {@link #next} says so. Names are looked up again after a
 * failure.
 */
final class Servers extends NameResolverProvider {
    static final String SCHEME = "etcd";
    private static final int DEFAULT_PORT = 2379;

    private final List<URI> servers;
    /** Which one is tried first, counted on and on. */
    private final AtomicInteger first = new AtomicInteger();

    Servers(List<URI> servers) {
        this.servers = servers;
    }

    /** Another one is to be tried first, from the next look-up on; false if there is no other. */
    boolean next() {
        first.incrementAndGet();
        return servers.size() > 1;
    }

    private List<URI> inOrder() {
        var order = new ArrayList<>(servers);
        Collections.rotate(order, -Math.floorMod(first.get(), servers.size()));
        return order;
    }

    @Override
    protected boolean isAvailable() {
        return true;
    }

    @Override
    protected int priority() {
        return 5;
    }

    @Override
    public String getDefaultScheme() {
        return SCHEME;
    }

    @Override
    public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
        return Set.of(InetSocketAddress.class);
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
        return new Resolver(this, args);
    }

    private static final class Resolver extends NameResolver {
        private final Servers all;
        private final Args args;
        private volatile Listener2 listener;

        Resolver(Servers all, Args args) {
            this.all = all;
            this.args = args;
            this.listener = new Listener2() {
                @Override
                public void onResult(ResolutionResult result) {}

                @Override
                public void onError(Status error) {}
            };
        }

        @Override
        public String getServiceAuthority() {
            return all.servers.getFirst().getAuthority();
        }

        @Override
        public void start(Listener2 to) {
            listener = to;
            refresh();
        }

        @Override
        public void refresh() {
            var to = listener;
            Thread.ofVirtual().name("etcd-names").start(() -> {
                var found = lookUp();
                args.getSynchronizationContext()
                        .execute(() -> to.onResult2(ResolutionResult.newBuilder()
                                .setAddressesOrError(found)
                                .build()));
            });
        }

        private StatusOr<List<EquivalentAddressGroup>> lookUp() {
            List<EquivalentAddressGroup> found = new ArrayList<>();
            var servers = all.inOrder();
            for (var server : servers) {
                var named = Attributes.newBuilder()
                        .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, server.getAuthority())
                        .build();
                int port = server.getPort() < 0 ? DEFAULT_PORT : server.getPort();
                try {
                    for (var address : InetAddress.getAllByName(server.getHost())) {
                        found.add(new EquivalentAddressGroup(new InetSocketAddress(address, port), named));
                    }
                } catch (UnknownHostException e) {
                    if (found.isEmpty() && server.equals(servers.getLast())) {
                        return StatusOr.fromStatus(Status.UNAVAILABLE
                                .withDescription("unknown host " + server.getHost())
                                .withCause(e));
                    }
                }
            }
            return StatusOr.fromValue(List.copyOf(found));
        }

        @Override
        public void shutdown() {}
    }
}
