/**
 * Custom resource definitions as entries of the catalogue: what a definition declares, read once, becomes the same kind
 * of entry that built-in resources have (source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/v1/types.go).
 */
@NullMarked
package dev.navarch.api.custom;

import org.jspecify.annotations.NullMarked;
