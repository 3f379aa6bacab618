/**
 * How many requests are served at a time, and whose turn it is. {@link dev.navarch.apiserver.flowcontrol.RequestGate} is
 * what requests pass: {@link dev.navarch.apiserver.flowcontrol.FlowControl}, API priority and fairness, or {@link
 * dev.navarch.apiserver.flowcontrol.InFlightLimits}, two plain limits. Begin with {@link
 * dev.navarch.apiserver.flowcontrol.QueueSet}. There are no threads here but those of timers.
 */
@org.jspecify.annotations.NullMarked
package dev.navarch.apiserver.flowcontrol;
