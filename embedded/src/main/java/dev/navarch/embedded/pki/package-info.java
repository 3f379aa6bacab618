/**
 * The cluster's own certificates: one authority, and the certificates that it issues to the components and to the
 * administrator. Start reading at {@link dev.navarch.embedded.pki.ClusterPki}.
 */
@NullMarked
package dev.navarch.embedded.pki;

import org.jspecify.annotations.NullMarked;
