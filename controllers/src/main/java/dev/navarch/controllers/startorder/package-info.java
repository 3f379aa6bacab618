/** On request only: pods wait until the workloads that they name are ready. Upstream has no such thing. */
@NullMarked
package dev.navarch.controllers.startorder;

import org.jspecify.annotations.NullMarked;
