/**
 * Measurements: the load driver, which works against any Kubernetes API server, and JMH benchmarks of parts. What was
 * measured, with the commands, stands in docs/performance.md.
 */
@NullMarked
package dev.navarch.benchmarks;

import org.jspecify.annotations.NullMarked;
