package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.StoreException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The IPAddress objects that show which service holds which address, written after the services that they are about; an
 * address that has one is given to nobody else. What is missing or left over after a crash is put right by {@link
 * #repair} (source: kubernetes pkg/registry/core/service/ipallocator/ipallocator.go, createIPAddress, and
 * .../controller/repairip.go).
 */
final class ServiceAddressObjects {
    private static final Logger log = LoggerFactory.getLogger(ServiceAddressObjects.class);
    private static final String MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
    private static final String FAMILY = "ipaddress.kubernetes.io/ip-family";
    private static final String MANAGER = "ipallocator.k8s.io";
    private static final User SELF = new User("system:apiserver", List.of(User.MASTERS));

    private final Objects objects;
    private final WriteVerbs writes;
    private final Supplier<Optional<ServedResource>> resource;

    /** @param resource IPAddresses, if they are served; asked for late, since it is made later */
    ServiceAddressObjects(Objects objects, WriteVerbs writes, Supplier<Optional<ServedResource>> resource) {
        this.objects = objects;
        this.writes = writes;
        this.resource = resource;
    }

    boolean exists(String address) {
        return resource.get()
                .flatMap(r -> objects.store().get(r.key("", address)))
                .isPresent();
    }

    /** Notes that the service holds the addresses. */
    void hold(ObjectNode service, List<String> addresses) {
        var served = resource.get();
        if (served.isEmpty()) {
            return;
        }
        for (var address : addresses) {
            try {
                create(served.get(), service, address);
            } catch (ApiFailure e) {
                if (e.code() != 409) {
                    log.warn("IPAddress {} could not be written; it will be later: {}", address, e.getMessage());
                }
            } catch (StoreException e) {
                log.warn("IPAddress {} could not be written; it will be later", address, e);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void create(ServedResource served, ObjectNode service, String address) throws InterruptedException {
        var object = Tree.object()
                .put("kind", "IPAddress")
                .put("apiVersion", served.type().groupVersion().apiVersion());
        var meta = Meta.of(object).put("name", address);
        meta.putObject("labels").put(FAMILY, "IPv4").put(MANAGED_BY, MANAGER);
        object.putObject("spec")
                .putObject("parentRef")
                .put("group", "")
                .put("resource", "services")
                .put("namespace", Meta.namespace(service))
                .put("name", Meta.name(service));
        writes.create(new Target(served, "", address, Part.WHOLE, "", SELF, false, served.ownTracking("")), object);
    }

    /** Removes what says that the service holds the addresses. */
    void release(ObjectNode service, List<String> addresses) {
        resource.get().ifPresent(served -> {
            for (var address : addresses) {
                objects.store()
                        .get(served.key("", address))
                        .filter(e -> isOf(e, service))
                        .ifPresent(this::delete);
            }
        });
    }

    private void delete(Entry entry) {
        try {
            objects.delete(entry);
        } catch (StoreException e) {
            log.warn("{} could not be deleted; it will be later", entry.key(), e);
        }
    }

    private boolean isOf(Entry entry, ObjectNode service) {
        return objects.trees()
                .tree(entry)
                .filter(ServiceAddressObjects::ours)
                .map(ServiceAddressObjects::holder)
                .filter(holder -> holder.equals(Meta.namespace(service) + "/" + Meta.name(service)))
                .isPresent();
    }

    private static boolean ours(ObjectNode address) {
        return Tree.text(address, "metadata", "labels", MANAGED_BY).equals(MANAGER);
    }

    private static String holder(ObjectNode address) {
        return Tree.text(address, "spec", "parentRef", "namespace") + "/"
                + Tree.text(address, "spec", "parentRef", "name");
    }

    /** Holds the objects against the services: missing ones are written, those that nobody holds any more removed. */
    void repair() {
        var served = resource.get();
        if (served.isEmpty()) {
            return;
        }
        // addresses first: a service that is created in between is no reason to remove one
        var there = objects.store().range(Range.all(served.get().prefix(""))).entries();
        var services = objects.list("", "services", "");
        Set<String> held = new HashSet<>();
        Set<String> known = new HashSet<>();
        there.forEach(e -> known.add(e.key().substring(e.key().lastIndexOf('/') + 1)));
        for (var service : services) {
            List<String> missing = new ArrayList<>();
            for (var address : ServiceAddresses.heldAddresses(service)) {
                held.add(address + " " + Meta.namespace(service) + "/" + Meta.name(service));
                if (!known.contains(address)) {
                    missing.add(address);
                }
            }
            hold(service, missing);
        }
        for (var entry : there) {
            objects.trees()
                    .tree(entry)
                    .filter(ServiceAddressObjects::ours)
                    .filter(o -> !held.contains(Meta.name(o) + " " + holder(o)))
                    .ifPresent(_ -> delete(entry));
        }
    }
}
