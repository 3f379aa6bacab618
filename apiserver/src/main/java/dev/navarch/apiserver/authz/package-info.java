/**
 * Who may do what: RBAC over the stored roles and bindings. Start reading at {@link
 * dev.navarch.apiserver.authz.RbacAuthorizer}. One virtual thread keeps the index in step with the store; deciding
 * reads the index and never blocks.
 */
@NullMarked
package dev.navarch.apiserver.authz;

import org.jspecify.annotations.NullMarked;
