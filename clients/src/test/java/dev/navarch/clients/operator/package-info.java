/** A Java Operator SDK operator: {@link dev.navarch.clients.operator.SiteReconciler} serves {@code Site}s. */
package dev.navarch.clients.operator;
