package dev.navarch.controllers.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicyRuleBuilder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decisions about jobs, each after a behaviour of upstream's pkg/controller/job. */
class JobPlanTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String INDEX = "batch.kubernetes.io/job-completion-index";

    private static Job job(UnaryOperator<JobSpecBuilder> spec) {
        return new JobBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("j")
                .withUid("j")
                .endMetadata()
                .withSpec(spec.apply(new JobSpecBuilder()
                                .withNewTemplate()
                                .withNewSpec()
                                .withRestartPolicy("Never")
                                .endSpec()
                                .endTemplate())
                        .build())
                .build();
    }

    private static Job indexed(int completions, int parallelism) {
        return job(spec ->
                spec.withCompletionMode("Indexed").withCompletions(completions).withParallelism(parallelism));
    }

    /** @param index none if negative */
    private static Pod pod(String name, int index, String phase, @Nullable String node) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .withUid(name)
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .withFinalizers(JobPlan.FINALIZER)
                .addToAnnotations(INDEX, Integer.toString(index))
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }

    private static Pod running(String name, int index) {
        return pod(name, index, "Running", "n");
    }

    private static List<String> names(List<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getName()).toList();
    }

    @Test
    void anIndexedJobThatShrinksLosesThePodsOfTheIndexesThatGo() {
        var active = List.of(running("a", 0), running("b", 1), running("c", 2), running("d", 3));
        assertThat(names(JobPlan.surplus(indexed(2, 2), active, 2))).containsExactlyInAnyOrder("c", "d");
    }

    @Test
    void ofPodsOfOneIndexTheOneThatIsFurthestStays() {
        var active = List.of(running("a", 0), pod("late", 0, "Pending", null), running("b", 1));
        assertThat(names(JobPlan.surplus(indexed(3, 3), active, 0))).containsExactly("late");
    }

    @Test
    void whatHasComeTheLeastFarGoesFirst() {
        var active = List.of(running("runs", -1), pod("placed", -1, "Pending", "n"), pod("waits", -1, "Pending", null));
        var job = job(spec -> spec.withParallelism(1));
        assertThat(names(JobPlan.surplus(job, active, 2))).containsExactlyInAnyOrder("waits", "placed");
    }

    @Test
    void aGrownIndexedJobRunsTheNewIndexes() {
        var grown = indexed(5, 5);
        assertThat(JobPlan.missingIndexes(grown, Set.of(0, 1), List.of(running("c", 2)), 5))
                .containsExactly(3, 4);
    }

    @Test
    void completionsOfIndexesThatAreNoMoreDoNotCount() {
        var shrunk = new JobBuilder(indexed(2, 2))
                .withStatus(new JobStatusBuilder()
                        .withCompletedIndexes("0,2-4")
                        .withSucceeded(4)
                        .build())
                .build();
        var tally = JobTally.of(shrunk, List.of());
        assertThat(tally.succeeded()).isEqualTo(1);
        assertThat(tally.completed()).containsExactly(0);
    }

    @ParameterizedTest
    @CsvSource({
        // completions, parallelism, done, active, wanted
        "5, 2, 0, 0, 2",
        "5, 2, 4, 1, 1",
        "5, 2, 5, 0, 0",
        "5, 10, 2, 0, 3",
        "0, 2, 0, 0, 0",
        ", 3, 0, 0, 3", // as many as there is work for
        ", 3, 1, 2, 2", // one has succeeded: no new ones
        "5, 0, 0, 0, 0",
    })
    void soManyPodsAreToRun(@Nullable Integer completions, int parallelism, int done, int active, int wanted) {
        var job = job(spec -> spec.withCompletions(completions).withParallelism(parallelism));
        assertThat(JobPlan.wanted(job, active, done)).isEqualTo(wanted);
    }

    private static Optional<JobPlan.Outcome> outcome(Job job, Pod... pods) {
        var all = Arrays.asList(pods);
        return JobPlan.outcome(job, List.of(), JobTally.of(job, all), Optional.of(NOW), NOW);
    }

    @Test
    void aRuleOfSuccessHoldsWithItsIndexesAndItsCount() {
        var job = job(spec -> spec.withCompletionMode("Indexed")
                .withCompletions(5)
                .withParallelism(5)
                .withNewSuccessPolicy()
                .withRules(new SuccessPolicyRuleBuilder()
                        .withSucceededIndexes("1-3")
                        .withSucceededCount(2)
                        .build())
                .endSuccessPolicy());
        assertThat(outcome(job, pod("a", 0, "Succeeded", "n"), pod("b", 1, "Succeeded", "n")))
                .isEmpty();
        assertThat(outcome(job, pod("b", 1, "Succeeded", "n"), pod("d", 3, "Succeeded", "n")))
                .hasValueSatisfying(end -> {
                    assertThat(end.success()).isTrue();
                    assertThat(end.reason()).isEqualTo("SuccessPolicy");
                    assertThat(end.message()).isEqualTo("Matched rules at index 0");
                });
    }

    @Test
    void anIndexFailsForGoodBeyondItsOwnLimitAndTheJobWhenAllAreOver() {
        var job = job(spec -> spec.withCompletionMode("Indexed")
                .withCompletions(2)
                .withParallelism(2)
                .withBackoffLimitPerIndex(0));
        var failed = pod("a", 1, "Failed", "n");
        assertThat(JobTally.of(job, List.of(failed)).failedIndexes()).containsExactly(1);
        assertThat(outcome(job, failed)).isEmpty();
        assertThat(outcome(job, failed, pod("b", 0, "Succeeded", "n"))).hasValueSatisfying(end -> {
            assertThat(end.success()).isFalse();
            assertThat(end.reason()).isEqualTo("FailedIndexes");
            assertThat(end.message()).isEqualTo("Job has failed indexes");
        });
    }

    @Test
    void tooManyFailedIndexesEndTheJobEarly() {
        var job = job(spec -> spec.withCompletionMode("Indexed")
                .withCompletions(5)
                .withParallelism(5)
                .withBackoffLimitPerIndex(0)
                .withMaxFailedIndexes(1));
        assertThat(outcome(job, pod("a", 0, "Failed", "n"))).isEmpty();
        assertThat(outcome(job, pod("a", 0, "Failed", "n"), pod("b", 1, "Failed", "n")))
                .hasValueSatisfying(end -> assertThat(end.reason()).isEqualTo("MaxFailedIndexesExceeded"));
    }

    @Test
    void aPodThatIsLeavingCountsAsFailedUnlessItsPlaceIsKept() {
        var leaving = new PodBuilder(running("a", -1))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:30Z")
                .endMetadata()
                .build();
        assertThat(JobPlan.failed(job(spec -> spec), leaving)).isTrue();
        assertThat(JobPlan.failed(job(spec -> spec.withPodReplacementPolicy("Failed")), leaving))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "2, 20", "3, 40", "6, 320", "7, 600", "50, 600"})
    void failuresInARowAreAnsweredEverMoreSlowly(int failures, int seconds) {
        assertThat(JobPlan.pause(failures)).hasSeconds(seconds);
    }

    @ParameterizedTest
    @CsvSource({
        // limit, restarts of an init container, of a container, over
        "0, 0, 0, false",
        "0, 0, 1, true",
        "3, 0, 2, false",
        "3, 1, 2, true",
        "3, 3, 0, true",
    })
    void restartsInPlaceCountAsFailures(int limit, int early, int later, boolean over) {
        var job = job(spec -> spec.withBackoffLimit(limit)
                .withCompletions(1)
                .editTemplate()
                .editSpec()
                .withRestartPolicy("OnFailure")
                .endSpec()
                .endTemplate());
        var pod = new PodBuilder(running("a", -1))
                .editStatus()
                .addNewInitContainerStatus()
                .withRestartCount(early)
                .endInitContainerStatus()
                .addNewContainerStatus()
                .withRestartCount(later)
                .endContainerStatus()
                .endStatus()
                .build();
        var outcome = JobPlan.outcome(job, List.of(pod), JobTally.of(job, List.of(pod)), Optional.of(NOW), NOW);
        assertThat(outcome.map(JobPlan.Outcome::reason))
                .isEqualTo(over ? Optional.of("BackoffLimitExceeded") : Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0 | 0", "0 1 | 0,1", "0 1 2 | 0-2", "1 3 4 6 7 8 | 1,3,4,6-8"})
    void indexesAreWrittenAsRangesOfThreeOrMore(String indexes, String text) {
        var set = new TreeSet<Integer>();
        for (var index : indexes.split(" ")) {
            set.add(Integer.valueOf(index));
        }
        assertThat(Indexes.format(set)).isEqualTo(text);
        assertThat(Indexes.parse(text, 9)).isEqualTo(set);
    }

    @Test
    void whenFailuresAreWaitedForAnIndexIsNotStartedBesideAPodThatLeaves() {
        var leaving = new PodBuilder(running("a", 0))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:30Z")
                .endMetadata()
                .build();
        var waiting = job(
                spec -> spec.withCompletionMode("Indexed").withCompletions(3).withPodReplacementPolicy("Failed"));
        assertThat(JobPlan.missingIndexes(waiting, Set.of(), List.of(leaving), 3))
                .containsExactly(1, 2);
        assertThat(JobPlan.missingIndexes(indexed(3, 3), Set.of(), List.of(leaving), 3))
                .containsExactly(0, 1, 2);
    }

    @Test
    void aPodHasEndedWithItsLastContainerOrCeasedToBeReadyOrWasDeleted() {
        var pod = new PodBuilder(pod("a", -1, "Failed", "n"));
        assertThat(JobPlan.ended(pod.build())).isEqualTo(NOW);
        pod.editMetadata()
                .withDeletionTimestamp("2026-01-01T00:02:00Z")
                .withDeletionGracePeriodSeconds(30L)
                .endMetadata();
        assertThat(JobPlan.ended(pod.build())).isEqualTo("2026-01-01T00:01:30Z");
        pod.editStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("False")
                .withLastTransitionTime("2026-01-01T00:01:00Z")
                .endCondition()
                .endStatus();
        assertThat(JobPlan.ended(pod.build())).isEqualTo("2026-01-01T00:01:00Z");
        pod.editStatus()
                .addNewContainerStatus()
                .withNewState()
                .withNewTerminated()
                .withFinishedAt("2026-01-01T00:00:10Z")
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus();
        assertThat(JobPlan.ended(pod.build())).isEqualTo("2026-01-01T00:00:10Z");
    }

    @Test
    void podsOfALongNamedIndexedJobFitAndEveryContainerKnowsTheIndex() {
        var job = new JobBuilder(indexed(11, 1))
                .editMetadata()
                .withName("n".repeat(60))
                .endMetadata()
                .editSpec()
                .editTemplate()
                .editSpec()
                .addNewInitContainer()
                .withName("early")
                .endInitContainer()
                .addNewContainer()
                .withName("late")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        var pod = JobPlan.pod(job, 10, FailedIndexes.History.NONE);
        assertThat(pod.getMetadata().getGenerateName()).isEqualTo("n".repeat(54) + "-10-");
        assertThat(pod.getSpec().getInitContainers().getFirst().getEnv())
                .extracting(e -> e.getName())
                .containsExactly("JOB_COMPLETION_INDEX");
        assertThat(pod.getSpec().getContainers().getFirst().getEnv()).hasSize(1);
    }

    @Test
    void jobsOfOtherControllersAreLeftToThem() {
        assertThat(JobPlan.isManagedElsewhere(job(spec -> spec))).isFalse();
        assertThat(JobPlan.isManagedElsewhere(job(spec -> spec.withManagedBy("kubernetes.io/job-controller"))))
                .isFalse();
        assertThat(JobPlan.isManagedElsewhere(job(spec -> spec.withManagedBy("example.com/kueue"))))
                .isTrue();
    }
}
