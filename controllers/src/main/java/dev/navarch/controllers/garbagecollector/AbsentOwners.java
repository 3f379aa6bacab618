package dev.navarch.controllers.garbagecollector;

import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the server was found to have no object of this uid, which stays so: uids are not used again. The newest few
 * hundred. Safe for use by many threads. source: kubernetes pkg/controller/garbagecollector/uid_cache.go.
 */
final class AbsentOwners {
    private static final int REMEMBERED = 500;

    /** Guarded by itself. */
    private final Map<Coordinates, Boolean> known = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Coordinates, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    void add(Coordinates nothing) {
        synchronized (known) {
            known.put(nothing, true);
        }
    }

    /** Whether nothing is where a reference from this namespace leads, be its kind namespaced or not. */
    boolean has(OwnerReference reference, String namespace) {
        var there = Coordinates.of(reference, namespace);
        synchronized (known) {
            return known.containsKey(there) || known.containsKey(there.in(""));
        }
    }
}
