package dev.navarch.kubelet.simulated;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;

/** Gives out the addresses of an IPv4 range, without its first two and its last. Not safe for use by many threads. */
final class AddressPool {
    private final long first;
    private final long count;
    private final Set<Long> taken = new HashSet<>();

    AddressPool(String cidr) {
        int slash = cidr.indexOf('/');
        int bits = Integer.parseInt(cidr.substring(slash + 1));
        if (bits < 8 || bits > 30) {
            throw new IllegalArgumentException("not a range that pods can have: " + cidr);
        }
        long size = 1L << (32 - bits);
        first = number(cidr.substring(0, slash)) / size * size + 2;
        count = size - 3;
    }

    private static long number(String address) {
        try {
            long value = 0;
            for (byte b : InetAddress.ofLiteral(address).getAddress()) {
                value = value << 8 | b & 0xff;
            }
            return value;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not an IPv4 address: " + address, e);
        }
    }

    /** @param whose where to look first: who asks for an address gets the same one, unless it is taken */
    String take(long whose) {
        long place = Math.floorMod(whose, count);
        for (long i = 0; i < count; i++) {
            long candidate = (place + i) % count;
            if (taken.add(candidate)) {
                return text(first + candidate);
            }
        }
        throw new IllegalStateException("no address is left");
    }

    /** Takes one that was given out in an earlier life. */
    void takeAgain(String address) {
        taken.add(number(address) - first);
    }

    void giveBack(String address) {
        taken.remove(number(address) - first);
    }

    private static String text(long value) {
        try {
            return InetAddress.getByAddress(
                            new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value})
                    .getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an address", e);
        }
    }
}
