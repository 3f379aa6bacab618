package dev.navarch.apiserver.flowcontrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.flowcontrol.Ticket.State;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** With a clock that is turned by hand; source of what is expected: k8s.io/apiserver pkg/util/flowcontrol and its tests. */
class FlowControlTest {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final User MASTER = new User("root", List.of(User.MASTERS, User.AUTHENTICATED));

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final MemoryStore store = new MemoryStore(time);
    private FlowControl control = new FlowControl(store, 600, time);

    @AfterEach
    void close() {
        control.close();
        store.close();
    }

    private static User user(String name, String... groups) {
        var all = new ArrayList<>(List.of(groups));
        all.add(User.AUTHENTICATED);
        return new User(name, all);
    }

    private static ApiRequest request(User user, String method, String path) {
        int question = path.indexOf('?');
        var query = question < 0 ? Query.EMPTY : Query.parse(path.substring(question + 1));
        var plain = question < 0 ? path : path.substring(0, question);
        var info = RequestInfoParser.parse(method, plain, query);
        return new ApiRequest(method, plain, query, Headers.EMPTY, ApiRequest.NO_BODY, user, info, "id");
    }

    private Ticket get(User user) {
        return control.enter(request(user, "GET", "/api/v1/namespaces/default/pods/p"), PATIENCE);
    }

    private static ObjectNode object(String text) {
        return (ObjectNode) new JsonMapper().readTree(text.replace('\'', '"'));
    }

    private static ObjectNode level(String name, int shares, String more, String queuing) {
        return object("""
                {'metadata': {'name': '%s', 'uid': 'uid-of-%s'}, 'spec': {'type': 'Limited', 'limited': {
                'nominalConcurrencyShares': %d, %s 'limitResponse': %s}}}""".formatted(name, name, shares, more, queuing));
    }

    private static String queues(int queues, int handSize, int length) {
        return "{'type': 'Queue', 'queuing': {'queues': %d, 'handSize': %d, 'queueLengthLimit': %d}}"
                .formatted(queues, handSize, length);
    }

    private static ObjectNode schema(String name, String level, int precedence, String distinguisher, String subject) {
        return object("""
                {'metadata': {'name': '%s', 'uid': 'uid-of-%s'}, 'spec': {'matchingPrecedence': %d,
                'priorityLevelConfiguration': {'name': '%s'}, 'distinguisherMethod': {'type': '%s'}, 'rules': [{
                'subjects': [%s],
                'nonResourceRules': [{'verbs': ['*'], 'nonResourceURLs': ['*']}],
                'resourceRules': [{'verbs': ['*'], 'apiGroups': ['*'], 'resources': ['*'], 'namespaces': ['*'],
                'clusterScope': true}]}]}}""".formatted(name, name, precedence, level, distinguisher, subject));
    }

    private static final String ANYBODY = "{'kind': 'Group', 'group': {'name': 'system:authenticated'}}";

    /** One level of as many seats, for everybody. */
    private void oneLevel(int seats, String queuing) {
        control.close();
        control = new FlowControl(store, seats, time);
        var none = level("catch-all", 0, "", "{'type': 'Reject'}");
        control.digest(
                List.of(none, level("only", 100, "", queuing)), List.of(schema("all", "only", 500, "ByUser", ANYBODY)));
    }

    private void defaults() {
        control.digest(
                Stream.concat(DefaultFlows.mandatoryLevels().stream(), DefaultFlows.suggestedLevels().stream())
                        .toList(),
                Stream.concat(DefaultFlows.mandatorySchemas().stream(), DefaultFlows.suggestedSchemas().stream())
                        .toList());
    }

    private LevelState state(String name) {
        List<LevelState> found = new ArrayList<>();
        control.forEachLevel(state -> {
            if (state.level.name().equals(name)) {
                found.add(state);
            }
        });
        return found.getFirst();
    }

    private String classified(User user, String method, String path) {
        var ticket = (FlowTicket) control.enter(request(user, method, path), PATIENCE);
        ticket.close();
        return ticket.flow.schema.name() + "/" + ticket.flow.schema.level().name() + "/" + ticket.flow.distinguisher;
    }

