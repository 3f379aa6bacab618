/**
 * The scheduling framework: the extension points of kube-scheduler as interfaces, and what plugins look at: nodes with
 * their pods, immutable. Start reading at {@link dev.navarch.scheduler.framework.Plugin}.
 */
@NullMarked
package dev.navarch.scheduler.framework;

import org.jspecify.annotations.NullMarked;
