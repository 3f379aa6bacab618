/**
 * Gives nodes their ranges of pod addresses.
 *
 * <p>Follows kubernetes pkg/controller/nodeipam: ipam/range_allocator.go, ipam/cidrset. Known difference. Ranges are read from
 * the nodes each time, and what was given and does not show yet beside them.
 */
@NullMarked
package dev.navarch.controllers.nodeipam;

import org.jspecify.annotations.NullMarked;