    @Test
    void theDefaultSchemasClassifyAsUpstreamsDo() {
        defaults();
        var node = user("system:node:n", "system:nodes");
        var manager = user("system:kube-controller-manager");
        var system = User.serviceAccount("kube-system", "deployment-controller", "", Map.of());
        var account = User.serviceAccount("web", "robot", "", Map.of());
        var lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/l";
        assertThat(classified(MASTER, "GET", "/api/v1/nodes")).isEqualTo("exempt/exempt/");
        assertThat(classified(user("u"), "GET", "/healthz")).isEqualTo("probes/exempt/");
        assertThat(classified(user("u"), "GET", "/livez/etcd")).isEqualTo("probes/exempt/");
        assertThat(classified(User.ANONYMOUS, "GET", "/version")).startsWith("global-default/global-default/system:an");
        assertThat(classified(manager, "PUT", lease))
                .isEqualTo("system-leader-election/leader-election/system:kube-controller-manager");
        assertThat(classified(system, "GET", lease)).startsWith("system-leader-election/leader-election/");
        assertThat(classified(system, "DELETE", lease))
                .isEqualTo("kube-system-service-accounts/workload-high/kube-system");
        assertThat(classified(manager, "GET", "/api/v1/namespaces/web/pods"))
                .isEqualTo("kube-controller-manager/workload-high/web");
        assertThat(classified(user("system:kube-scheduler"), "POST", "/api/v1/namespaces/a/pods/p/binding"))
                .isEqualTo("kube-scheduler/workload-high/a");
        assertThat(classified(node, "PATCH", "/api/v1/nodes/n/status"))
                .isEqualTo("system-node-high/node-high/system:node:n");
        assertThat(classified(node, "PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n"))
                .startsWith("system-node-high/node-high/");
        assertThat(classified(node, "GET", "/api/v1/namespaces/a/secrets/s")).startsWith("system-nodes/system/");
        assertThat(classified(account, "GET", "/api/v1/namespaces/a/secrets/s"))
                .isEqualTo("service-accounts/workload-low/system:serviceaccount:web:robot");
        assertThat(classified(user("u"), "GET", "/api/v1/pods")).isEqualTo("global-default/global-default/u");
    }

    @Test
    void theLeastPrecedenceWinsAndThenTheName() {
        control.digest(
                List.of(level("l", 10, "", queues(8, 2, 5))),
                List.of(
                        schema("b", "l", 100, "ByNamespace", ANYBODY),
                        schema("a", "l", 100, "ByNamespace", "{'kind': 'User', 'user': {'name': 'u'}}"),
                        schema("c", "l", 99, "ByUser", "{'kind': 'User', 'user': {'name': 'v'}}"),
                        schema("dangling", "none", 1, "ByUser", ANYBODY)));
        assertThat(classified(user("u"), "GET", "/api/v1/namespaces/x/pods")).isEqualTo("a/l/x");
        assertThat(classified(user("v"), "GET", "/api/v1/namespaces/x/pods")).isEqualTo("c/l/v");
        assertThat(classified(user("w"), "GET", "/api/v1/namespaces/x/pods")).isEqualTo("b/l/x");
        assertThat(classified(User.ANONYMOUS, "GET", "/api/v1/pods")).isEqualTo("catch-all/catch-all/");
    }

    @Test
    void aSchemaDanglesWhoseLevelIsNotThere() {
        var references = control.digest(
                List.of(level("l", 10, "", queues(8, 2, 5))),
                List.of(schema("good", "l", 100, "ByUser", ANYBODY), schema("bad", "m", 100, "ByUser", ANYBODY)));
        assertThat(references).extracting(FlowControl.Reference::dangling).containsExactly(false, true);
    }

    @Test
    void theSeatsOfTheDefaultLevelsAreUpstreams() {
        defaults();
        Map<String, Integer> nominal = new HashMap<>();
        control.forEachLevel(state -> nominal.put(state.level.name(), state.nominal));
        assertThat(nominal)
                .isEqualTo(Map.of(
                        "exempt",
                        0,
                        "catch-all",
                        13,
                        "system",
                        74,
                        "node-high",
                        98,
                        "leader-election",
                        25,
                        "workload-high",
                        98,
                        "workload-low",
                        245,
                        "global-default",
                        49));
        assertThat(state("workload-high").lower).isEqualTo(49);
        assertThat(state("workload-high").upper).isEqualTo(698);
        assertThat(state("workload-low").level.maxSeats()).isEqualTo(37);
    }

