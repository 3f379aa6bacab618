/**
 * Jobs: pods that run until enough of them have succeeded, each end counted once.
 *
 * <p>Compared with kubernetes pkg/controller/job: job_controller.go, backoff_utils.go, indexed_job_utils.go. Follows
 * tracking_utils.go, pod_failure_policy.go, success_policy.go, metrics/metrics.go.
 *
 * <p>Known differences. How often pods failed in a row is read from the pods that are there, not remembered in the
 * process, so that it outlives a restart. While one waits for a back-off, {@code status.active} keeps its number; upstream
 * reports zero. Pods of jobs that the
 * scheduler places as a group (alpha) are not made differently.
 */
@NullMarked
package dev.navarch.controllers.job;

import org.jspecify.annotations.NullMarked;
