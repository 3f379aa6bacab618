package dev.navarch.api.kinds;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Addresses and blocks of them.
 *
 * <p>Source: apimachinery pkg/util/validation/ip.go.
 */
final class IpChecks {
    private static final String NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    private static final String NO_BLOCK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

    /** A block: an address, which may have bits beyond the prefix, and how long that is. */
    private record Block(InetAddress address, int prefix, boolean leadingZeros, boolean mapped) {
        InetAddress masked() {
            byte[] bytes = address.getAddress();
            for (int bit = prefix; bit < bytes.length * 8; bit++) {
                bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
            }
            return ofBytes(bytes);
        }
    }

    private IpChecks() {}

    /** An address in any notation that is not ambiguous. */
    static void address(At at, Problems problems) {
        complaints(at.text()).forEach(complaint -> problems.invalid(at, complaint));
    }

    static void addressIfSet(At at, Problems problems) {
        if (!at.isEmpty()) {
            address(at, problems);
        }
    }

    /** What keeps a text from being an address in the one notation that Go prints. */
    static List<String> canonical(String text) {
        List<String> wrong = complaints(text);
        if (!wrong.isEmpty()) {
            return wrong;
        }
        String canonical = print(parse(text).orElseThrow());
        return text.equals(canonical) ? List.of() : List.of("must be in canonical form (\"" + canonical + "\")");
    }

    private static List<String> complaints(String text) {
        Optional<InetAddress> address = parse(text);
        if (address.isEmpty()) {
            return List.of(NO_ADDRESS);
        }
        if (hasLeadingZeros(text)) {
            return List.of("must not have leading 0s");
        }
        return isMapped(text, address.get()) ? List.of("must not be an IPv4-mapped IPv6 address") : List.of();
    }

    /** A block in any notation that is not ambiguous. */
    static void block(At at, Problems problems) {
        blockComplaints(at.text()).forEach(complaint -> problems.invalid(at, complaint));
    }

    /** A block in the one notation that Go prints. */
    static void canonicalBlock(At at, Problems problems) {
        canonicalBlock(at, at.text(), problems);
    }

    static void canonicalBlock(At at, String text, Problems problems) {
        List<String> wrong = blockComplaints(text);
        if (wrong.isEmpty()) {
            Block block = parseBlock(text).orElseThrow();
            String canonical = print(block.masked()) + "/" + block.prefix();
            if (!text.equals(canonical)) {
                wrong = List.of("must be in canonical form (\"" + canonical + "\")");
            }
        }
        wrong.forEach(complaint -> problems.invalid(at, text, complaint));
    }

    private static List<String> blockComplaints(String text) {
        Optional<Block> parsed = parseBlock(text);
        if (parsed.isEmpty()) {
            return List.of(NO_BLOCK);
        }
        Block block = parsed.get();
        if (block.leadingZeros()) {
            return List.of("must not have leading 0s in IP or prefix length");
        }
        if (block.mapped()) {
            return List.of("must not have an IPv4-mapped IPv6 address");
        }
        return block.masked().equals(block.address())
                ? List.of()
                : List.of("must not have bits set beyond the prefix length");
    }

    /** An address of an interface: with a prefix, and with the bits beyond it. */
    static void interfaceAddress(At at, Problems problems) {
        Optional<Block> block = parseBlock(at.text());
        if (block.isEmpty()) {
            problems.invalid(at, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)");
            return;
        }
        String canonical = print(block.get().address()) + "/" + block.get().prefix();
        if (!at.is(canonical)) {
            problems.invalid(at, "must be in canonical form (\"" + canonical + "\")");
        }
    }

    /** Whether a block is within another one and smaller; false if one of them is no block. */
    static boolean isStrictlyInside(String inner, String outer) {
        Optional<Block> small = parseBlock(inner);
        Optional<Block> large = parseBlock(outer);
        if (small.isEmpty()
                || large.isEmpty()
                || large.get().prefix() >= small.get().prefix()) {
            return false;
        }
        Block cut = new Block(small.get().address(), large.get().prefix(), false, false);
        return cut.masked().equals(large.get().masked());
    }

