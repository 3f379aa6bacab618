/**
 * The Common Expression Language as Kubernetes speaks it: expressions are checked against the types that schemas give,
 * compiled once, and evaluated over untyped trees within a budget.
 *
 * <p>Source of the behaviour: k8s.io/apiserver pkg/cel; k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel.
 */
@NullMarked
package dev.navarch.cel;

import org.jspecify.annotations.NullMarked;
