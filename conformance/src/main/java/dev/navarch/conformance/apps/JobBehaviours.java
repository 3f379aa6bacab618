package dev.navarch.conformance.apps;

import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.ScalableResource;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Upstream {@code test/e2e/apps/job.go}. What the pods do on simulated nodes is told by annotations. */
class JobBehaviours {
    /** A job named {@code test-job}; %1$s are fields of its spec, %2$s annotations of its pods, %3$s their command. */
    private static final String JOB = """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: test-job, labels: {e2e-job: %5$s}}
        spec:
          %1$s
          template:
            metadata: {labels: {job: test-job}, annotations: {%2$s}}
            spec:
              restartPolicy: %4$s
              terminationGracePeriodSeconds: 0
              volumes: [{name: data, emptyDir: {}}]
              containers:
              - name: c
                image: registry.k8s.io/e2e-test-images/busybox:1.36.1-1
                command: [/bin/sh, -c, "%3$s"]
                volumeMounts: [{name: data, mountPath: /data}]
        """;

    /** How a pod ends on a simulated node: with one of these codes, by its index or by how often it has started. */
    private static String ends(String codes) {
        return "navarch.dev/simulated-exit-after: 50ms, navarch.dev/simulated-exit-code: \"" + codes + "\"";
    }

    /** On a simulated node too. */
    private static final String ENDLESS = "navarch.dev/simulated-exit-after: never";

    private static Job running(Scenario scenario) {
        var made = scenario.create(
                Job.class,
                JOB.formatted(
                        "parallelism: 2\n  completions: 4", ENDLESS, "sleep 1000000", "Never", scenario.namespace()));
        awaitRunning(scenario, 2);
        return made;
    }

    private static Job create(Scenario scenario, String spec, String codes, String command, String restart) {
        return scenario.create(
                Job.class,
                JOB.formatted(spec.strip().replace("\n", "\n  "), ends(codes), command, restart, scenario.namespace()));
    }

    private static ScalableResource<Job> job(Scenario scenario) {
        return scenario.client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(scenario.namespace())
                .withName("test-job");
    }

    private static FilterWatchListDeletable<Pod, PodList, PodResource> pods(Scenario scenario) {
        return scenario.client().pods().inNamespace(scenario.namespace()).withLabel("job-name", "test-job");
    }

    private static void awaitRunning(Scenario scenario, int count) {
        scenario.await(
                count + " pods run",
                pods(scenario),
                found -> found.size() == count
                        && found.stream()
                                .allMatch(
                                        pod -> "Running".equals(pod.getStatus().getPhase())));
    }

    /** Waits for a condition that is true; an empty reason stands for any. */
    private static Job awaitCondition(Scenario scenario, String type, String reason) {
        return scenario.awaitOne(
                "the job is " + type + " " + reason,
                job(scenario),
                now -> now.getStatus() != null
                        && now.getStatus().getConditions() != null
                        && now.getStatus().getConditions().stream()
                                .anyMatch(c -> c.getType().equals(type)
                                        && c.getStatus().equals("True")
                                        && (reason.isEmpty() || reason.equals(c.getReason()))));
    }

    private static int number(Integer value) {
        return value == null ? 0 : value;
    }

    private static Job awaitComplete(Scenario scenario, String reason, int succeeded) {
        var done = awaitCondition(scenario, "Complete", reason);
        assertThat(number(done.getStatus().getSucceeded())).isEqualTo(succeeded);
        return done;
    }

    /** That nothing of a job goes on. */
    private static void assertOver(Job job) {
        assertThat(number(job.getStatus().getActive())).isZero();
        assertThat(job.getStatus().getReady()).isZero();
        assertThat(job.getStatus().getTerminating()).isZero();
    }

    @Behaviour("[sig-apps] Job should delete a job [Conformance]")
    void delete(Scenario scenario) {
        running(scenario);
        job(scenario).withPropagationPolicy(DeletionPropagation.FOREGROUND).delete();
        scenario.awaitGone("the job", job(scenario));
        scenario.awaitGone("its pods", pods(scenario));
    }

