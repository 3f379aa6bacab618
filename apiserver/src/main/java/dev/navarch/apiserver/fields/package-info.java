/**
 * Who set which field: managed fields, and server-side apply, which is built on them.
 *
 * <p>Start at {@link dev.navarch.apiserver.fields.FieldManager}: it updates an object's {@code metadata.managedFields}
 * for a write of any kind, and merges what is applied. Below it a {@link dev.navarch.apiserver.fields.FieldSet} is a
 * set of paths into an object, and a {@link dev.navarch.apiserver.fields.Shape} is what a schema says about how writers
 * share a value. All is decided by the {@link dev.navarch.api.ObjectSchema} alone, of built-in and custom resources
 * alike. Everything is immutable or confined to one call.
 *
 * <p>Source of the behaviour: sigs.k8s.io/structured-merge-diff, and k8s.io/apimachinery pkg/util/managedfields.
 */
@NullMarked
package dev.navarch.apiserver.fields;

import org.jspecify.annotations.NullMarked;
