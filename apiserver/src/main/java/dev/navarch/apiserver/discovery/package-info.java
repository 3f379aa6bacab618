/**
 * What a server tells about itself: groups, versions and resources, and their OpenAPI documents; {@link
 * dev.navarch.apiserver.discovery.Api} is what serves both. Start reading at
 * {@link dev.navarch.apiserver.discovery.DiscoveryHandler}. Made once, when first asked for.
 */
@NullMarked
package dev.navarch.apiserver.discovery;

import org.jspecify.annotations.NullMarked;
