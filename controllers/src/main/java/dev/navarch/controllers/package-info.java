/**
 * The controllers: each drives one kind of object from what is observed to what is wished for. {@link
 * dev.navarch.controllers.assembly.ControllerAssembly} starts them; every one has a package of its own with the same shape:
 * {@code XController} wires informers to a queue, {@code XReconciler} turns one key into writes, {@code XPlan} holds
 * the decisions as pure functions.
 *
 * <p>All are level-triggered: what they do follows from the state of the API alone, so each may be killed between any
 * two writes.
 */
@NullMarked
package dev.navarch.controllers;

import org.jspecify.annotations.NullMarked;
