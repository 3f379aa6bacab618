/**
 * DaemonSets: one pod on each node that suits, replaced node by node when the template changes.
 *
 * <p>Follows kubernetes pkg/controller/daemon: daemon_controller.go, update.go, util/daemonset_util.go.
 *
 * <p>Known differences. A revision whose name is taken by another's hash is made under the next name at once, not in
 * the next round. Of several revisions that hold one template the newest counts and the others age out with the
 * history; upstream merges them. Pods on nodes that are gone do not stop an update with surge.
 */
@NullMarked
package dev.navarch.controllers.daemonset;

import org.jspecify.annotations.NullMarked;
