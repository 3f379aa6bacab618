/**
 * Empties namespaces that are deleted, pods first.
 *
 * <p>Follows kubernetes pkg/controller/namespace: namespace_controller.go, deletion/namespaced_resources_deleter.go,
 * deletion/status_condition_utils.go. Known difference: what remains is looked for again after 1 to 15 seconds;
 * upstream waits for half of the pods' longest grace period.
 */
@NullMarked
package dev.navarch.controllers.namespace;

import org.jspecify.annotations.NullMarked;
