/** On request only: Deployments go back to what they were when a rollout misses its deadline. Upstream has no such thing. */
@NullMarked
package dev.navarch.controllers.automaticrollback;

import org.jspecify.annotations.NullMarked;