    @Test
    void beforeAnythingIsConfiguredTheMandatoryLevelsHold() {
        assertThat(classified(MASTER, "GET", "/api/v1/pods")).isEqualTo("exempt/exempt/");
        List<Ticket> all = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            all.add(get(user("u")));
        }
        assertThat(all).allMatch(ticket -> ticket.state() == State.EXECUTING);
        assertThat(get(user("u")).state()).isEqualTo(State.REFUSED);
        assertThat(get(MASTER).state()).isEqualTo(State.EXECUTING);
    }

    @Test
    void aFullQueueRefusesAndAMasterIsNeverRefused() {
        oneLevel(2, queues(1, 1, 3));
        var seated = List.of(get(user("u")), get(user("u")));
        var waiting = List.of(get(user("u")), get(user("u")), get(user("u")));
        assertThat(seated).allMatch(ticket -> ticket.state() == State.EXECUTING);
        assertThat(waiting).allMatch(ticket -> ticket.state() == State.WAITING);
        var refused = get(user("u"));
        assertThat(refused.state()).isEqualTo(State.REFUSED);
        assertThat(refused.retryAfter()).isEqualTo(1);
        assertThat(get(MASTER).state()).isEqualTo(State.EXECUTING);
        seated.getFirst().close();
        assertThat(waiting).extracting(Ticket::state).containsExactly(State.EXECUTING, State.WAITING, State.WAITING);
        assertThat(get(user("u")).state()).isEqualTo(State.WAITING);
    }

    @Test
    void ourOwnRequestsWaitBehindAFullQueue() {
        oneLevel(1, queues(1, 1, 1));
        var seated = get(user("u"));
        get(user("u"));
        var own = control.enterFromWithin(request(user("me"), "GET", "/api/v1/pods"));
        assertThat(own.state()).isEqualTo(State.WAITING);
        time.advance(Duration.ofMinutes(5));
        assertThat(own.state()).isEqualTo(State.WAITING);
        seated.close();
        assertThat(own.state()).isEqualTo(State.EXECUTING);
    }

    @Test
    void whoWaitsTooLongIsRefused() {
        oneLevel(1, queues(8, 2, 10));
        get(user("u"));
        var waiting = get(user("u"));
        List<State> told = new ArrayList<>();
        waiting.whenDecided(() -> told.add(waiting.state()));
        time.advance(PATIENCE.minusNanos(1));
        assertThat(told).isEmpty();
        time.advance(Duration.ofNanos(1));
        assertThat(told).containsExactly(State.REFUSED);
        assertThat(state("only").level.look(QueueSet::waiting)).isZero();
    }

    @Test
    void aClientThatGoesLeavesItsQueue() {
        oneLevel(1, queues(8, 2, 10));
        var seated = get(user("u"));
        var gone = get(user("u"));
        var next = get(user("u"));
        gone.close();
        seated.close();
        assertThat(gone.state()).isEqualTo(State.REFUSED);
        assertThat(next.state()).isEqualTo(State.EXECUTING);
        next.close();
        next.close();
        assertThat(state("only").level.idle()).isTrue();
        assertThat(state("only").level.look(QueueSet::seatsInUse)).isZero();
    }

    /** Requests that are served one millisecond each, for as long as there are any. */
    private final class Server {
        final Deque<Ticket> serving = new ArrayDeque<>();
        final Map<Ticket, Long> asked = new HashMap<>();
        final List<Long> waits = new ArrayList<>();
        int served;

        void ask(User user, boolean measured) {
            var ticket = get(user);
            if (ticket.state() == State.REFUSED) {
                return;
            }
            if (measured) {
                asked.put(ticket, time.nanoTime());
            }
            if (ticket.state() == State.EXECUTING) {
                begun(ticket);
            } else {
                ticket.whenDecided(() -> {
                    if (ticket.state() == State.EXECUTING) {
                        begun(ticket);
                    }
                });
            }
        }

        private void begun(Ticket ticket) {
            var since = asked.remove(ticket);
            if (since != null) {
                waits.add(time.nanoTime() - since);
            }
            serving.add(ticket);
        }

        /** A millisecond passes, and all that was served is answered. */
        void round() {
            time.advance(Duration.ofMillis(1));
            for (int i = serving.size(); i > 0; i--) {
                serving.removeFirst().close();
                served++;
            }
        }
    }

    /** What a flood of one user does to another's requests: it fills its own queues. */
    @Test
    void aFloodOfOneUserLeavesAnothersLatencyAlone() {
        oneLevel(4, queues(64, 6, 50));
        var server = new Server();
        for (int round = 0; round < 400; round++) {
            for (int i = 0; i < 40; i++) {
                server.ask(user("flood"), false);
            }
            if (round % 4 == 0) {
                server.ask(user("trickle"), true);
            }
            server.round();
        }
        assertThat(server.served).isGreaterThan(4 * 390); // all seats are used
        assertThat(server.waits).hasSizeGreaterThanOrEqualTo(99);
        assertThat(server.waits).allMatch(wait -> wait <= Duration.ofMillis(2).toNanos());
        assertThat(state("only").level.look(QueueSet::waiting)).isBetween(6 * 50 - 4, 6 * 50);
    }

    @Test
    void usersThatAskForMoreThanThereIsGetAsMuchEach() {
        oneLevel(2, queues(64, 1, 50));
        var served = new HashMap<String, Integer>();
        List<Ticket> open = new ArrayList<>();
        for (int round = 0; round < 600; round++) {
            // the one asks ten times as often as the other
            for (int i = 0; i < 20; i++) {
                take("greedy", served, open);
            }
            for (int i = 0; i < 2; i++) {
                take("modest", served, open);
            }
            time.advance(Duration.ofMillis(3));
            var done = List.copyOf(open);
            open.clear();
            done.forEach(Ticket::close);
        }
        assertThat(served.get("modest")).isBetween(590, 610);
        assertThat(served.get("greedy")).isBetween(590, 610);
    }

    private void take(String user, Map<String, Integer> served, List<Ticket> open) {
        var ticket = get(user(user));
        Runnable begin = () -> {
            if (ticket.state() == State.EXECUTING) {
                served.merge(user, 1, Integer::sum);
                open.add(ticket);
            }
        };
        ticket.whenDecided(begin);
    }

    @Test
    void aWriteThatManyWatchKeepsItsSeatsForAWhile() {
        oneLevel(40, queues(8, 2, 10));
        List<Ticket> watches = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            var watch = control.enter(request(user("w" + i), "GET", "/api/v1/pods?watch=1"), PATIENCE);
            watch.answered();
            watches.add(watch);
        }
        control.enter(request(user("n"), "GET", "/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn"), PATIENCE)
                .answered();
        var level = state("only").level;
        assertThat(level.look(QueueSet::seatsInUse))
                .as("watches that are on their way")
                .isZero();
        var write = (FlowTicket) control.enter(request(user("u"), "POST", "/api/v1/namespaces/a/pods"), PATIENCE);
        assertThat(write.work).isEqualTo(new WorkEstimate(1, 3, 5_000_000));
        write.close();
        assertThat(level.look(QueueSet::executing)).isZero();
        assertThat(level.look(QueueSet::seatsInUse)).isEqualTo(3);
        time.advance(Duration.ofMillis(5));
        assertThat(level.look(QueueSet::seatsInUse)).isZero();
        watches.forEach(Ticket::close);
        var unwatched = (FlowTicket) control.enter(request(user("u"), "POST", "/api/v1/namespaces/a/pods"), PATIENCE);
        assertThat(unwatched.work).isEqualTo(WorkEstimate.SINGLE);
    }

    @Test
    void seatsThatLingerAreGivenToWhoWaits() {
        oneLevel(40, queues(8, 2, 10));
        for (int i = 0; i < 20; i++) {
            control.enter(request(user("w" + i), "GET", "/api/v1/pods?watch=1"), PATIENCE)
                    .answered();
        }
        oneSeat();
        var write = control.enter(request(user("u"), "POST", "/api/v1/namespaces/a/pods"), PATIENCE);
        var waiting = get(user("u"));
        write.close();
        assertThat(waiting.state()).isEqualTo(State.WAITING);
        time.advance(Duration.ofMillis(10)); // as much work as two seats for five
        assertThat(waiting.state()).isEqualTo(State.EXECUTING);
    }

    private void oneSeat() {
        control.digest(
                List.of(
                        level("catch-all", 39, "", "{'type': 'Reject'}"),
                        level("only", 1, "'borrowingLimitPercent': 0,", queues(8, 2, 10))),
                List.of(schema("all", "only", 500, "ByUser", ANYBODY)));
        assertThat(state("only").current).isEqualTo(1);
    }

    @Test
    void aLevelBorrowsWhatAnotherLends() {
        control.close();
        control = new FlowControl(store, 100, time);
        control.digest(
                List.of(
                        level("catch-all", 0, "", "{'type': 'Reject'}"),
                        level("busy", 50, "", queues(8, 2, 100)),
                        level("idle", 50, "'lendablePercent': 60,", queues(8, 2, 100))),
                List.of(schema("all", "busy", 500, "ByUser", ANYBODY)));
        int before = state("busy").current;
        for (int i = 0; i < 200; i++) {
            get(user("u" + i));
        }
        time.advance(FlowControl.ADJUSTMENT);
        time.advance(FlowControl.ADJUSTMENT);
        assertThat(state("idle").current).as("keeps what it doesn't lend").isEqualTo(20);
        assertThat(state("busy").current).isEqualTo(80).isGreaterThanOrEqualTo(before);
        assertThat(state("busy").level.look(QueueSet::executing)).isEqualTo(80);
    }

    @Test
    void whoLentGetsItsSeatsBackWhenItNeedsThem() {
        aLevelBorrowsWhatAnotherLends();
        control.digest(
                List.of(
                        level("catch-all", 0, "", "{'type': 'Reject'}"),
                        level("busy", 50, "", queues(8, 2, 100)),
                        level("idle", 50, "'lendablePercent': 60,", queues(8, 2, 100))),
                List.of(
                        schema("all", "busy", 500, "ByUser", ANYBODY),
                        schema("some", "idle", 400, "ByUser", "{'kind': 'Group', 'group': {'name': 'lenders'}}")));
        for (int i = 0; i < 200; i++) {
            get(user("l" + i, "lenders"));
        }
        time.advance(FlowControl.ADJUSTMENT);
        assertThat(state("idle").current).isBetween(49, 51);
        assertThat(state("idle").current + state("busy").current).isEqualTo(100);
    }

    @Test
    void aLevelThatIsGoneServesWhatItHas() {
        oneLevel(1, queues(8, 2, 10));
        var seated = get(user("u"));
        var waiting = get(user("u"));
        control.digest(List.of(), List.of());
        seated.close();
        assertThat(waiting.state()).isEqualTo(State.EXECUTING);
        waiting.close();
        time.advance(FlowControl.ADJUSTMENT);
        List<String> left = new ArrayList<>();
        control.forEachLevel(state -> left.add(state.level.name()));
        assertThat(left).containsExactly("catch-all", "exempt");
    }

    @Test
    void fewerQueuesAreTakenWhenTheyAreEmpty() {
        oneLevel(1, queues(64, 6, 10));
        List<Ticket> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(get(user("u" + i)));
        }
        control.digest(
                List.of(level("catch-all", 0, "", "{'type': 'Reject'}"), level("only", 100, "", queues(2, 1, 10))),
                List.of(schema("all", "only", 500, "ByUser", ANYBODY)));
        all.add(get(user("late")));
        for (var ticket : all) {
            assertThat(ticket.state()).isNotEqualTo(State.REFUSED);
        }
        while (all.stream().anyMatch(ticket -> ticket.state() == State.EXECUTING)) {
            all.forEach(ticket -> {
                if (ticket.state() == State.EXECUTING) {
                    ticket.close();
                }
            });
        }
        assertThat(all).allMatch(ticket -> ticket.state() == State.DONE);
        int left = state("only").level.look(set -> set.queues().size());
        assertThat(left).isEqualTo(2);
    }

    @Test
    void answersTellHowTheirRequestsWereClassified() {
        oneLevel(1, queues(8, 2, 10));
        Map<String, String> fields = new HashMap<>();
        get(user("u")).headers(fields::put);
        assertThat(fields)
                .isEqualTo(Map.of(
                        "X-Kubernetes-Pf-Flowschema-Uid", "uid-of-all",
                        "X-Kubernetes-Pf-Prioritylevel-Uid", "uid-of-only"));
    }
}
