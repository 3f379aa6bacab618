/**
 * API servers of other kinds than Kubernetes's own, which a cluster's API server passes requests on to. Start reading at
 * {@link dev.navarch.apiserver.ExtensionServer}.
 */
@NullMarked
package dev.navarch.apiserver.extension;

import org.jspecify.annotations.NullMarked;
