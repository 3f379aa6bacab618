/**
 * What Kubernetes knows about each kind: its defaults, its semantic rules, what an update may not change, what
 * create, update and status update keep or drop, the fields that selectors may name.
 *
 * <p>Start reading at {@link dev.navarch.api.kinds.KindRules}, then {@link dev.navarch.api.kinds.KindRulesCatalogue}.
 * Rules work on trees that the schema has already accepted, yet they meet any tree without throwing. Nothing here
 * has state, time or IO.
 */
@NullMarked
package dev.navarch.api.kinds;

import org.jspecify.annotations.NullMarked;
