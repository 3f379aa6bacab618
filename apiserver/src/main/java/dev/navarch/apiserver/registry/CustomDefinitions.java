package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.api.custom.DefinitionText;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.discovery.DiscoveryHandler;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.User;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
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
    static final String FINALIZER = "customresourcecleanup.apiextensions.k8s.io";
    private static final DefinitionStatus.Condition DELETING = new DefinitionStatus.Condition(
            "Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress");
    private static final DefinitionStatus.Condition DELETED = new DefinitionStatus.Condition(
            "Terminating", "False", "InstanceDeletionCompleted", "removed all instances");
    private static final DefinitionStatus.Condition OVERLAPPING = new DefinitionStatus.Condition(
            "Terminating",
            "False",
            "OverlappingBuiltInResource",
            "instances overlap with built-in resources in storage");
    private static final DefinitionStatus.Condition NEVER_ESTABLISHED = new DefinitionStatus.Condition(
            "Terminating", "False", "NeverEstablished", "resource was never established");
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration EMPTYING = Duration.ofMillis(500);
    /** Between looks at what was settled already, so many at a time. */
    private static final Duration PACE = Duration.ofMillis(200);

    private static final int AT_A_TIME = 10;
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
    private final Map<String, Known> known = new TreeMap<>();
    /** Of definitions, the revision that was looked at last; its monitor tells of more. */
    private final Map<String, Long> settled = new HashMap<>();

    private final KnownOutlines outlines;
    private final Set<String> unsettled = new LinkedHashSet<>();
    /** To be looked at again after a while. */
    private final Set<String> waiting = new LinkedHashSet<>();
    /** What is left to be done for definitions that are served already, by name. */
    private final Map<String, Rest> rests = new LinkedHashMap<>();
    /** What was looked at and may be kept compressed. */
    private final Deque<Entry> looked = new ArrayDeque<>();
    /** What a server before this one had settled already: looked at again by and by, so that a start needs not wait. */
    private final Deque<String> later = new ArrayDeque<>();

    /** Of what is no longer served as it was. */
    private final List<OpenWatches> ending = new ArrayList<>();

    private @Nullable Thread thread;
    private volatile boolean closed;

    /**
     * A definition as it was seen last.
     *
     * @param accepted the names that it has
     * @param resources what it is served as; null as long as it is not established
     */
    private record Known(
            CustomDefinition definition,
            CustomDefinition.Names accepted,
            boolean namesConflict,
            boolean terminating,
            OpenWatches watches,
            LatestText text,
            CustomKind.@Nullable Resources resources,
            List<ResourceType> documented) {

        boolean served() {
            return resources != null && !resources.served().isEmpty();
        }

        Known with(CustomDefinition.Names names, boolean conflict) {
            return new Known(definition, names, conflict, terminating, watches, text, resources, documented);
        }
    }

    /** Where the schemas of a definition are read: wherever it lies now, so that no older text is kept for them. */
    private static final class LatestText {
        private volatile DefinitionText text;

        LatestText(DefinitionText text) {
            this.text = text;
        }

        JsonNode schema(int version) {
            return text.schema(version);
        }
    }

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
            KnownOutlines outlines,
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
        this.outlines = outlines;
        statuses = new DefinitionStatus(time);
    }

    /** Serves what is established already, and begins to follow. */
    synchronized void start() throws InterruptedException {
        if (thread != null || builtIn.find(GROUP, "v1", PLURAL).isEmpty()) {
            return; // begun, or switched off
        }
        var there = objects.store().range(Range.all(prefix()));
        outlines.read(there.entries());
        there.entries().forEach(this::observeFirst);
        outlines.forget();
        publish();
        thread = Thread.ofVirtual().name("custom-definitions").start(() -> follow(there.revision()));
    }

    private void observeFirst(Entry entry) {
        try {
            var text = DefinitionText.of(entry::value);
            var known = outlines.take(entry);
            var outline = known == null ? text.outline() : known;
            observe(entry, text, outline);
            if (known == null) {
                outlines.note(entry, outline);
            }
            if (Meta.deleting(outline) || !CustomDefinition.condition(outline, "Established")) {
                unsettled.add(name(entry.key()));
            } else {
                later.add(name(entry.key()));
                settled(name(entry.key()), entry.revision());
            }
        } catch (JacksonException e) {
            log.error("The definition {} cannot be read", entry.key(), e);
        }
    }

    private String prefix() {
        return resources.of(GROUP, PLURAL).prefix("");
    }

    private void follow(long from) {
        long revision = from;
        while (!closed) {
            try (var watch = objects.store().watch(prefix(), revision)) {
                settle();
                while (!closed) {
                    boolean busy = !unsettled.isEmpty() || !rests.isEmpty() || !looked.isEmpty();
                    var events = busy ? watch.poll() : watch.next(patience());
                    for (var event : events) {
                        revision = Math.max(revision, event.revision());
                        unsettled.add(name(key(event)));
                    }
                    if (!busy) {
                        unsettled.addAll(waiting);
                        waiting.clear();
                        for (int i = 0; i < AT_A_TIME && !later.isEmpty(); i++) {
                            unsettled.add(later.remove());
                        }
                    }
                    settle();
                    finishOne();
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

    private Duration patience() {
        if (!waiting.isEmpty()) {
            return EMPTYING;
        }
        return later.isEmpty() ? IDLE : PACE;
    }

    private static void pause() {
        try {
            Thread.sleep(EMPTYING);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> names() {
        List<String> names = new ArrayList<>(known.keySet());
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

    private void settled(String name, long revision) {
        synchronized (settled) {
            settled.put(name, revision);
            settled.notifyAll();
        }
    }

    /** What is left to be written once a definition is served as it says. */
    private interface Rest {
        void write() throws InterruptedException;
    }

    /**
     * Looks at each definition that changed, and at those that wait for something. It is served before it is told so, so
     * that who reads of it finds it; what takes time, the telling, is left for when nothing else waits to be served.
     */
    private void settle() {
        boolean changed = false;
        Map<String, Long> seen = new HashMap<>();
        for (var name : List.copyOf(unsettled)) {
            unsettled.remove(name);
            try {
                var entry = objects.find(resources.of(GROUP, PLURAL), "", name);
                if (entry.isPresent()) {
                    changed |= settle(name, entry.get());
                    seen.put(name, entry.get().revision());
                } else {
                    changed |= forget(name);
                }
            } catch (RuntimeException e) {
                again(name, e);
            }
        }
        if (changed) {
            publish();
        }
        seen.forEach(this::settled);
    }

    /** What is told comes before what is only put in order. */
    private void finishOne() throws InterruptedException {
        var first = rests.entrySet().iterator();
        if (!first.hasNext()) {
            if (!looked.isEmpty()) {
                objects.store().fold(looked.remove());
            }
        } else {
            var rest = first.next();
            first.remove();
            try {
                rest.getValue().write();
            } catch (RuntimeException e) {
                again(rest.getKey(), e);
            }
        }
    }

    private void again(String name, RuntimeException e) {
        log.warn("The definition {} is not settled yet; trying again", name, e);
        waiting.add(name);
    }

    /** @return whether what is served changed */
    private boolean settle(String name, Entry entry) {
        var text = DefinitionText.of(entry::value);
        var outline = text.outline();
        if (Meta.deleting(outline)) {
            rests.put(name, () -> {
                remove(name, outline);
                looked.add(entry);
            });
            return observe(entry, text, outline);
        }
        var status = statuses.of(outline, text::schema, taken(name, Tree.text(outline, "spec", "group")));
        boolean settled = status.equals(Tree.at(outline, "status"));
        outline.set("status", status);
        rests.put(name, () -> {
            if (settled) {
                outlines.note(entry, outline);
            } else {
                change(name, Part.STATUS, now -> {
                    var there = Tree.childObject(now, "status"); // which versions are stored may have changed meanwhile
                    there.set("acceptedNames", status.get("acceptedNames"));
                    there.set("conditions", status.get("conditions"));
                });
            }
            looked.add(entry);
        });
        return observe(entry, text, outline);
    }

    /** The names that others of the group have. */
    private DefinitionStatus.Taken taken(String name, String group) {
        List<CustomDefinition.Names> names = new ArrayList<>();
        known.forEach((other, one) -> {
            if (!other.equals(name) && one.definition.group().equals(group)) {
                names.add(one.accepted);
            }
        });
        for (var type : builtIn.types()) {
            if (type.group().equals(group)) {
                names.add(new CustomDefinition.Names(
                        type.plural(), type.singular(), type.kind(), type.listKind(), type.shortNames(), List.of()));
            }
        }
        return DefinitionStatus.Taken.of(names);
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
     * @param outline the text's, with the status that it is about to have
     * @return whether what is served changed
     */
    private boolean observe(Entry entry, DefinitionText text, ObjectNode outline) {
        var name = name(entry.key());
        var before = known.get(name);
        var accepted = CustomDefinition.Names.of(Tree.at(outline, "status", "acceptedNames"));
        boolean conflict = !CustomDefinition.condition(outline, "NamesAccepted");
        boolean terminating = Meta.deleting(outline);
        var latest = new LatestText(text);
        var definition = CustomDefinition.of(outline, latest::schema);
        boolean same = before != null && before.definition.saysTheSame(definition);
        if (before != null && !before.accepted.equals(accepted)) {
            reconsider(definition.group());
        }
        if (same) {
            before.text.text = text;
            if (before.terminating == terminating) {
                known.put(name, before.with(accepted, conflict));
                return false;
            }
            latest = before.text;
            definition = before.definition;
        }
        var watches = same ? before.watches : new OpenWatches();
        CustomKind.Resources made = null;
        List<ResourceType> documented = List.of();
        if (definition.established()) {
            made = CustomKind.resources(definition, watches, entry.revision(), terminating, rules, fields, conversions);
            documented = same ? before.documented : CustomKind.documented(definition);
        }
        known.put(name, new Known(definition, accepted, conflict, terminating, watches, latest, made, documented));
        if (before != null && before.served() && !same) {
            ending.add(before.watches);
        }
        return known.get(name).served() || before != null && before.served();
    }

    private boolean forget(String name) {
        var gone = known.remove(name);
        rests.remove(name);
        outlines.forget(prefix() + name);
        synchronized (settled) {
            settled.remove(name);
        }
        if (gone == null) {
            return false;
        }
        reconsider(gone.definition.group());
        ending.add(gone.watches);
        return gone.served();
    }

    /** A name may have become free that others of the group want. */
    private void reconsider(String group) {
        known.forEach((name, one) -> {
            if (one.namesConflict && one.definition.group().equals(group)) {
                unsettled.add(name);
            }
        });
    }

    private void publish() {
        List<ServedResource> all = new ArrayList<>();
        List<ResourceType> types = new ArrayList<>();
        for (var one : known.values()) {
            if (one.resources != null) {
                all.addAll(one.resources.served());
            }
            types.addAll(one.documented);
        }
        resources.publish(all);
        discovery.publish(builtIn.with(types));
        // only now, so that who sees a watch end finds what is served instead
        ending.forEach(OpenWatches::end);
        ending.clear();
    }

    /** Deletes all objects of a definition that is being deleted; when none is left, it may go. */
    private void remove(String name, ObjectNode outline) throws InterruptedException {
        if (!Meta.finalizers(outline).contains(FINALIZER)) {
            return;
        }
        var one = known.get(name);
        var stored = one == null || one.resources == null ? null : one.resources.stored();
        boolean overlaps = stored != null && builtIn(stored);
        if (stored != null && !overlaps && !empty(stored)) {
            terminating(name, outline, DELETING);
            waiting.add(name);
            return;
        }
        terminating(name, outline, overlaps ? OVERLAPPING : stored != null ? DELETED : NEVER_ESTABLISHED);
        change(name, Part.WHOLE, now -> {
            var finalizers = new ArrayList<>(Meta.finalizers(now));
            finalizers.remove(FINALIZER);
            Meta.finalizers(now, finalizers);
        });
    }

    private boolean builtIn(ServedResource resource) {
        return builtIn.types().stream()
                .anyMatch(t -> t.group().equals(resource.group()) && t.plural().equals(resource.plural()));
    }

    private void terminating(String name, ObjectNode outline, DefinitionStatus.Condition condition)
            throws InterruptedException {
        var status = statuses.terminating(outline, condition);
        if (!status.equals(Tree.at(outline, "status"))) {
            change(name, Part.STATUS, now -> now.set("status", statuses.terminating(now, condition)));
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
