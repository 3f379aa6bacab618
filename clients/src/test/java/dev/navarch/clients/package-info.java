/**
 * Operators, Helm and client libraries as they come from Maven Central, against {@code navarch up} in a process of its own
 * ({@link dev.navarch.clients.SharedCluster}).
 */
package dev.navarch.clients;
