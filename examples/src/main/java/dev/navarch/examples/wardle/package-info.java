/**
 * An aggregated API server: the group {@code wardle.example.com} with its kinds Flunder and Fischer, as upstream's
 * k8s.io/sample-apiserver has them. Start reading at {@link dev.navarch.examples.wardle.WardleServer}; what to create in
 * the cluster is in {@code examples/wardle}.
 */
@NullMarked
package dev.navarch.examples.wardle;

import org.jspecify.annotations.NullMarked;
