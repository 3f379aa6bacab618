package dev.navarch.controllers.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.List;
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
}
