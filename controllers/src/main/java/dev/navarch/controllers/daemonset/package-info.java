/** DaemonSets: one pod on each node that suits, replaced node by node when the template changes. */
@NullMarked
package dev.navarch.controllers.daemonset;

import org.jspecify.annotations.NullMarked;
