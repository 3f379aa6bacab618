/**
 * The schemas that custom resource definitions bring along: OpenAPI v3 schemas that are structural, which means that
 * the type of every value can be told without looking at logical junctors. What can be done with them: pruning,
 * defaulting and validation of untyped trees.
 *
 * <p>Source of the behaviour: k8s.io/apiextensions-apiserver pkg/apiserver/schema and pkg/apiserver/validation;
 * k8s.io/kube-openapi pkg/validation.
 */
@NullMarked
package dev.navarch.api.structural;

import org.jspecify.annotations.NullMarked;
