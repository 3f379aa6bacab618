/**
 * The service network of a node: what makes a Service's addresses lead to its pods, and lets pods out of the cluster.
 *
 * <p>Start reading at {@link dev.navarch.network.ServiceProxy}, the shell that watches and applies. The core has no
 * threads, clock or IO: {@link dev.navarch.network.ServicePort} and {@link dev.navarch.network.Endpoint} are read from
 * API objects, {@link dev.navarch.network.EndpointChoice} says who may get traffic, {@link
 * dev.navarch.network.ServiceRules} turns that into rules, and {@link dev.navarch.network.Ruleset} keeps what is applied
 * and works out the smallest change.
 */
@NullMarked
package dev.navarch.network;

import org.jspecify.annotations.NullMarked;
