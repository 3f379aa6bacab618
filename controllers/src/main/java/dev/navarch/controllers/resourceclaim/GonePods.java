package dev.navarch.controllers.resourceclaim;

import java.util.LinkedHashMap;
import java.util.Map;

/** The uids of the last pods that were seen to go, so that the server need not be asked for them. */
final class GonePods {
    private static final int MOST = 500;

    /** Guarded by this. */
    private final Map<String, Boolean> uids = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    };

    synchronized void add(String uid) {
        uids.put(uid, true);
    }

    synchronized boolean has(String uid) {
        return uids.containsKey(uid);
    }
}
