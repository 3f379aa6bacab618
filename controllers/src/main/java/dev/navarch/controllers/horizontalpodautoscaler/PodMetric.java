package dev.navarch.controllers.horizontalpodautoscaler;

import java.time.Duration;
import java.time.Instant;

/**
 * What was measured of one pod.
 *
 * @param window the time before {@code at} that the value speaks of
 * @param value in thousandths
 */
record PodMetric(Instant at, Duration window, long value) {}
