/**
 * Gives nodes their ranges of pod addresses.
 *
 * <p>Follows kubernetes pkg/controller/nodeipam: ipam/range_allocator.go, ipam/cidrset. Known differences. Ranges are of IPv4
 * and /24 for a node, as the networks of nodes are here. Ranges are read from the nodes each time, and what was given and
 * does not show yet beside them.
 */
@NullMarked
package dev.navarch.controllers.nodeipam;

import org.jspecify.annotations.NullMarked;
