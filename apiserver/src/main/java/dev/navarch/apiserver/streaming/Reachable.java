package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.request.ApiFailure;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the server may be sent by what objects say. Whoever may write the status of a node, a pod or an EndpointSlice says
 * where the server connects to, so it must not reach what only it can: services of its own machine or of its link, such as
 * a cloud's metadata, and itself, to whom its certificate for kubelets would be a user's (source of the former: kubernetes
 * pkg/proxy/util/utils.go, IsProxyableIP; of the latter: the audit of 2022, NCC-E003660-3).
 */
final class Reachable {
    private final IntSupplier ownPort;

    /** @param ownPort that this server listens on */
    Reachable(IntSupplier ownPort) {
        this.ownPort = ownPort;
    }

    /**
     * An endpoint, by its address; names are refused, for who judges one and connects to it later may have judged another.
     *
     * @throws ApiFailure if it must not be connected to
     */
    static String endpoint(String address) {
        var ip = literal(address);
        if (ip == null || ip.isLoopbackAddress() || offLimits(ip)) {
            throw refused();
        }
        return address;
    }

    /**
     * A node's kubelet, which may live on this very machine. It may go by a name: whatever that leads to must have a
     * certificate of that name by the cluster's authority before it learns anything.
     *
     * @throws ApiFailure if it must not be connected to
     */
    Location kubelet(Location location) {
        var ip = literal(location.host());
        boolean self =
                location.port() == ownPort.getAsInt() && (ip == null ? resolvesHere(location.host()) : local(ip));
        if (ip != null && offLimits(ip) || self) {
            throw refused();
        }
        return location;
    }

    private static ApiFailure refused() {
        return ApiFailure.badRequest("address not allowed");
    }

    private static @Nullable InetAddress literal(String address) {
        boolean looksIt = !address.isEmpty() && (Character.isDigit(address.charAt(0)) || address.indexOf(':') >= 0);
        if (!looksIt) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static boolean offLimits(InetAddress ip) {
        return ip.isLinkLocalAddress() || ip.isMulticastAddress() || ip.isAnyLocalAddress();
    }

    private static boolean local(InetAddress ip) {
        try {
            return ip.isLoopbackAddress() || NetworkInterface.getByInetAddress(ip) != null;
        } catch (SocketException _) {
            return true;
        }
    }

    private static boolean resolvesHere(String name) {
        try {
            for (var ip : InetAddress.getAllByName(name)) {
                if (local(ip) || ip.isAnyLocalAddress()) {
                    return true;
                }
            }
            return false;
        } catch (UnknownHostException _) {
            return false;
        }
    }
}