    static boolean isBlock(String text) {
        return parseBlock(text).isPresent();
    }

    /**
     * How an address or a block is written.
     *
     * @param strict without leading zeros, and not one of IPv4 within IPv6
     * @param canonical the one notation that Go prints
     * @param single of a block with bits beyond its prefix: what it would be if one address were meant; else empty
     */
    record Form(boolean strict, String canonical, String single) {}

    /** Empty if it's no address. */
    static Optional<Form> form(String text) {
        return parse(text)
                .map(address -> new Form(!hasLeadingZeros(text) && !isMapped(text, address), print(address), ""));
    }

    /** Empty if it's no block. */
    static Optional<Form> blockForm(String text) {
        return parseBlock(text).map(block -> {
            var address = block.address();
            boolean more = !block.masked().equals(address);
            return new Form(
                    !block.leadingZeros() && !block.mapped(),
                    print(block.masked()) + "/" + block.prefix(),
                    more ? print(address) + "/" + 8 * address.getAddress().length : "");
        });
    }

    private static Optional<Block> parseBlock(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        String prefix = text.substring(slash + 1);
        Optional<InetAddress> address = parse(text.substring(0, slash));
        if (address.isEmpty() || prefix.isEmpty() || prefix.length() > 3 || !isDigits(prefix)) {
            return Optional.empty();
        }
        boolean mapped = isMapped(text.substring(0, slash), address.get());
        int bits = Integer.parseInt(prefix) - (mapped ? 96 : 0);
        if (bits < 0 || bits > address.get().getAddress().length * 8) {
            return Optional.empty();
        }
        boolean zeros = hasLeadingZeros(text.substring(0, slash)) || (prefix.length() > 1 && prefix.startsWith("0"));
        return Optional.of(new Block(address.get(), bits, zeros, mapped));
    }

    private static boolean isMapped(String text, InetAddress address) {
        return address instanceof Inet4Address && text.indexOf(':') >= 0;
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean hasLeadingZeros(String text) {
        String dotted = text.substring(text.lastIndexOf(':') + 1);
        if (dotted.indexOf('.') < 0) {
            return false;
        }
        boolean first = true;
        for (int i = 0; i < dotted.length(); i++) {
            char c = dotted.charAt(i);
            boolean more = i + 1 < dotted.length() && dotted.charAt(i + 1) != '.';
            if (first && c == '0' && more) {
                return true;
            }
            first = c == '.';
        }
        return false;
    }

    /** Reads an address, with leading zeros as decimal numbers, without ever asking a name server. */
    static Optional<InetAddress> parse(String text) {
        if (text.length() > 45 || text.indexOf('%') >= 0) {
            return Optional.empty();
        }
        if (text.indexOf(':') < 0) {
            return four(text);
        }
        if (hasLeadingZeros(text)) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<InetAddress> four(String text) {
        byte[] bytes = new byte[4];
        int part = 0;
        int digits = 0;
        int value = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : '.';
            if (c >= '0' && c <= '9' && digits < 3) {
                value = value * 10 + c - '0';
                digits++;
            } else if (c == '.' && digits > 0 && value < 256 && part < 4) {
                bytes[part++] = (byte) value;
                value = 0;
                digits = 0;
            } else {
                return Optional.empty();
            }
        }
        return part == 4 ? Optional.of(ofBytes(bytes)) : Optional.empty();
    }

    private static InetAddress ofBytes(byte[] bytes) {
        try {
            return bytes.length == 4 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** As RFC 5952 has it: the longest run of zeros is left out. */
    private static String print(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return address.getHostAddress();
        }
        List<Integer> groups = new ArrayList<>();
        for (int i = 0; i < 16; i += 2) {
            groups.add((bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff);
        }
        int best = -1;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups.get(end) == 0) {
                end++;
            }
            if (end - i > length) {
                best = i;
                length = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                text.append("::");
                i += length - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups.get(i)));
            }
        }
        return text.toString();
    }
}
