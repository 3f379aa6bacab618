/** On request only: workloads restart when a ConfigMap or Secret of theirs changes. Upstream has no such thing. */
@NullMarked
package dev.navarch.controllers.restartonchange;

import org.jspecify.annotations.NullMarked;
