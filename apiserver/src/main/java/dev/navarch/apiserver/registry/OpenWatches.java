package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.watch.WatchFrames;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/** The watches of a resource that may cease to be served. Once they were ended, new ones end at once. */
final class OpenWatches {
    private final Set<WatchFrames> open = Collections.newSetFromMap(new WeakHashMap<>());
    private boolean ended;

    void add(WatchFrames watch) {
        boolean late;
        synchronized (this) {
            late = ended;
            open.add(watch);
        }
        if (late) {
            watch.finish();
        }
    }

    void end() {
        List<WatchFrames> all;
        synchronized (this) {
            ended = true;
            all = List.copyOf(open);
            open.clear();
        }
        all.forEach(WatchFrames::finish);
    }
}
