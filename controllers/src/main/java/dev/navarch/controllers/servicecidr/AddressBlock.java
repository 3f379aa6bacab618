package dev.navarch.controllers.servicecidr;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/**
 * A block of addresses of either family.
 *
 * @param bits of the prefix
 */
record AddressBlock(InetAddress address, int bits) {

    /** Empty if the text is no block, such as 10.96.0.0/16. */
    static Optional<AddressBlock> parse(String text) {
        int slash = text.indexOf('/');
        try {
            return slash < 0
                    ? Optional.empty()
                    : Optional.of(new AddressBlock(
                            InetAddress.ofLiteral(text.substring(0, slash)),
                            Integer.parseInt(text.substring(slash + 1))));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** Whether a text is an address of the block. */
    boolean contains(String text) {
        byte[] first = address.getAddress();
        byte[] other;
        try {
            other = InetAddress.ofLiteral(text).getAddress();
        } catch (IllegalArgumentException _) {
            return false;
        }
        int whole = bits / 8;
        int rest = bits % 8;
        return first.length == other.length
                && Arrays.equals(first, 0, whole, other, 0, whole)
                && (rest == 0 || ((first[whole] ^ other[whole]) & 0xff) >>> (8 - rest) == 0);
    }
}
