package dev.navarch.controllers.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobTallyTest {
    private static PodBuilder pod(String phase) {
        return new PodBuilder()
                .withNewMetadata()
                .withUid("u")
                .addToFinalizers(JobPlan.FINALIZER)
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .endStatus();
    }

    @Test
    void anEvictedPodThatEndsWellAfterAllIsCountedOnce() {
        var job = new JobBuilder().withNewSpec().withCompletions(1).endSpec();
        var noted = JobTally.of(job.build(), List.of(pod("Running").build()));
        assertThat(noted.newFailed()).containsExactly("u");
        job.withNewStatus()
                .withNewUncountedTerminatedPods()
                .addAllToFailed(noted.newFailed())
                .endUncountedTerminatedPods()
                .endStatus();
        var later = JobTally.of(job.build(), List.of(pod("Succeeded").build()));
        assertThat(later.newFailed()).containsExactly("u");
        assertThat(later.newSucceeded()).isEmpty();
        assertThat(later.release()).hasSize(1);
    }

    private static Pod ended(int number, String phase) {
        return new PodBuilder()
                .withNewMetadata()
                .withUid("u" + number)
                .addToFinalizers(JobPlan.FINALIZER)
                .addToAnnotations("batch.kubernetes.io/job-completion-index", Integer.toString(number))
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }

    private static List<Pod> many(int count, String phase) {
        return IntStream.range(0, count).mapToObj(i -> ended(i, phase)).toList();
    }

    @Test
    void manyEndsAreNotedInPortionsButAllCountForTheDecision() {
        var job = new JobBuilder().withNewSpec().withCompletions(2000).endSpec().build();
        var tally = JobTally.of(job, many(1200, "Succeeded"));
        assertThat(tally.newSucceeded()).hasSize(JobTally.MOST_NOTED);
        assertThat(tally.release()).hasSize(JobTally.MOST_NOTED);
        assertThat(tally.allSucceeded()).isEqualTo(1200);
        assertThat(tally.settled()).isFalse();
    }

    @Test
    void ofAnIndexedJobFailuresOfOtherIndexesDoNotCount() {
        var job = new JobBuilder()
                .withNewSpec()
                .withCompletionMode("Indexed")
                .withCompletions(2)
                .endSpec()
                .build();
        var tally = JobTally.of(job, List.of(ended(1, "Failed"), ended(2, "Failed")));
        assertThat(tally.newFailed()).containsExactly("u1");
        assertThat(tally.release()).hasSize(2);
    }

    @Test
    void theLastFailureOfAnIndexIsHeldUntilAnotherPodRunsOrTheIndexIsOver() {
        var job = new JobBuilder()
                .withNewSpec()
                .withCompletionMode("Indexed")
                .withCompletions(3)
                .withBackoffLimitPerIndex(1)
                .endSpec()
                .build();
        var failed = ended(0, "Failed");
        var alone = JobTally.of(job, List.of(failed));
        assertThat(alone.release()).isEmpty();
        assertThat(alone.newFailed()).isEmpty();
        assertThat(alone.allFailed()).isEqualTo(1);
        var next = new PodBuilder(ended(0, "Running"))
                .editMetadata()
                .withUid("next")
                .endMetadata()
                .build();
        assertThat(JobTally.of(job, List.of(failed, next)).newFailed()).containsExactly("u0");
        var last = new PodBuilder(failed)
                .editMetadata()
                .addToAnnotations(FailedIndexes.COUNT, "1")
                .endMetadata()
                .build();
        var over = JobTally.of(job, List.of(last));
        assertThat(over.failedIndexes()).containsExactly(0);
        assertThat(over.newFailed()).containsExactly("u0");
    }

    @Test
    void whenAJobFailsAllItsPodsHaveAndWhenItSucceedsTheRestHasNot() {
        var job = new JobBuilder().withNewSpec().withCompletions(3).endSpec().build();
        var pods = List.of(ended(0, "Running"), ended(1, "Succeeded"));
        var failure = JobTally.of(job, pods, Optional.of(new JobPlan.Outcome(false, "r", "m")));
        assertThat(failure.newFailed()).containsExactly("u0");
        assertThat(failure.newSucceeded()).containsExactly("u1");
        var success = JobTally.of(job, pods, Optional.of(new JobPlan.Outcome(true, "r", "m")));
        assertThat(success.newFailed()).isEmpty();
        assertThat(success.release()).hasSize(2);
    }
}
