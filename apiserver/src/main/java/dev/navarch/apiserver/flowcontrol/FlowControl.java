package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import dev.navarch.time.TimeSource.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * API priority and fairness: which level a request is of is said by flow schemas, how many seats a level has and who waits
 * for them by its configuration. Both are read from the cluster by whoever calls {@link #digest}; until then, and should they
 * be missing, the two mandatory ones of each hold. Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go and
 * pkg/server/filters/priority-and-fairness.go.
 *
 * <p>A request that finds a seat pays for a look at its user's rules and a lock that is held for a moment. One that has to
 * wait is told when it is its turn: nothing blocks here.
 */
public final class FlowControl implements RequestGate, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FlowControl.class);
    static final Duration ADJUSTMENT = Duration.ofSeconds(10);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final TimeSource time;
    private final WatchCounts watches = new WatchCounts();
    private final WorkEstimator estimator;
    private final SeatDivision division;
    private final ReadsAndWrites readsAndWrites;
    private final Map<String, LevelState> levels = new TreeMap<>();
    private volatile Classifier classifier;
    private @Nullable Timer adjustment;
    private boolean closed;

    /**
     * @param store whose objects lists are as wide as
     * @param total seats, of all levels together
     * @param time by which seats are held; that of the machine, as it is the machine's work that is shared
     */
    public FlowControl(Store store, int total, TimeSource time) {
        if (total <= 0) {
            throw new IllegalArgumentException("there must be seats for requests");
        }
        this.time = time;
        estimator = new WorkEstimator(new StoredSizes(store, time));
        division = new SeatDivision(total);
        readsAndWrites = new ReadsAndWrites(time);
        classifier = digested(List.of(), List.of());
        adjustLater();
    }

    @Override
    public Ticket enter(ApiRequest request, Duration patience) {
        return enter(request, patience, true);
    }

    @Override
    public Ticket enterFromWithin(ApiRequest request) {
        return enter(request, LONGEST_WAIT, false);
    }

    private Ticket enter(ApiRequest request, Duration patience, boolean refusable) {
        var info = request.info();
        var flow = classifier.classify(request.user(), info);
        var level = flow.schema.level();
        int watchers = WorkEstimator.writes(info) ? watches.interested(info) : -1;
        var work = estimator.estimate(info, request.query(), watchers, level.maxSeats());
        boolean watch = info.verb().equals("watch");
        var ticket = new FlowTicket(
                level, flow, info, request.user(), work, refusable, watch ? watches.register(request) : null);
        level.start(ticket, watchers, patience.compareTo(LONGEST_WAIT) < 0 ? patience : LONGEST_WAIT);
        return ticket;
    }

    /**
     * A flow schema, and whether the level that it names is there.
     *
     * @param schema as it was given to {@link #digest}
     */
    public record Reference(ObjectNode schema, String level, boolean dangling) {}

    /**
     * Takes a new configuration.
     *
     * @param newLevels all PriorityLevelConfigurations
     * @param newSchemas all FlowSchemas
     */
    public synchronized List<Reference> digest(Collection<ObjectNode> newLevels, Collection<ObjectNode> newSchemas) {
        classifier = digested(newLevels, newSchemas);
        return newSchemas.stream()
                .map(object -> new Reference(
                        object,
                        SchemaSpec.of(object).level(),
                        !known(SchemaSpec.of(object).level(), newLevels)))
                .toList();
    }

    private static boolean known(String level, Collection<ObjectNode> all) {
        return all.stream()
                .anyMatch(object -> Tree.text(object, "metadata", "name").equals(level)
                        && LevelSpec.of(object).isPresent());
    }

    private Classifier digested(Collection<ObjectNode> newLevels, Collection<ObjectNode> newSchemas) {
        Map<String, LevelSpec> wanted = new HashMap<>();
        Map<String, String> uids = new HashMap<>();
        for (var object : newLevels) {
            LevelSpec.of(object)
                    .ifPresentOrElse(
                            spec -> {
                                wanted.put(spec.name(), spec);
                                uids.put(spec.name(), Tree.text(object, "metadata", "uid"));
                            },
                            () -> log.warn(
                                    "Ignoring PriorityLevelConfiguration object {} because its spec is broken",
                                    Tree.text(object, "metadata", "name")));
        }
        for (var mandatory : DefaultFlows.mandatoryLevels()) {
            var spec = LevelSpec.of(mandatory).orElseThrow();
            wanted.putIfAbsent(spec.name(), spec);
        }
        wanted.forEach((name, spec) -> {
            var state = levels.computeIfAbsent(name, _ -> created(spec));
            state.spec = spec;
            state.uid = uids.getOrDefault(name, "");
            state.quiescing = false;
        });
        levels.values().forEach(state -> state.quiescing = !wanted.containsKey(state.spec.name()));
        reap();
        division.nominal(levels.values());
        divide();
        return classifier(newSchemas);
    }

    private LevelState created(LevelSpec spec) {
        return new LevelState(new PriorityLevel(spec, readsAndWrites, time), spec, "");
    }

    private Classifier classifier(Collection<ObjectNode> objects) {
        Map<String, FlowSchema> schemas = new HashMap<>();
        for (var object : objects) {
            var spec = SchemaSpec.of(object);
            var state = levels.get(spec.level());
            if (state != null && !state.quiescing) {
                schemas.put(spec.name(), new FlowSchema(spec, Tree.text(object, "metadata", "uid"), state.level));
            }
        }
        for (var mandatory : DefaultFlows.mandatorySchemas()) {
            var spec = SchemaSpec.of(mandatory);
            schemas.computeIfAbsent(spec.name(), _ -> new FlowSchema(spec, "", levels.get(spec.level()).level));
        }
        var inOrder = schemas.values().stream()
                .sorted((one, other) -> one.spec().compareTo(other.spec()))
                .toList();
        return new Classifier(inOrder, schemas.get(SchemaSpec.CATCH_ALL));
    }

    /** Forgets levels that nobody asks for and where nothing is left. */
    private boolean reap() {
        return levels.values().removeIf(state -> state.quiescing && state.level.idle());
    }

    private void divide() {
        division.divide(levels.values());
        double waiting = 0;
        double executing = 0;
        for (var state : levels.values()) {
            var queuing = state.spec.queuing();
            waiting += (double) Math.max(0, queuing.queues()) * queuing.lengthLimit();
            executing += state.nominal;
        }
        readsAndWrites.limits(waiting, executing);
    }

    private synchronized void adjust() {
        if (closed) {
            return;
        }
        if (reap()) {
            division.nominal(levels.values());
        }
        divide();
        adjustLater();
    }

    private void adjustLater() {
        adjustment = time.schedule(ADJUSTMENT, this::adjust);
    }

    /** Shows the levels as they are now, in the order of their names; the action must be quick. */
    synchronized void forEachLevel(Consumer<LevelState> action) {
        levels.values().forEach(action);
    }

    ReadsAndWrites readsAndWrites() {
        return readsAndWrites;
    }

    synchronized double fairFraction() {
        return division.fairFraction();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (adjustment != null) {
            adjustment.cancel();
        }
    }
}
