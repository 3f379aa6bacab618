/**
 * Deletes what lost all its owners, and holds or frees what is owned.
 *
 * <p>Follows kubernetes pkg/controller/garbagecollector: garbagecollector.go, graph_builder.go, graph.go,
 * operations.go, patch.go, metrics/metrics.go. Known difference: owner references and finalizers are replaced as whole
 * lists at the version that was read, for all kinds alike; upstream patches single entries of built-in kinds.
 */
@NullMarked
package dev.navarch.controllers.garbagecollector;

import org.jspecify.annotations.NullMarked;
