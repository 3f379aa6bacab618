/**
 * The rules that schemas of custom resources carry in {@code x-kubernetes-validations} (source:
 * k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel).
 */
@NullMarked
package dev.navarch.cel.rules;

import org.jspecify.annotations.NullMarked;
