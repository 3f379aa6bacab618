/**
 * Assembly: puts the components together from one configuration record, starts and stops them in order. Start reading
 * at {@link dev.navarch.cluster.Cluster}.
 */
@NullMarked
package dev.navarch.cluster;

import org.jspecify.annotations.NullMarked;
