package dev.navarch.conformance.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Upstream {@code test/e2e/apps/cronjob.go}. Where upstream waits for the clock to come to the next minute, a run is due
 * here at once: the schedule names a minute that has just gone, and the status says that the last run was before it. A run
 * has its time in its job's name, so each is of a minute of its own.
 */
class CronJobBehaviours {
    private static final Duration POKE = Duration.ofMillis(500);

    @Behaviour("[sig-apps] CronJob should support CronJob API operations [Conformance]")
    void cronJob(Scenario scenario) {
        new ApiOperations(scenario, "cronjobs", true, """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: NAME}
            spec:
              schedule: "0 0 1 1 *"
              suspend: true
              concurrencyPolicy: Allow
              jobTemplate:
                spec:
                  template:
                    spec:
                      restartPolicy: OnFailure
                      containers: [{name: c, image: "busybox:1"}]
            """)
                .everything()
                .status(
                        "{\"lastScheduleTime\":\"2024-01-01T00:00:00Z\"}",
                        "{\"lastScheduleTime\":\"2024-01-02T00:00:00Z\"}");
    }

    /** The minute of the hour, as a schedule, of a while ago. */
    private static String minutesAgo(int minutes) {
        return Instant.now()
                        .minus(minutes, ChronoUnit.MINUTES)
                        .atOffset(ZoneOffset.UTC)
                        .getMinute() + " * * * *";
    }

    private static void create(Scenario scenario, String name, String policy, boolean suspend) {
        scenario.create(CronJob.class, """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: %s}
            spec:
              schedule: "%s"
              timeZone: Etc/UTC
              concurrencyPolicy: %s
              suspend: %s
              jobTemplate:
                spec:
                  template:
                    metadata: {annotations: {navarch.dev/simulated-exit-after: 300s}}
                    spec:
                      restartPolicy: OnFailure
                      terminationGracePeriodSeconds: 0
                      containers:
                      - name: c
                        image: registry.k8s.io/e2e-test-images/busybox:1.36.1-1
                        command: [sleep, "300"]
            """.formatted(name, minutesAgo(3), policy, suspend));
        forgetRuns(scenario, name);
    }

    /** Says that the last run was half an hour ago, which wakes the controller too. */
    private static void forgetRuns(Scenario scenario, String name) {
        var past = Instant.now().minus(30, ChronoUnit.MINUTES).truncatedTo(ChronoUnit.SECONDS);
        cronJob(scenario, name)
                .subresource("status")
                .patch(Scenario.MERGE, "{\"status\":{\"lastScheduleTime\":\"" + past + "\"}}");
    }

    /** Makes one further run due, of a later minute than the first. */
    private static void comeDueAgain(Scenario scenario, String name) {
        cronJob(scenario, name).patch(Scenario.MERGE, "{\"spec\":{\"schedule\":\"" + minutesAgo(2) + "\"}}");
    }

    private static Resource<CronJob> cronJob(Scenario scenario, String name) {
        return scenario.client()
                .batch()
                .v1()
                .cronjobs()
                .inNamespace(scenario.namespace())
                .withName(name);
    }

    private static List<String> active(CronJob cronJob) {
        return cronJob.getStatus() == null || cronJob.getStatus().getActive() == null
                ? List.of()
                : cronJob.getStatus().getActive().stream()
                        .map(ObjectReference::getName)
                        .toList();
    }

    private static CronJob awaitActive(Scenario scenario, String name, int count) {
        return scenario.awaitOne(
                count + " active jobs of " + name,
                cronJob(scenario, name),
                now -> active(now).size() == count);
    }

    /** The jobs that are not over. */
    private static List<String> running(Scenario scenario) {
        return scenario.client().batch().v1().jobs().inNamespace(scenario.namespace()).list().getItems().stream()
                .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                .filter(job -> job.getStatus().getConditions() == null
                        || job.getStatus().getConditions().isEmpty())
                .map(job -> job.getMetadata().getName())
                .toList();
    }

    /** A controller that saw a new schedule waits for its next time; any other change makes it look what is due. */
    private static void poke(Scenario scenario, String name) {
        cronJob(scenario, name)
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":{\"e2e.example.com/poke\":\"" + scenario.unique("poke")
                                + "\"}}}");
    }

    @Behaviour("[sig-apps] CronJob should schedule multiple jobs concurrently [Conformance]")
    void concurrent(Scenario scenario) {
        create(scenario, "concurrent", "Allow", false);
        awaitActive(scenario, "concurrent", 1);
        comeDueAgain(scenario, "concurrent");
        scenario.eventually("two jobs are active", Scenario.LIMIT, POKE, () -> {
            poke(scenario, "concurrent");
            return active(cronJob(scenario, "concurrent").get()).size() == 2;
        });
        assertThat(running(scenario)).hasSize(2);
        cronJob(scenario, "concurrent").delete();
    }

    @Behaviour("[sig-apps] CronJob should not schedule jobs when suspended [Slow] [Conformance]")
    void suspended(Scenario scenario) {
        create(scenario, "suspended", "Allow", true);
        // Of what isn't done there is no sign; another one, which is not suspended, shows that there was time for it.
        create(scenario, "witness", "Allow", false);
        awaitActive(scenario, "witness", 1);
        poke(scenario, "suspended");
        assertThat(active(cronJob(scenario, "suspended").get())).isEmpty();
        assertThat(running(scenario)).singleElement().asString().startsWith("witness-");
        cronJob(scenario, "suspended").patch(Scenario.MERGE, "{\"spec\":{\"suspend\":false}}");
        awaitActive(scenario, "suspended", 1);
    }

    @Behaviour("[sig-apps] CronJob should not schedule new jobs when ForbidConcurrent [Slow] [Conformance]")
    void forbid(Scenario scenario) {
        create(scenario, "forbid", "Forbid", false);
        var first = active(awaitActive(scenario, "forbid", 1));
        assertThat(running(scenario)).isEqualTo(first);
        comeDueAgain(scenario, "forbid");
        scenario.eventually("the controller tells that it starts none", Scenario.LIMIT, POKE, () -> {
            poke(scenario, "forbid");
            return reasons(scenario, "forbid").contains("JobAlreadyActive");
        });
        assertThat(active(cronJob(scenario, "forbid").get())).isEqualTo(first);
        assertThat(running(scenario)).isEqualTo(first);
    }

    private static List<String> reasons(Scenario scenario, String name) {
        return scenario
                .client()
                .v1()
                .events()
                .inNamespace(scenario.namespace())
                .withField("involvedObject.name", name)
                .list()
                .getItems()
                .stream()
                .map(Event::getReason)
                .toList();
    }

    @Behaviour("[sig-apps] CronJob should replace jobs when ReplaceConcurrent [Conformance]")
    void replace(Scenario scenario) {
        create(scenario, "replace", "Replace", false);
        var first = active(awaitActive(scenario, "replace", 1));
        assertThat(running(scenario)).isEqualTo(first);
        comeDueAgain(scenario, "replace");
        scenario.eventually("another job runs instead", Scenario.LIMIT, POKE, () -> {
            poke(scenario, "replace");
            var now = active(cronJob(scenario, "replace").get());
            return now.size() == 1 && !now.equals(first);
        });
        scenario.awaitGone("the first job", job(scenario, first.getFirst()));
        assertThat(running(scenario)).hasSize(1).doesNotContainAnyElementsOf(first);
    }

    private static Resource<Job> job(Scenario scenario, String name) {
        return scenario.client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(scenario.namespace())
                .withName(name);
    }
}
