/**
 * The scheduler's configuration: {@code KubeSchedulerConfiguration} of {@code kubescheduler.config.k8s.io/v1}, read
 * strictly, with upstream's defaults and messages. Start reading at {@link
 * dev.navarch.scheduler.config.SchedulerConfiguration}.
 */
@NullMarked
package dev.navarch.scheduler.config;

import org.jspecify.annotations.NullMarked;
