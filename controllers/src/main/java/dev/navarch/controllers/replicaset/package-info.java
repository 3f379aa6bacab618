/**
 * ReplicaSets and ReplicationControllers: as many pods as wished for, never one too many.
 *
 * <p>Follows kubernetes pkg/controller/replicaset (replica_set.go, replica_set_utils.go, metrics/metrics.go),
 * pkg/controller/replication (replication_controller.go, conversion.go) and pkg/controller/controller_utils.go
 * (expectations, ActivePodsWithRanks, slow start).
 *
 * <p>Known difference. Of two pods that have been ready for about as long, not quite, upstream deletes the one with
 * the lower uid; here restarts and age are asked before, since upstream's order has circles.
 */
@NullMarked
package dev.navarch.controllers.replicaset;

import org.jspecify.annotations.NullMarked;
