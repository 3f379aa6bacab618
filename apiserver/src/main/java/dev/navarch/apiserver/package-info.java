/**
 * The API server: the only way into a cluster. {@link dev.navarch.apiserver.ApiServer} puts it together from the packages
 * beside this one, none of which knows this one. Their order is free of circles: {@code request} has the words that all
 * share; {@code http} hands requests to {@code authn}, {@code authz} and {@code flowcontrol}, and then to {@code registry},
 * which serves resources, {@code discovery}, {@code streaming} or {@code aggregation}.
 */
@NullMarked
package dev.navarch.apiserver;

import org.jspecify.annotations.NullMarked;
