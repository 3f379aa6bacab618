/**
 * Which writes webhooks and policies want to see, and what their expressions see of them. Start reading at {@link
 * dev.navarch.apiserver.match.MatchCriteria}.
 */
@NullMarked
package dev.navarch.apiserver.match;

import org.jspecify.annotations.NullMarked;
