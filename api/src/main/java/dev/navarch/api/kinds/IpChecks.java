package dev.navarch.api.kinds;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Addresses and blocks of them.
 *
 * <p>Source: apimachinery pkg/util/validation/ip.go.
 */
final class IpChecks {
    private IpChecks() {}

    static void address(At at, Problems problems) {
        if (parse(at.text()).isEmpty()) {
            problems.invalid(at, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }

    static void addressIfSet(At at, Problems problems) {
        if (!at.isEmpty()) {
            address(at, problems);
        }
    }

    static void block(At at, Problems problems) {
        String text = at.text();
        int slash = text.indexOf('/');
        Optional<InetAddress> address = slash < 0 ? Optional.empty() : parse(text.substring(0, slash));
        boolean valid = address.isPresent() && prefix(text.substring(slash + 1), address.get());
        if (!valid) {
            problems.invalid(at, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
    }

    private static boolean prefix(String text, InetAddress address) {
        return text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= address.getAddress().length * 8;
    }

    /** Reads an address without ever asking a name server. */
    static Optional<InetAddress> parse(String text) {
        if (text.length() > 45 || text.contains("%")) {
            return Optional.empty();
        }
        boolean four = text.matches("([0-9]{1,3}\\.){3}[0-9]{1,3}");
        if (four && text.matches("(.*\\.)?0[0-9].*")) {
            return Optional.empty();
        }
        if (!four && !text.contains(":")) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
