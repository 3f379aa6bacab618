/**
 * CronJobs: a job whenever their schedule says so.
 *
 * <p>Compared with kubernetes pkg/controller/cronjob: cronjob_controllerv2.go, utils.go, injection.go, metrics/metrics.go,
 * and the tables of their tests. No known differences.
 */
@NullMarked
package dev.navarch.controllers.cronjob;

import org.jspecify.annotations.NullMarked;
