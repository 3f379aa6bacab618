package dev.navarch.controllers.nodeipam;

import dev.navarch.controllers.PodRanges;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;

/**
 * The ranges that a cluster's range of pod addresses is divided into, one for each node. source: kubernetes
 * pkg/controller/nodeipam/ipam/cidrset.
 *
 * @param text the whole range, as it was given
 * @param base its first address as a number
 * @param width of an address in bits: 32 or 128
 * @param bits of the whole range's prefix, at most those of a node's
 * @param nodeBits of the prefix of a node's range
 */
record NodeBlocks(String text, BigInteger base, int width, int bits, int nodeBits) {
    private static final int WIDTH4 = 32;
    /** So many more bits may a node's prefix of IPv6 have than the whole range's (source: clusterSubnetMaxDiff). */
    private static final int MOST6 = 16;

    /**
     * One range of those.
     *
     * @throws IllegalArgumentException if the text is no range that has room for a node
     */
    static NodeBlocks parse(String text, PodRanges ranges) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("no range of addresses: " + text);
        }
        var address = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
        int bits = Integer.parseInt(text.substring(slash + 1));
        int width = address.length * Byte.SIZE;
        int nodeBits = width == WIDTH4 ? ranges.bits4() : ranges.bits6();
        if (bits < 0 || bits > nodeBits || nodeBits > width || width != WIDTH4 && nodeBits - bits > MOST6) {
            throw new IllegalArgumentException("range " + text + " can't be divided into ranges of /" + nodeBits);
        }
        var base = new BigInteger(1, address).shiftRight(width - bits).shiftLeft(width - bits);
        return new NodeBlocks(text, base, width, bits, nodeBits);
    }

    int count() {
        return 1 << nodeBits - bits;
    }

    /**
     * A range for a node.
     *
     * @param tries how many were looked at before that somebody else has
     */
    record Block(String text, int index, int tries) {}

    /** The first one from there on that is not used. */
    Optional<Block> free(Set<String> used, int from) {
        for (int i = 0; i < count(); i++) {
            int index = (from + i) % count();
            var block = block(index);
            if (!used.contains(block)) {
                return Optional.of(new Block(block, index, i));
            }
        }
        return Optional.empty();
    }

    private String block(int index) {
        var first =
                base.add(BigInteger.valueOf(index).shiftLeft(width - nodeBits)).toByteArray();
        var address = new byte[width / Byte.SIZE];
        int length = Math.min(first.length, address.length);
        System.arraycopy(first, first.length - length, address, address.length - length, length);
        return Rfc5952.text(address) + "/" + nodeBits;
    }

    /** The one way to write an address (source: net.IP.String). */
    private static final class Rfc5952 {
        private Rfc5952() {}

        static String text(byte[] address) {
            try {
                var plain = InetAddress.getByAddress(address).getHostAddress();
                return address.length == Integer.BYTES ? plain : shortened(plain.split(":"));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }

        /** The longest run of at least two zeros, the first of several, is left out. */
        private static String shortened(String[] parts) {
            int start = 0;
            int length = 0;
            for (int i = 0; i < parts.length; i++) {
                int end = i;
                while (end < parts.length && parts[end].equals("0")) {
                    end++;
                }
                if (end - i > length) {
                    start = i;
                    length = end - i;
                }
                i = Math.max(i, end - 1);
            }
            if (length < 2) {
                return String.join(":", parts);
            }
            var before = String.join(":", java.util.Arrays.copyOfRange(parts, 0, start));
            var after = String.join(":", java.util.Arrays.copyOfRange(parts, start + length, parts.length));
            return before + "::" + after;
        }
    }
}
