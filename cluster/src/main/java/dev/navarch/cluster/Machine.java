package dev.navarch.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What this machine is called and where it is reached.
 *
 * @param name lower case, fit for a node
 * @param addresses its IPv4 addresses beside loopback and the pods' own bridges, the one towards the outside first
 */
record Machine(String name, List<String> addresses) {

    static Machine detect() throws IOException {
        List<String> addresses = new ArrayList<>();
        outward().ifPresent(addresses::add);
        for (var network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            if (!network.isUp() || network.isLoopback() || ofContainers(network.getName())) {
                continue;
            }
            for (var address : Collections.list(network.getInetAddresses())) {
                if (address instanceof Inet4Address && !addresses.contains(address.getHostAddress())) {
                    addresses.add(address.getHostAddress());
                }
            }
        }
        return new Machine(hostname(), List.copyOf(addresses));
    }

    private static boolean ofContainers(String network) {
        return network.startsWith("nv") || network.startsWith("veth") || network.startsWith("docker");
    }

    /** The address that packets to the outside would carry; nothing is sent to find out. */
    private static Optional<String> outward() {
        try (var socket = new DatagramSocket()) {
            socket.connect(InetAddress.ofLiteral("198.51.100.1"), 9);
            var address = socket.getLocalAddress();
            return address instanceof Inet4Address && !address.isAnyLocalAddress() && !address.isLoopbackAddress()
                    ? Optional.of(address.getHostAddress())
                    : Optional.empty();
        } catch (IOException | java.io.UncheckedIOException _) {
            return Optional.empty(); // no route
        }
    }

    private static String hostname() throws IOException {
        var name = java.nio.file.Files.readString(java.nio.file.Path.of("/proc/sys/kernel/hostname"))
                .strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9.-]", "-");
        return name.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?") ? name : "node";
    }
}
