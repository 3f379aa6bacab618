package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.User;
import dev.navarch.apiserver.discovery.DiscoveryHandler;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.WatchClosedException;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the stored definitions of custom resources: accepts their names, serves what they define as soon as they are
 * established, and empties and removes those that are deleted. One thread does all of it; a definition is served within
 * milliseconds, and requests never wait for it (source: k8s.io/apiextensions-apiserver pkg/controller/status,
 * .../establish and .../finalizer; pkg/apiserver/customresource_handler.go).
 */
final class CustomDefinitions implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CustomDefinitions.class);
    private static final String GROUP = "apiextensions.k8s.io";
    private static final String PLURAL = "customresourcedefinitions";
    private static final String FINALIZER = "customresourcecleanup.apiextensions.k8s.io";
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration EMPTYING = Duration.ofMillis(500);
    private static final User SELF =
            new User("system:apiserver", "", List.of("system:masters", "system:authenticated"), Map.of());

    private final Catalogue builtIn;
    private final Resources resources;
    private final Objects objects;
    private final WriteVerbs writes;
    private final DeleteVerbs deletes;
    private final DiscoveryHandler discovery;
    private final KindRulesCatalogue rules;
    private final FieldManager.Shared fields;
    private final CustomKind.Conversions conversions;
    private final DefinitionStatus statuses;
    private final Map<String, Served> served = new TreeMap<>();
    /** Of definitions, the revision that was looked at last; its monitor tells of more. */
    private final Map<String, Long> settled = new HashMap<>();

    private final Set<String> unsettled = new LinkedHashSet<>();
    /** Of what is no longer served as it was. */
    private final List<OpenWatches> ending = new ArrayList<>();

    private @Nullable Thread thread;
    private volatile boolean closed;

    /**
     * A definition that is served.
     *
     * @param spec by which a change is seen
     */
    private record Served(
            CustomDefinition definition,
            ObjectNode spec,
            boolean terminating,
            OpenWatches watches,
            List<ServedResource> resources,
            List<ResourceType> documented) {}

    CustomDefinitions(
            Catalogue builtIn,
            Resources resources,
            Objects objects,
            WriteVerbs writes,
            DeleteVerbs deletes,
            DiscoveryHandler discovery,
            KindRulesCatalogue rules,
            FieldManager.Shared fields,
            CustomKind.Conversions conversions,
            TimeSource time) {
        this.builtIn = builtIn;
        this.resources = resources;
        this.objects = objects;
        this.writes = writes;
        this.deletes = deletes;
        this.discovery = discovery;
        this.rules = rules;
        this.fields = fields;
        this.conversions = conversions;
        statuses = new DefinitionStatus(time);
    }

    /** Serves what is established already, and begins to follow. */
    synchronized void start() throws InterruptedException {
        if (builtIn.find(GROUP, "v1", PLURAL).isEmpty()) {
            return; // switched off
        }
        var there = objects.store().range(Range.all(prefix()));
        there.entries().forEach(entry -> observe(entry, objects.tree(entry)));
        publish();
        thread = Thread.ofVirtual().name("custom-definitions").start(() -> follow(there.revision()));
    }

    private String prefix() {
        return resources.of(GROUP, PLURAL).prefix("");
    }

    private void follow(long from) {
        long revision = from;
        unsettled.addAll(names());
        while (!closed) {
            try (var watch = objects.store().watch(prefix(), revision)) {
                settle();
                while (!closed) {
                    var events = watch.next(unsettled.isEmpty() ? IDLE : EMPTYING);
                    for (var event : events) {
                        revision = Math.max(revision, event.revision());
                        unsettled.add(name(key(event)));
                    }
                    settle();
                }
            } catch (CompactedException _) {
                revision = objects.store().revision();
                unsettled.addAll(names());
            } catch (InterruptedException _) {
                return;
            } catch (WatchClosedException | StoreException e) {
                if (!closed) {
                    log.warn("The definitions of custom resources can't be followed; trying again", e);
                    pause();
                    unsettled.addAll(names());
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(EMPTYING);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> names() {
        List<String> names = new ArrayList<>(served.keySet());
        objects.store().range(Range.all(prefix())).entries().forEach(e -> names.add(name(e.key())));
        return names;
    }

    private static String key(StoreEvent event) {
        return switch (event) {
            case StoreEvent.Put put -> put.now().key();
            case StoreEvent.Delete delete -> delete.last().key();
        };
    }

    private static String name(String key) {
        return key.substring(key.lastIndexOf('/') + 1);
    }

    /**
     * Waits, for a moment, until what the store says of a definition is heeded. What one server told to be established,
     * the others serve too.
     *
     * @return whether there is one
     */
    boolean await(String group, String plural) throws InterruptedException {
        if (builtIn.find(GROUP, "v1", PLURAL).isEmpty()) {
            return false;
        }
        var name = plural + "." + group;
        var entry = objects.store().get(prefix() + name);
        if (entry.isEmpty()) {
            return false;
        }
        long end = System.nanoTime() + EMPTYING.toNanos();
        synchronized (settled) {
            while (settled.getOrDefault(name, 0L) < entry.get().revision()) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    break;
                }
                settled.wait(left);
            }
        }
        return true;
    }

    private void settled(String name, Optional<Entry> entry) {
        synchronized (settled) {
            if (entry.isPresent()) {
                settled.put(name, entry.get().revision());
            } else {
                settled.remove(name);
            }
            settled.notifyAll();
        }
    }

    /** Looks at each definition that changed, and at those that wait for something. */
    private void settle() throws InterruptedException {
        boolean changed = false;
        for (var name : List.copyOf(unsettled)) {
            unsettled.remove(name);
            try {
                changed |= settle(name);
            } catch (RuntimeException e) {
                log.warn("The definition {} is not settled yet; trying again", name, e);
                unsettled.add(name);
            }
        }
        if (changed) {
            publish();
        }
    }

    /** @return whether what is served changed */
    private boolean settle(String name) throws InterruptedException {
        var entry = objects.find(resources.of(GROUP, PLURAL), "", name);
        boolean changed = settle(name, entry);
        settled(name, entry);
        return changed;
    }

    private boolean settle(String name, Optional<Entry> entry) throws InterruptedException {
        if (entry.isEmpty()) {
            return forget(name);
        }
        var tree = objects.tree(entry.get());
        if (Meta.deleting(tree)) {
            boolean changed = observe(entry.get(), tree);
            if (changed) {
                publish(); // so that nothing is created any more
            }
            remove(name, tree);
            return changed;
        }
        if (!Meta.finalizers(tree).contains(FINALIZER)) {
            change(name, Part.WHOLE, now -> {
                var finalizers = new ArrayList<>(Meta.finalizers(now));
                if (!finalizers.contains(FINALIZER)) {
                    finalizers.add(FINALIZER);
                    Meta.finalizers(now, finalizers);
                }
            });
        }
        var status = statuses.of(tree, taken(tree));
        var settled = tree.deepCopy();
        settled.set("status", status);
        if (observe(entry.get(), settled)) {
            publish(); // before it is told, so that who reads of it finds it
        }
        if (!status.equals(Tree.at(tree, "status"))) {
            change(name, Part.STATUS, now -> now.set("status", status));
        }
        return false;
    }

    /** The names that others of the group have. */
    private List<CustomDefinition.Names> taken(ObjectNode definition) {
        var group = Tree.text(definition, "spec", "group");
        List<CustomDefinition.Names> taken = new ArrayList<>();
        for (var other : objects.list(GROUP, PLURAL, "")) {
            if (!Meta.name(other).equals(Meta.name(definition))
                    && Tree.text(other, "spec", "group").equals(group)
                    && Tree.at(other, "status", "acceptedNames").isObject()) {
                taken.add(CustomDefinition.Names.of(Tree.at(other, "status", "acceptedNames")));
            }
        }
        for (var type : builtIn.types()) {
            if (type.group().equals(group)) {
                taken.add(new CustomDefinition.Names(
                        type.plural(), type.singular(), type.kind(), type.listKind(), type.shortNames(), List.of()));
            }
        }
        return taken;
    }

    private interface Edit {
        void of(ObjectNode definition);
    }

    private void change(String name, Part part, Edit edit) throws InterruptedException {
        var resource = resources.of(GROUP, PLURAL);
        var target = new Target(
                resource, "", name, part, part.subresource(), SELF, false, resource.ownTracking(part.subresource()));
        try {
            writes.change(target, false, old -> {
                var now = old.deepCopy();
                edit.of(now);
                return now;
            });
        } catch (ApiFailure e) {
            if (e.code() != 404) {
                throw e;
            }
        }
    }

    /**
     * Brings what is served in line with a definition.
     *
     * @param tree the entry's, with the status that it is about to have
     */
    private boolean observe(Entry entry, ObjectNode tree) {
        var definition =
                CustomDefinition.of(tree, () -> (ObjectNode) JsonMapper.shared().readTree(entry.value()));
        if (!definition.established()) {
            return forget(definition.name());
        }
        var spec = (ObjectNode) Tree.at(tree, "spec");
        boolean terminating = Meta.deleting(tree);
        var now = served.get(definition.name());
        if (now != null
                && now.spec.equals(spec)
                && now.terminating == terminating
                && now.definition.uid().equals(definition.uid())) {
            return false;
        }
        var watches = now == null || !now.spec.equals(spec) ? new OpenWatches() : now.watches;
        var made = CustomKind.resources(definition, watches, entry.revision(), terminating, rules, fields, conversions);
        served.put(
                definition.name(),
                new Served(definition, spec, terminating, watches, made, CustomKind.documented(definition)));
        if (now != null && now.watches != watches) {
            ending.add(now.watches);
        }
        return true;
    }

    private boolean forget(String name) {
        var gone = served.remove(name);
        if (gone == null) {
            return false;
        }
        ending.add(gone.watches);
        // a name that it had may be wanted by others
        var group = gone.definition.group();
        objects.list(GROUP, PLURAL, "").stream()
                .filter(d -> Tree.text(d, "spec", "group").equals(group))
                .forEach(d -> unsettled.add(Meta.name(d)));
        return true;
    }

    private void publish() {
        List<ServedResource> all = new ArrayList<>();
        List<ResourceType> types = new ArrayList<>();
        for (var one : served.values()) {
            all.addAll(one.resources);
            types.addAll(one.documented);
        }
        resources.publish(all);
        discovery.publish(builtIn.with(types));
        // only now, so that who sees a watch end finds what is served instead
        ending.forEach(OpenWatches::end);
        ending.clear();
    }

    /** Deletes all objects of a definition that is being deleted; when none is left, it may go. */
    private void remove(String name, ObjectNode tree) throws InterruptedException {
        if (!Meta.finalizers(tree).contains(FINALIZER)) {
            return;
        }
        var status = statuses.terminating(tree);
        if (!status.equals(Tree.at(tree, "status"))) {
            change(name, Part.STATUS, now -> now.set("status", status));
        }
        var one = served.get(name);
        boolean empty = one == null || one.resources.isEmpty() || empty(one.resources.getFirst());
        if (empty) {
            change(name, Part.WHOLE, now -> {
                var finalizers = new ArrayList<>(Meta.finalizers(now));
                finalizers.remove(FINALIZER);
                Meta.finalizers(now, finalizers);
            });
        } else {
            unsettled.add(name);
        }
    }

    private boolean empty(ServedResource resource) throws InterruptedException {
        for (var entry : objects.store().range(Range.all(resource.prefix(""))).entries()) {
            var object = objects.tree(entry);
            if (!Meta.deleting(object)) {
                try {
                    deletes.delete(
                            SELF, resource.stored(), Meta.namespace(object), Meta.name(object), DeleteOptions.NONE);
                } catch (ApiFailure e) {
                    if (e.code() != 404) {
                        throw e;
                    }
                }
            }
        }
        return objects.store().range(Range.all(resource.prefix(""))).entries().isEmpty();
    }

    @Override
    public void close() {
        closed = true;
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }
}
