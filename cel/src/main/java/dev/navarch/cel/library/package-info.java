/**
 * The functions that Kubernetes adds to the language, a file for each library (source: k8s.io/apiserver
 * pkg/cel/library).
 */
@NullMarked
package dev.navarch.cel.library;

import org.jspecify.annotations.NullMarked;
