package dev.navarch.network;

import java.io.IOException;
import java.util.List;

/**
 * The bridge that a node's pods are on. The CNI plugin makes it for the first pod; who is to answer at its address before
 * makes it here, as the plugin would, and the plugin takes it as it is.
 */
public final class PodBridge {

    private PodBridge() {}

    /**
     * Sees to it that the bridge is there and has the address and no other.
     *
     * @param address with the length of its network's prefix, such as {@code 10.244.0.1/24}
     */
    public static void ensure(Host host, String bridge, String address) throws IOException, InterruptedException {
        Ipv4.checkCidr(address);
        // A hardware address of its own: otherwise it would be that of a pod, and change with them.
        var hardware = new StringBuilder("02:6e");
        for (var part : address.substring(0, address.indexOf('/')).split("\\.")) {
            hardware.append(String.format(java.util.Locale.ROOT, ":%02x", Integer.parseInt(part)));
        }
        var outcome = host.run(List.of("sh", "-e", "-s", bridge, address, hardware.toString()), """
                [ -e "/sys/class/net/$1" ] || ip link add "$1" address "$3" type bridge
                ip -4 -o address show dev "$1" | grep -qF " inet $2 " || {
                    ip -4 address flush dev "$1"
                    ip address add "$2" dev "$1"
                }
                ip link set "$1" up
                """);
        if (!outcome.succeeded()) {
            throw new IOException("The bridge " + bridge + " can't be made: "
                    + outcome.output().strip());
        }
    }
}
