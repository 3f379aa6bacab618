/**
 * ControllerRevisions: what the templates of stateful and daemon sets were, so that a rollout can be undone.
 *
 * <p>Follows kubernetes pkg/controller/history/controller_history.go and the getPatch and ApplyRevision of both
 * owners. Known difference: the hash is of upstream's shape, not its value; revisions that upstream made are
 * recognized by what they hold.
 */
@NullMarked
package dev.navarch.controllers.history;

import org.jspecify.annotations.NullMarked;
