package dev.navarch.conformance.instrumentation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.events.v1.Event;

/** Upstream {@code test/e2e/instrumentation/events.go} and {@code core_events.go}. */
class EventBehaviours {
    private static final String CORE = """
        apiVersion: v1
        kind: Event
        metadata: {name: %s, labels: {testevent-set: "true"}}
        message: This is %s
        reason: Test
        type: Normal
        count: 1
        involvedObject: {namespace: %s}
        """;

    private static final String EVENT = """
        apiVersion: events.k8s.io/v1
        kind: Event
        metadata: {name: %s, labels: {testevent-set: "true"}}
        regarding: {namespace: %s}
        eventTime: "2017-09-19T13:49:16.000000Z"
        note: "This is %s"
        action: Do
        reason: Test
        type: Normal
        reportingController: test-controller
        reportingInstance: test-node
        """;

    @Behaviour("[sig-instrumentation] Events should manage the lifecycle of an event [Conformance]")
    void coreLifecycle(Scenario scenario) {
        var events = scenario.client().v1().events().inNamespace(scenario.namespace());
        var everywhere = scenario.client().v1().events().inAnyNamespace().withLabel("testevent-set", "true");
        scenario.create(
                io.fabric8.kubernetes.api.model.Event.class,
                CORE.formatted("event-test", "a test event", scenario.namespace()));
        assertThat(everywhere.list().getItems()).anySatisfy(event -> {
            assertThat(event.getMetadata().getName()).isEqualTo("event-test");
            assertThat(event.getMetadata().getNamespace()).isEqualTo(scenario.namespace());
        });
        events.withName("event-test").patch(Scenario.STRATEGIC, "{\"message\":\"This is a test event - patched\"}");
        var patched = events.withName("event-test").get();
        assertThat(patched.getMessage()).isEqualTo("This is a test event - patched");
        patched.setSeries(new io.fabric8.kubernetes.api.model.EventSeriesBuilder()
                .withCount(100)
                .withNewLastObservedTime("2024-05-06T07:08:09.123456Z")
                .build());
        var updated = events.resource(patched).update();
        assertThat(updated.getSeries().getCount()).isEqualTo(100);
        assertThat(updated.getSeries().getLastObservedTime().getTime()).isEqualTo("2024-05-06T07:08:09.123456Z");
        events.withName("event-test").delete();
        assertThat(events.withLabel("testevent-set", "true").list().getItems()).isEmpty();
    }

    @Behaviour("[sig-instrumentation] Events should delete a collection of events [Conformance]")
    void coreCollection(Scenario scenario) {
        var events = scenario.client().v1().events().inNamespace(scenario.namespace());
        for (int i = 1; i <= 3; i++) {
            scenario.create(
                    io.fabric8.kubernetes.api.model.Event.class,
                    CORE.formatted("test-event-" + i, "event " + i, scenario.namespace()));
        }
        assertThat(events.withLabel("testevent-set", "true").list().getItems()).hasSize(3);
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/events?labelSelector=testevent-set%3Dtrue")
                .ok();
        scenario.awaitGone("the events", events.withLabel("testevent-set", "true"));
    }

    @Behaviour(
            "[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed"
                    + " [Conformance]")
    void lifecycle(Scenario scenario) {
        var events = scenario.client().events().v1().events().inNamespace(scenario.namespace());
        var everywhere =
                scenario.client().events().v1().events().inAnyNamespace().withLabel("testevent-set", "true");
        scenario.create(Event.class, EVENT.formatted("event-test", scenario.namespace(), "a test event"));
        assertThat(everywhere.list().getItems())
                .anySatisfy(
                        event -> assertThat(event.getMetadata().getNamespace()).isEqualTo(scenario.namespace()));
        assertThat(events.withLabel("testevent-set", "true").list().getItems()).hasSize(1);
        var core = scenario.client()
                .v1()
                .events()
                .inNamespace(scenario.namespace())
                .withField("reportingComponent", "test-controller")
                .list()
                .getItems();
        assertThat(core)
                .singleElement()
                .satisfies(event -> assertThat(event.getMessage()).isEqualTo("This is a test event"));
        assertThat(events.withName("event-test").get().getNote()).isEqualTo("This is a test event");
        events.withName("event-test").patch(Scenario.STRATEGIC, """
            {"series": {"count": 2, "lastObservedTime": "2024-05-06T07:08:09.123456Z"}}
            """);
        var patched = events.withName("event-test").get();
        assertThat(patched.getSeries().getCount()).isEqualTo(2);
        patched.getSeries().setCount(3);
        events.resource(patched).update();
        assertThat(events.withName("event-test").get().getSeries().getCount()).isEqualTo(3);
        events.withName("event-test").delete();
        assertThat(events.withLabel("testevent-set", "true").list().getItems()).isEmpty();
        assertThat(everywhere.list().getItems())
                .noneSatisfy(
                        event -> assertThat(event.getMetadata().getNamespace()).isEqualTo(scenario.namespace()));
    }

    @Behaviour("[sig-instrumentation] Events API should delete a collection of events [Conformance]")
    void collection(Scenario scenario) {
        var events = scenario.client().events().v1().events().inNamespace(scenario.namespace());
        for (int i = 1; i <= 3; i++) {
            scenario.create(Event.class, EVENT.formatted("test-event-" + i, scenario.namespace(), "event " + i));
        }
        assertThat(events.withLabel("testevent-set", "true").list().getItems()).hasSize(3);
        scenario.http()
                .delete("/apis/events.k8s.io/v1/namespaces/" + scenario.namespace()
                        + "/events?labelSelector=testevent-set%3Dtrue")
                .ok();
        scenario.awaitGone("the events", events.withLabel("testevent-set", "true"));
    }
}
