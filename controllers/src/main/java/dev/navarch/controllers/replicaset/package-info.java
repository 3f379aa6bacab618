/** ReplicaSets and ReplicationControllers: as many pods as wished for, never one too many. */
@NullMarked
package dev.navarch.controllers.replicaset;

import org.jspecify.annotations.NullMarked;
