package dev.navarch.cel.library;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelEvaluationException;
import java.util.List;
import java.util.Optional;

/** IP addresses and networks. */
public final class IpLibrary extends Library {
    public static final CelType IP = OpaqueType.create("net.IP");
    public static final CelType CIDR = OpaqueType.create("net.CIDR");

    public IpLibrary() {
        type(IP, Address.class);
        type(CIDR, Network.class);
        global("ip", "string_to_ip", IP, List.of(SimpleType.STRING), a -> address(a[0]));
        global(
                "isIP",
                "is_ip",
                SimpleType.BOOL,
                List.of(SimpleType.STRING),
                a -> Address.parse((String) a[0]).isPresent());
        global(
                "ip.isCanonical",
                "ip_is_canonical",
                SimpleType.BOOL,
                List.of(SimpleType.STRING),
                a -> address(a[0]).toString().equals(a[0]));
        global("string", "ip_to_string", SimpleType.STRING, List.of(IP), a -> a[0].toString());
        member("family", "ip_family", SimpleType.INT, IP, a -> ((Address) a[0]).isIpv4() ? 4L : 6L);
        flag("isUnspecified", "ip_is_unspecified", a -> a.inet().isAnyLocalAddress());
        flag("isLoopback", "ip_is_loopback", a -> a.inet().isLoopbackAddress());
        flag("isLinkLocalMulticast", "ip_is_link_local_multicast", a -> a.inet().isMCLinkLocal());
        flag("isLinkLocalUnicast", "ip_is_link_local_unicast", a -> a.inet().isLinkLocalAddress());
        flag("isGlobalUnicast", "ip_is_global_unicast", IpLibrary::isGlobalUnicast);

        global("cidr", "string_to_cidr", CIDR, List.of(SimpleType.STRING), a -> network(a[0]));
        global(
                "isCIDR",
                "is_cidr",
                SimpleType.BOOL,
                List.of(SimpleType.STRING),
                a -> Network.parse((String) a[0]).isPresent());
        global("string", "cidr_to_string", SimpleType.STRING, List.of(CIDR), a -> a[0].toString());
        contains("containsIP", "cidr_contains_ip_string", SimpleType.STRING, (n, v) -> n.contains(address(v)));
        contains("containsIP", "cidr_contains_ip_ip", IP, (n, v) -> n.contains((Address) v));
        contains("containsCIDR", "cidr_contains_cidr_string", SimpleType.STRING, (n, v) -> n.contains(network(v)));
        contains("containsCIDR", "cidr_contains_cidr", CIDR, (n, v) -> n.contains((Network) v));
        member("ip", "cidr_ip", IP, CIDR, a -> ((Network) a[0]).address());
        member("prefixLength", "cidr_prefix_length", SimpleType.INT, CIDR, a -> (long) ((Network) a[0]).ones());
        member("masked", "cidr_masked", CIDR, CIDR, a -> ((Network) a[0]).masked());
    }

    private interface Question {
        boolean holds(Address address);
    }

    private interface Containment {
        boolean holds(Network network, Object value) throws CelEvaluationException;
    }

    private void flag(String function, String id, Question question) {
        member(function, id, SimpleType.BOOL, IP, a -> question.holds((Address) a[0]));
    }

    private void contains(String function, String id, CelType argument, Containment containment) {
        member(function, id, SimpleType.BOOL, CIDR, List.of(argument), a -> containment.holds((Network) a[0], a[1]));
    }

    /** Go's meaning: any unicast address that is neither special nor local to a link. */
    private static boolean isGlobalUnicast(Address address) {
        var inet = address.inet();
        boolean broadcast = address.isIpv4() && address.toString().equals("255.255.255.255");
        return !broadcast
                && !inet.isAnyLocalAddress()
                && !inet.isLoopbackAddress()
                && !inet.isMulticastAddress()
                && !inet.isLinkLocalAddress();
    }

    private static Address address(Object text) throws CelEvaluationException {
        return found(
                Address.parse((String) text),
                "IP Address \"" + text + "\" parse error during conversion from string: " + "ParseAddr(\"" + text
                        + "\"): unable to parse IP");
    }

    private static Network network(Object text) throws CelEvaluationException {
        return found(
                Network.parse((String) text),
                "network address parse error during conversion from string: netip.ParsePrefix(\"" + text + "\")");
    }

    private static <T> T found(Optional<T> value, String otherwise) throws CelEvaluationException {
        if (value.isEmpty()) {
            throw failure(otherwise);
        }
        return value.get();
    }
}
