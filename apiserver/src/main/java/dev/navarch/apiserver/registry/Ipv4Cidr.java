package dev.navarch.apiserver.registry;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A block of IPv4 addresses.
 *
 * @param base its first address as a number
 * @param bits length of the prefix
 */
record Ipv4Cidr(int base, int bits) {
    Ipv4Cidr {
        if (bits < 8 || bits > 30) {
            throw new IllegalArgumentException("a service network needs a prefix of 8 to 30 bits, not " + bits);
        }
        base &= -1 << (32 - bits);
    }

    /** @throws IllegalArgumentException if the text is not such as 10.96.0.0/12 */
    static Ipv4Cidr parse(String text) {
        int slash = text.indexOf('/');
        var address = slash < 0 ? OptionalInt.empty() : address(text.substring(0, slash));
        if (address.isEmpty()) {
            throw new IllegalArgumentException("not an IPv4 block, such as 10.96.0.0/12: " + text);
        }
        return new Ipv4Cidr(address.getAsInt(), Integer.parseInt(text.substring(slash + 1)));
    }

    /** Likewise; empty if the text is none that services can have. */
    static Optional<Ipv4Cidr> of(String text) {
        try {
            return Optional.of(parse(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** An address in dotted form, without leading zeros; empty if the text is not one. */
    static OptionalInt address(String text) {
        var parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return OptionalInt.empty();
        }
        int address = 0;
        for (var part : parts) {
            if (part.isEmpty() || part.length() > 3 || (part.length() > 1 && part.charAt(0) == '0')) {
                return OptionalInt.empty();
            }
            int value = 0;
            for (int i = 0; i < part.length(); i++) {
                int digit = part.charAt(i) - '0';
                if (digit < 0 || digit > 9) {
                    return OptionalInt.empty();
                }
                value = value * 10 + digit;
            }
            if (value > 255) {
                return OptionalInt.empty();
            }
            address = address << 8 | value;
        }
        return OptionalInt.of(address);
    }

    int size() {
        return 1 << (32 - bits);
    }

    /** The address at this place in the block. */
    String at(int offset) {
        int address = base + offset;
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    /** The place of an address in the block; empty if it is outside or no IPv4 address. */
    OptionalInt offset(String text) {
        var address = address(text);
        if (address.isEmpty()) {
            return address;
        }
        long offset = (address.getAsInt() & 0xffffffffL) - (base & 0xffffffffL);
        return offset >= 0 && offset < size() ? OptionalInt.of((int) offset) : OptionalInt.empty();
    }

    @Override
    public String toString() {
        return at(0) + "/" + bits;
    }
}
