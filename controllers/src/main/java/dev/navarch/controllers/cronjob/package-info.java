/**
 * CronJobs: a job whenever their schedule says so.
 *
 * <p>Follows kubernetes pkg/controller/cronjob: cronjob_controllerv2.go, utils.go, injection.go, metrics/metrics.go.
 * No differences are known.
 */
@NullMarked
package dev.navarch.controllers.cronjob;

import org.jspecify.annotations.NullMarked;
