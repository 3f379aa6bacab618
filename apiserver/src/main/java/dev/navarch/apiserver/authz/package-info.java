/**
 * Who may do what. {@link dev.navarch.apiserver.authz.ClusterAuthorizer} asks a chain: RBAC over the stored roles and
 * bindings ({@link dev.navarch.apiserver.authz.RbacAuthorizer}), nodes by the pods bound to them, webhooks.
 */
@NullMarked
package dev.navarch.apiserver.authz;

import org.jspecify.annotations.NullMarked;
