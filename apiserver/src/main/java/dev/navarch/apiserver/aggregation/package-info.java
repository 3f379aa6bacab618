/**
 * APIs that other servers serve: which there are, whether they can be reached, and the way there. Start reading at
 * {@link dev.navarch.apiserver.aggregation.Aggregator}. Each request that is passed on has a virtual thread, and so has
 * each check; one more follows the APIServices.
 */
@NullMarked
package dev.navarch.apiserver.aggregation;

import org.jspecify.annotations.NullMarked;
