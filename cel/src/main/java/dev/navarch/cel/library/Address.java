package dev.navarch.cel.library;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** An IP address, compared by value; 4 or 16 bytes. */
record Address(byte[] bytes) {
    private static final Pattern DOTTED = Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");

    /** Nothing for what is no address, has a zone, or is IPv4 in the clothes of IPv6. */
    static Optional<Address> parse(String text) {
        try {
            if (text.indexOf(':') >= 0) {
                if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
                    return Optional.empty();
                }
                return Inet6Address.ofLiteral(text) instanceof Inet6Address six
                        ? Optional.of(new Address(six.getAddress()))
                        : Optional.empty();
            }
            return DOTTED.matcher(text).matches()
                    ? Optional.of(new Address(Inet4Address.ofLiteral(text).getAddress()))
                    : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    InetAddress inet() {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean isIpv4() {
        return bytes.length == 4;
    }

    int bits() {
        return bytes.length * 8;
    }

    /** The address with all bits behind the first ones zero. */
    Address masked(int ones) {
        var masked = bytes.clone();
        for (int i = 0; i < masked.length; i++) {
            int left = Math.clamp(ones - i * 8L, 0, 8);
            masked[i] &= (byte) (0xff << (8 - left));
        }
        return new Address(masked);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Address address && Arrays.equals(bytes, address.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The canonical text of RFC 5952. */
    @Override
    public String toString() {
        if (isIpv4()) {
            return inet().getHostAddress();
        }
        var groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        int from = -1;
        int longest = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                longest = end - i;
                from = i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == from) {
                text.append("::");
                i += longest - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
