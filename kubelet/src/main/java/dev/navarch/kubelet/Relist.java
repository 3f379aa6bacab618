package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices what changed in the runtime: lists everything every so often and tells the uids of the pods whose containers
 * are no longer what they were. The runtime's events, where it has them, only make it look sooner.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/pleg/generic.go.
 */
final class Relist implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Relist.class);
    private static final Duration REOPEN = Duration.ofSeconds(5);

    private final ContainerRuntime runtime;
    private final TimeSource time;
    private final Duration period;
    private final Consumer<String> changed;

    /** One look at a time; guards {@code last}. */
    private final Object looking = new Object();

    private Map<String, Set<String>> last = new HashMap<>();
    private volatile boolean closed;
    private volatile @Nullable RuntimeEvents events;

    /** @param changed told a pod's uid; must not block */
    Relist(ContainerRuntime runtime, TimeSource time, Duration period, Consumer<String> changed) {
        this.runtime = runtime;
        this.time = time;
        this.period = period;
        this.changed = changed;
    }

    void start() {
        round();
        listen();
    }

    private void round() {
        if (closed) {
            return;
        }
        try {
            look();
        } catch (RuntimeFailure e) {
            log.warn("Can't list the containers: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.error("Listing the containers failed", e);
        }
        time.schedule(period, this::round);
    }

    /** Looks now. */
    void look() {
        Set<String> different = new HashSet<>();
        synchronized (looking) {
            var now = list();
            now.forEach((uid, states) -> {
                if (!states.equals(last.get(uid))) {
                    different.add(uid);
                }
            });
            last.keySet().stream().filter(uid -> !now.containsKey(uid)).forEach(different::add);
            last = now;
        }
        different.forEach(changed);
    }

    /** The uids of all pods that the runtime has something of. */
    Set<String> podUids() {
        return list().keySet();
    }

    private Map<String, Set<String>> list() {
        Map<String, Set<String>> all = new HashMap<>();
        for (var sandbox : runtime.listPodSandboxes(SandboxFilter.ALL)) {
            if (RuntimeLabels.isOurs(sandbox.labels())) {
                all.computeIfAbsent(sandbox.labels().get(RuntimeLabels.POD_UID), _ -> new HashSet<>())
                        .add(sandbox.id() + sandbox.state());
            }
        }
        for (var container : runtime.listContainers(ContainerFilter.ALL)) {
            if (RuntimeLabels.isOurs(container.labels())) {
                all.computeIfAbsent(container.labels().get(RuntimeLabels.POD_UID), _ -> new HashSet<>())
                        .add(container.id() + container.state());
            }
        }
        return all;
    }

    private void listen() {
        if (closed) {
            return;
        }
        try {
            var stream = runtime.events();
            if (stream.isPresent()) {
                events = stream.get();
                Thread.ofVirtual().name("runtime-events").start(() -> read(stream.get()));
            }
        } catch (RuntimeFailure e) {
            log.debug("The engine tells no events now", e);
            time.schedule(REOPEN, this::listen);
        }
    }

    private void read(RuntimeEvents stream) {
        try {
            while (true) {
                var event = stream.next();
                if (event == null) {
                    break;
                }
                if (event.podUid().isEmpty()) {
                    look();
                } else {
                    changed.accept(event.podUid());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (RuntimeFailure e) {
            log.debug("The stream of events broke", e);
        }
        if (!closed) {
            time.schedule(REOPEN, this::listen);
        }
    }

    @Override
    public void close() {
        closed = true;
        var open = events;
        if (open != null) {
            open.close();
        }
    }
}
