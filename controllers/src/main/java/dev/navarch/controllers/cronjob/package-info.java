/** CronJobs: a job whenever their schedule says so. */
@NullMarked
package dev.navarch.controllers.cronjob;

import org.jspecify.annotations.NullMarked;
