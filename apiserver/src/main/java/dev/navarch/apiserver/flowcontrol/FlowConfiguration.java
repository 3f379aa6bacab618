package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.flowcontrol.FlowControl.Reference;
import dev.navarch.apiserver.following.Follower;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells {@link FlowControl} what the cluster's flow schemas and priority levels are, as they change, and tells in the status
 * of a flow schema whether the level that it names is there. Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go.
 */
public final class FlowConfiguration implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FlowConfiguration.class);
    private static final String MANAGER = "api-priority-and-fairness-config-consumer-v1";
    /** So many times a minute is a status put right that others change back. */
    private static final int MOST_WRITES = 6;

    private final FlowControl control;
    private final Store store;
    private final OwnRequests requests;
    private final TimeSource time;
    private final JsonMapper json = JsonMapper.shared();
    private final Map<String, ArrayDeque<Instant>> written = new HashMap<>();
    private List<Reference> references = List.of();
    private Optional<Follower> follower = Optional.empty();

    public FlowConfiguration(FlowControl control, Store store, OwnRequests requests, TimeSource time) {
        this.control = control;
        this.store = store;
        this.requests = requests.as(MANAGER);
        this.time = time;
    }

    /** Takes the present configuration, and follows it from then on. */
    public synchronized void start() {
        read();
        follower = Optional.of(Follower.start(store, FlowObjects.prefix(), new Follower.Listener() {
            @Override
            public void changed(Optional<Set<String>> keys) throws InterruptedException {
                read();
                tell();
            }

            @Override
            public void idle() throws InterruptedException {
                tell();
            }
        }));
    }

    private void read() {
        var page = store.range(Range.all(FlowObjects.prefix()));
        List<ObjectNode> schemas = new ArrayList<>();
        List<ObjectNode> levels = new ArrayList<>();
        for (var entry : page.entries()) {
            var all = entry.key().startsWith(FlowObjects.prefix() + FlowObjects.SCHEMAS + "/") ? schemas : levels;
            all.add((ObjectNode) json.readTree(entry.value()));
        }
        references = control.digest(levels, schemas);
    }

    private void tell() throws InterruptedException {
        for (var reference : references) {
            var condition = condition(reference);
            if (!told(reference.schema(), condition) && mayWrite(Meta.name(reference.schema()))) {
                write(reference.schema(), condition);
            }
        }
    }

    private static ObjectNode condition(Reference reference) {
        var named =
                "This FlowSchema references the PriorityLevelConfiguration object named \"" + reference.level() + "\" ";
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "Dangling")
                .put("status", reference.dangling() ? "True" : "False")
                .put("reason", reference.dangling() ? "NotFound" : "Found")
                .put("message", named + (reference.dangling() ? "but there is no such object" : "and it exists"));
    }

    private static boolean told(ObjectNode schema, ObjectNode condition) {
        for (var present : schema.path("status").path("conditions")) {
            if (present.path("type").equals(condition.path("type"))) {
                return present.path("status").equals(condition.path("status"))
                        && present.path("reason").equals(condition.path("reason"))
                        && present.path("message").equals(condition.path("message"));
            }
        }
        return false;
    }

    private boolean mayWrite(String name) {
        var times = written.computeIfAbsent(name, _ -> new ArrayDeque<>());
        var now = time.now();
        while (!times.isEmpty() && times.getFirst().isBefore(now.minus(Duration.ofMinutes(1)))) {
            times.removeFirst();
        }
        if (times.size() >= MOST_WRITES) {
            return false;
        }
        times.addLast(now);
        return true;
    }

    private void write(ObjectNode schema, ObjectNode condition) throws InterruptedException {
        var object = JsonNodeFactory.instance.objectNode();
        object.put("apiVersion", DefaultFlows.GROUP + "/v1").put("kind", "FlowSchema");
        object.putObject("metadata").put("name", Meta.name(schema));
        condition.put(
                "lastTransitionTime", time.now().truncatedTo(ChronoUnit.SECONDS).toString());
        object.putObject("status").putArray("conditions").add(condition);
        try {
            requests.apply(FlowObjects.path(FlowObjects.SCHEMAS) + "/" + Meta.name(schema) + "/status", object);
        } catch (ApiFailure e) {
            log.warn("The status of flow schema {} was not written: {}", Meta.name(schema), e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        follower.ifPresent(Follower::close);
    }
}
