package dev.navarch.cluster;

import java.util.Locale;

/**
 * A block of IPv4 addresses.
 *
 * @param base the first address, host bits zero
 * @param prefix how many leading bits are fixed
 */
public record Cidr(int base, int prefix) {

    public static Cidr parse(String text) {
        try {
            var parts = text.split("/", -1);
            var octets = parts[0].split("\\.", -1);
            if (parts.length != 2 || octets.length != 4) {
                throw new NumberFormatException();
            }
            int address = 0;
            for (var octet : octets) {
                int value = Integer.parseInt(octet);
                if (value < 0 || value > 255) {
                    throw new NumberFormatException();
                }
                address = address << 8 | value;
            }
            int prefix = Integer.parseInt(parts[1]);
            if (prefix < 0 || prefix > 32 || (address & ~mask(prefix)) != 0) {
                throw new NumberFormatException();
            }
            return new Cidr(address, prefix);
        } catch (NumberFormatException _) {
            throw new ConfigException("cidr", text, "is not an IPv4 block such as 10.244.0.0/16 with zero host bits");
        }
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << (32 - prefix);
    }

    /** The address {@code offset} after the first one. */
    public String address(int offset) {
        return format(base + offset);
    }

    /** The {@code index}-th block of {@code size} bits in this one. */
    public Cidr subnet(int size, int index) {
        if (size < prefix || size < 32 && index >= 1L << (size - prefix)) {
            throw new ConfigException("pod-cidr", this, "has no room for block " + index + " of /" + size);
        }
        return new Cidr(base + (index << (32 - size)), size);
    }

    public boolean overlaps(Cidr other) {
        int mask = mask(Math.min(prefix, other.prefix));
        return (base & mask) == (other.base & mask);
    }

    private static String format(int address) {
        return String.format(
                Locale.ROOT,
                "%d.%d.%d.%d",
                address >>> 24,
                address >>> 16 & 0xff,
                address >>> 8 & 0xff,
                address & 0xff);
    }

    @Override
    public String toString() {
        return format(base) + "/" + prefix;
    }
}
