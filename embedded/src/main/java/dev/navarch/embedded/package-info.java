/**
 * A whole cluster in memory ({@link dev.navarch.embedded.EmbeddedCluster}), and the parts that every cluster in one process
 * is put together from: certificates, identities, calls instead of connections.
 */
@NullMarked
package dev.navarch.embedded;

import org.jspecify.annotations.NullMarked;
