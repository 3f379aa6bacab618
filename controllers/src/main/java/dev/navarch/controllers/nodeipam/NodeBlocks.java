package dev.navarch.controllers.nodeipam;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * The ranges that a cluster's range of pod addresses is divided into, one for each node. source: kubernetes
 * pkg/controller/nodeipam/ipam/cidrset.
 *
 * @param base of the whole range, an IPv4 address as a number
 * @param bits of its prefix, at most those of a node's
 */
record NodeBlocks(long base, int bits) {
    /** Of a node's prefix; upstream's default. */
    private static final int NODE_BITS = 24;

    private static final int ALL_BITS = 32;

    /** @throws IllegalArgumentException if the text is no range of IPv4 that has room for a node */
    static NodeBlocks parse(String text) {
        int slash = text.indexOf('/');
        var address = slash < 0
                ? new byte[0]
                : InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
        int bits = slash < 0 ? ALL_BITS : Integer.parseInt(text.substring(slash + 1));
        if (address.length != Integer.BYTES || bits > NODE_BITS) {
            throw new IllegalArgumentException("no range of IPv4 addresses with room for nodes: " + text);
        }
        long base = 0;
        for (byte part : address) {
            base = base << Byte.SIZE | part & 0xff;
        }
        return new NodeBlocks(base & -1L << ALL_BITS - bits, bits);
    }

    int count() {
        return 1 << NODE_BITS - bits;
    }

    /** The lowest one that is not used. */
    Optional<String> free(Set<String> used) {
        for (int i = 0; i < count(); i++) {
            var block = block(i);
            if (!used.contains(block)) {
                return Optional.of(block);
            }
        }
        return Optional.empty();
    }

    private String block(int index) {
        long first = base + ((long) index << ALL_BITS - NODE_BITS);
        return (first >> 24 & 0xff) + "." + (first >> 16 & 0xff) + "." + (first >> 8 & 0xff) + "." + (first & 0xff)
                + "/" + NODE_BITS;
    }
}
