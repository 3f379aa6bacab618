package dev.navarch.apiserver.webhook;

import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Watch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The webhooks of all configurations, by the configurations' names and in their order there. The store tells when one
 * has changed; what is asked for in between is one volatile read. A configuration holds from its acknowledgement on.
 */
final class HookConfigurations implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HookConfigurations.class);
    private static final String PREFIX = "/registry/admissionregistration.k8s.io/";

    private final Store store;
    private final JsonMapper json = new JsonMapper();
    private Watch watch;
    /** How often the store has told of something new. */
    private final AtomicLong told = new AtomicLong();

    /** What it had told when configurations were last read; set after they were, so that nobody goes by older ones. */
    private volatile long heeded = -1;

    private volatile Hooks hooks = new Hooks(List.of(), List.of());

    record Hooks(List<Hook> mutating, List<Hook> validating) {}

    HookConfigurations(Store store) {
        this.store = store;
        watch = load();
    }

    Hooks current() {
        if (heeded != told.get()) {
            refresh();
        }
        return hooks;
    }

    private Watch load() {
        var revision = read();
        var opened = store.watch(PREFIX, revision);
        opened.listen(told::incrementAndGet);
        told.incrementAndGet(); // something may have come before the listener
        return opened;
    }

    private synchronized void refresh() {
        long now = told.get();
        if (heeded == now) {
            return;
        }
        try {
            boolean changed = false;
            while (!watch.poll().isEmpty()) {
                changed = true;
            }
            if (changed) {
                read();
            }
        } catch (CompactedException _) {
            watch.close();
            watch = load();
        }
        heeded = now;
    }

    private long read() {
        var page = store.range(Range.all(PREFIX));
        List<Hook> mutating = new ArrayList<>();
        List<Hook> validating = new ArrayList<>();
        for (var entry : page.entries()) {
            if (entry.key().startsWith(PREFIX + "mutatingwebhookconfigurations/")) {
                read(entry.key(), entry.value(), mutating);
            } else if (entry.key().startsWith(PREFIX + "validatingwebhookconfigurations/")) {
                read(entry.key(), entry.value(), validating);
            }
        }
        hooks = new Hooks(List.copyOf(mutating), List.copyOf(validating));
        return page.revision();
    }

    private void read(String key, byte[] value, List<Hook> into) {
        try {
            Tree.objects(json.readTree(value), "webhooks").forEach(hook -> into.add(Hook.of(hook)));
        } catch (JacksonException | SelectorException e) {
            log.error("A stored webhook configuration cannot be read: {}", key, e);
        }
    }

    @Override
    public synchronized void close() {
        watch.close();
    }
}
