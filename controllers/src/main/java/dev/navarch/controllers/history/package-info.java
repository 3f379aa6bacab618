/** ControllerRevisions: what the templates of stateful and daemon sets were, so that a rollout can be undone. */
@NullMarked
package dev.navarch.controllers.history;

import org.jspecify.annotations.NullMarked;
