package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where the API servers over one store can be reached: each keeps a key there that expires soon after it no longer renews
 * it (source: kubernetes pkg/controlplane/reconcilers/lease.go; of the interval and the time to live,
 * pkg/controlplane/apiserver/options and pkg/controlplane/reconcilers/reconcilers.go).
 *
 * <p>A key is named by address and port, since servers of one machine differ in the port only.
 */
final class ServerAddresses {
    private static final String PREFIX = "/registry/masterleases/";
    private static final Duration TIME_TO_LIVE = Duration.ofSeconds(15);
    private static final Comparator<ServerAddress> ORDER =
            Comparator.comparingInt(ServerAddress::port).thenComparing(ServerAddress::ip);

    private final Store store;
    private long renewals;

    ServerAddresses(Store store) {
        this.store = store;
    }

    private static String key(ServerAddress address) {
        return PREFIX + address.ip() + ":" + address.port();
    }

    private Draft lease(ServerAddress address) {
        var object = Tree.object().put("kind", "Endpoints").put("apiVersion", "v1");
        object.putObject("metadata").put("generation", ++renewals);
        var subset = object.putArray("subsets").addObject();
        subset.putArray("addresses").addObject().put("ip", address.ip());
        subset.putArray("ports").addObject().put("port", address.port());
        return new Draft(Tree.json(object), -1, store.shared() ? Optional.of(TIME_TO_LIVE) : Optional.empty());
    }

    /** This server begins. Where nobody else uses the store, addresses that it finds there are its own former ones. */
    void begin(ServerAddress mine) {
        if (!store.shared()) {
            living().stream().filter(other -> !other.equals(mine)).forEach(this::remove);
        }
        renew(mine);
    }

    /** This server lives, for now; where nobody else uses the store, that needs not be said again. */
    void renew(ServerAddress mine) {
        if (!store.shared() && store.get(key(mine)).isPresent()) {
            return;
        }
        for (var there = store.get(key(mine)); ; ) {
            var draft = lease(mine);
            var write = there.<Write>map(entry -> new Write.Update(entry.key(), entry.revision(), draft))
                    .orElseGet(() -> new Write.Create(key(mine), draft));
            switch (store.write(write)) {
                case WriteResult.Committed _ -> {
                    return;
                }
                // it expired, or a server before us on the same address still lives
                case WriteResult.Stale(var current) -> there = current;
            }
        }
    }

    /** A server is no longer there. */
    void remove(ServerAddress gone) {
        store.get(key(gone)).ifPresent(entry -> store.write(new Write.Delete(entry.key(), entry.revision())));
    }

    /** All servers that live, ordered by port. */
    List<ServerAddress> living() {
        return store.range(Range.all(PREFIX)).entries().stream()
                .map(ServerAddresses::address)
                .flatMap(Optional::stream)
                .sorted(ORDER)
                .toList();
    }

    private static Optional<ServerAddress> address(Entry entry) {
        var name = entry.key().substring(PREFIX.length());
        int colon = name.lastIndexOf(':');
        try {
            return Optional.of(
                    new ServerAddress(name.substring(0, colon), Integer.parseInt(name.substring(colon + 1))));
        } catch (NumberFormatException | StringIndexOutOfBoundsException _) {
            return Optional.empty(); // none of ours
        }
    }
}