    @Behaviour("[sig-apps] Job should adopt matching orphans and release non-matching pods [Conformance]")
    void adoptAndRelease(Scenario scenario) {
        var job = running(scenario);
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        var name = pods(scenario).list().getItems().getFirst().getMetadata().getName();
        untilNoConflict(() -> {
            var pod = pods.withName(name).get();
            pod.getMetadata().setOwnerReferences(null);
            return pods.resource(pod).update();
        });
        scenario.awaitOne(
                "the orphan is adopted",
                pods.withName(name),
                pod -> pod.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                                && owner.getKind().equals("Job")
                                && owner.getName().equals("test-job")
                                && owner.getUid().equals(job.getMetadata().getUid())));
        untilNoConflict(() -> {
            var pod = pods.withName(name).get();
            pod.getMetadata().setLabels(null);
            return pods.resource(pod).update();
        });
        scenario.awaitOne(
                "it is released",
                pods.withName(name),
                pod -> pod.getMetadata().getOwnerReferences().stream()
                        .noneMatch(owner -> Boolean.TRUE.equals(owner.getController())));
    }

    @Behaviour("[sig-apps] Job should apply changes to a job status [Conformance]")
    void status(Scenario scenario) {
        var made = running(scenario);
        var jobs = scenario.client().batch().v1().jobs().inNamespace(scenario.namespace());
        var patched = job(scenario)
                .subresource("status")
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":{\"patchedstatus\":\"true\"}},\"status\":{\"ready\":0}}");
        assertThat(patched.getMetadata().getAnnotations()).containsEntry("patchedstatus", "true");
        assertThat(patched.getStatus().getReady()).isZero();
        var updated = untilNoConflict(() -> {
            var now = job(scenario).get();
            now.getStatus().setTerminating(0);
            now.getStatus().setReady(1);
            return jobs.resource(now).updateStatus();
        });
        assertThat(updated.getStatus().getReady()).isEqualTo(1);
        assertThat(scenario.http()
                        .get("/apis/batch/v1/namespaces/" + scenario.namespace() + "/jobs/test-job/status")
                        .ok()
                        .as(Job.class)
                        .getMetadata()
                        .getUid())
                .isEqualTo(made.getMetadata().getUid());
    }

    @Behaviour("[sig-apps] Job should manage the lifecycle of a job [Conformance]")
    void lifecycle(Scenario scenario) {
        var jobs = scenario.client().batch().v1().jobs();
        create(scenario, "parallelism: 2\ncompletions: 4\nsuspend: true", "0", "exit 0", "Never");
        try (var events = Events.of(job(scenario))) {
            var patched = job(scenario).patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"e2e\":\"patched\"}}}");
            assertThat(patched.getMetadata().getLabels()).containsEntry("e2e", "patched");
            events.next(
                    Action.MODIFIED,
                    now -> "patched".equals(now.getMetadata().getLabels().get("e2e")));
            var updated = untilNoConflict(() -> {
                var now = job(scenario).get();
                now.getSpec().setSuspend(false);
                now.getMetadata().setAnnotations(Map.of("updated", "true"));
                return jobs.inNamespace(scenario.namespace()).resource(now).update();
            });
            assertThat(updated.getMetadata().getAnnotations()).containsEntry("updated", "true");
            events.next(Action.MODIFIED, now -> {
                var annotations = now.getMetadata().getAnnotations();
                return annotations != null && annotations.containsKey("updated");
            });
            assertThat(jobs.inAnyNamespace()
                            .withLabel("e2e-job", scenario.namespace())
                            .list()
                            .getItems())
                    .hasSize(1);
            awaitComplete(scenario, "CompletionsReached", 4);
            scenario.http()
                    .call(
                            "DELETE",
                            "/apis/batch/v1/namespaces/" + scenario.namespace() + "/jobs?labelSelector=e2e-job%3D"
                                    + scenario.namespace() + "&propagationPolicy=Background")
                    .send()
                    .ok();
            events.next(Action.DELETED);
        }
        assertThat(jobs.inAnyNamespace()
                        .withLabel("e2e-job", scenario.namespace())
                        .list()
                        .getItems())
                .isEmpty();
    }

    private static final String INDEXED = "completionMode: Indexed\nparallelism: 2\n";

    /** Upstream's {@code failOddSucceedEven}. */
    private static void createOddFails(Scenario scenario, String spec) {
        create(scenario, INDEXED + spec, "0,1,0,1,0", "exit $(expr ${JOB_COMPLETION_INDEX} % 2)", "Never");
    }

    @Behaviour("[sig-apps] Job should create pods for an Indexed job with completion indexes and specified hostname"
            + " [Conformance]")
    void indexed(Scenario scenario) {
        create(scenario, INDEXED + "completions: 4", "0", "exit 0", "Never");
        awaitComplete(scenario, "CompletionsReached", 4);
        var succeeded = pods(scenario).list().getItems().stream()
                .filter(pod -> pod.getStatus().getPhase().equals("Succeeded"))
                .toList();
        var indexes = succeeded.stream()
                .map(pod -> pod.getMetadata().getAnnotations().get("batch.kubernetes.io/job-completion-index"))
                .collect(Collectors.toSet());
        assertThat(indexes).containsExactlyInAnyOrder("0", "1", "2", "3");
        assertThat(succeeded)
                .allSatisfy(pod -> assertThat(pod.getSpec().getHostname())
                        .isEqualTo("test-job-"
                                + pod.getMetadata().getAnnotations().get("batch.kubernetes.io/job-completion-index")));
    }

    @Behaviour("[sig-apps] Job with successPolicy should succeeded when all indexes succeeded [Conformance]")
    void allIndexesSucceed(Scenario scenario) {
        create(
                scenario,
                INDEXED + "completions: 2\nsuccessPolicy: {rules: [{succeededCount: 2}]}",
                "0",
                "exit 0",
                "Never");
        awaitCondition(scenario, "SuccessCriteriaMet", "SuccessPolicy");
        var done = awaitComplete(scenario, "SuccessPolicy", 2);
        assertOver(done);
        assertThat(number(done.getStatus().getFailed())).isZero();
    }

    @Behaviour("[sig-apps] Job with successPolicy succeededIndexes rule should succeeded even when some indexes remain"
            + " pending [Conformance]")
    void oneIndexSuffices(Scenario scenario) {
        createOddFails(scenario, "completions: 5\nsuccessPolicy: {rules: [{succeededIndexes: \"0\"}]}");
        awaitCondition(scenario, "SuccessCriteriaMet", "SuccessPolicy");
        var done = awaitComplete(scenario, "SuccessPolicy", 1);
        assertThat(done.getStatus().getCompletedIndexes()).isEqualTo("0");
        assertOver(done);
    }

    @Behaviour("[sig-apps] Job with successPolicy succeededCount rule should succeeded even when some indexes remain"
            + " pending [Conformance]")
    void oneSuccessSuffices(Scenario scenario) {
        createOddFails(
                scenario, "completions: 5\nbackoffLimit: 2147483647\nsuccessPolicy: {rules: [{succeededCount: 1}]}");
        awaitCondition(scenario, "SuccessCriteriaMet", "SuccessPolicy");
        var done = awaitComplete(scenario, "SuccessPolicy", 1);
        assertThat(done.getStatus().getCompletedIndexes()).isEqualTo("0");
        assertOver(done);
    }

    @Behaviour("[sig-apps] Job should execute all indexes despite some failing when using backoffLimitPerIndex"
            + " [Conformance]")
    void limitPerIndex(Scenario scenario) {
        createOddFails(scenario, "completions: 4\nbackoffLimitPerIndex: 1");
        var status = awaitCondition(scenario, "Failed", "").getStatus();
        assertThat(status.getFailedIndexes()).isEqualTo("1,3");
        assertThat(status.getCompletedIndexes()).isEqualTo("0,2");
        assertThat(status.getFailed()).isEqualTo(4);
        assertThat(status.getSucceeded()).isEqualTo(2);
    }

    @Behaviour(
            "[sig-apps] Job should terminate job execution when the number of failed indexes exceeds maxFailedIndexes"
                    + " [Conformance]")
    void mostFailedIndexes(Scenario scenario) {
        create(
                scenario,
                "completionMode: Indexed\nparallelism: 1\ncompletions: 4\nbackoffLimitPerIndex: 0\nmaxFailedIndexes: 0",
                "1",
                "exit 1",
                "Never");
        var status = awaitCondition(scenario, "Failed", "").getStatus();
        assertThat(status.getFailedIndexes()).isEqualTo("0");
        assertThat(status.getFailed()).isEqualTo(1);
    }

    @Behaviour("[sig-apps] Job should mark indexes as failed when the FailIndex action is matched in podFailurePolicy"
            + " [Conformance]")
    void failIndex(Scenario scenario) {
        createOddFails(scenario, """
            completions: 2
            backoffLimitPerIndex: 1
            podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [1]}}]}
            """);
        var status = awaitCondition(scenario, "Failed", "").getStatus();
        assertThat(status.getFailedIndexes()).isEqualTo("1");
        assertThat(status.getCompletedIndexes()).isEqualTo("0");
        assertThat(status.getFailed()).isEqualTo(1);
        assertThat(status.getSucceeded()).isEqualTo(1);
    }

    @Behaviour("[sig-apps] Job should allow to use the pod failure policy on exit code to fail the job early"
            + " [Conformance]")
    void failEarly(Scenario scenario) {
        create(scenario, """
            parallelism: 2
            completions: 4
            backoffLimit: 6
            podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1]}}]}
            """, "1", "exit 1", "Never");
        awaitCondition(scenario, "Failed", "PodFailurePolicy");
    }

    @Behaviour("[sig-apps] Job should run a job to completion when tasks sometimes fail and are locally restarted"
            + " [Conformance]")
    void restartedLocally(Scenario scenario) {
        create(
                scenario,
                "parallelism: 2\ncompletions: 4",
                "1,0",
                "if [ -r /data/foo ]; then exit 0; else touch /data/foo; exit 1; fi",
                "OnFailure");
        awaitComplete(scenario, "CompletionsReached", 4);
    }

    /**
     * The pods wait behind a gate until they are told by an annotation how to end: upstream's pod of index 0 leaves a mark
     * on its node and goes on until it is evicted; its successor finds the mark and succeeds.
     */
    @Behaviour("[sig-apps] Job should allow to use a pod failure policy to ignore failure matching on DisruptionTarget"
            + " condition [Conformance]")
    void ignoresDisruption(Scenario scenario) {
        scenario.create(Job.class, """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: test-job}
            spec:
              completionMode: Indexed
              parallelism: 2
              completions: 4
              backoffLimit: 0
              podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "True"}]}]}
              template:
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  schedulingGates: [{name: e2e.example.com/gate}]
                  containers:
                  - name: c
                    image: registry.k8s.io/e2e-test-images/busybox:1.36.1-1
                    command: [/bin/sh, -c, 'test "$END" = 0 || sleep 1000000']
                    env: [{name: END, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['e2e-end']"}}}]
            """);
        var evicted = gated(scenario, "0", "");
        open(
                scenario,
                evicted,
                "{\"navarch.dev/simulated-exit-after\":\"never\",\"navarch.dev/simulated-ignores-sigterm\":\"true\"}");
        for (var index : List.of("1", "2", "3")) {
            open(
                    scenario,
                    gated(scenario, index, ""),
                    "{\"e2e-end\":\"0\",\"navarch.dev/simulated-exit-after\":\"50ms\"}");
        }
        scenario.awaitOne(
                "all but the first have succeeded",
                job(scenario),
                now -> number(now.getStatus().getSucceeded()) == 3);
        var name = evicted.getMetadata().getName();
        scenario.awaitOne(
                "the first runs",
                scenario.client().pods().inNamespace(scenario.namespace()).withName(name),
                pod -> "Running".equals(pod.getStatus().getPhase()));
        scenario.http()
                .post(
                        "/api/v1/namespaces/" + scenario.namespace() + "/pods/" + name + "/eviction",
                        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"" + name + "\"}}")
                .ok();
        open(
                scenario,
                gated(scenario, "0", evicted.getMetadata().getUid()),
                "{\"e2e-end\":\"0\",\"navarch.dev/simulated-exit-after\":\"50ms\"}");
        var done = awaitComplete(scenario, "CompletionsReached", 4);
        assertThat(number(done.getStatus().getFailed()))
                .as("failures that count")
                .isZero();
    }

    /** Waits for the pod of an index that waits at the gate. */
    private static Pod gated(Scenario scenario, String index, String butNot) {
        Predicate<Pod> wanted =
                pod -> index.equals(pod.getMetadata().getAnnotations().get("batch.kubernetes.io/job-completion-index"))
                        && !pod.getMetadata().getUid().equals(butNot)
                        && pod.getMetadata().getDeletionTimestamp() == null
                        && !pod.getSpec().getSchedulingGates().isEmpty();
        return scenario
                .await(
                        "a pod of index " + index,
                        pods(scenario),
                        found -> found.stream().anyMatch(wanted))
                .stream()
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }

    private static void open(Scenario scenario, Pod pod, String annotations) {
        scenario.client()
                .pods()
                .inNamespace(scenario.namespace())
                .withName(pod.getMetadata().getName())
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":" + annotations + "},\"spec\":{\"schedulingGates\":null}}");
    }
}
