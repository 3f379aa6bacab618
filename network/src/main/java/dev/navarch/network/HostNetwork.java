package dev.navarch.network;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kernel settings without which packets of pods get nowhere. They belong to the host, so nobody takes them back. */
final class HostNetwork {
    private static final Logger log = LoggerFactory.getLogger(HostNetwork.class);
    private static final String BRIDGE = "/proc/sys/net/bridge/bridge-nf-call-iptables";

    private final Host host;

    HostNetwork(Host host) {
        this.host = host;
    }

    /**
     * Switches forwarding on, and tries to have bridged packets shown to nftables.
     *
     * @return whether bridged packets are shown
     */
    boolean prepare() throws IOException, InterruptedException {
        if (!set("/proc/sys/net/ipv4/ip_forward")) {
            log.warn("Forwarding of IPv4 cannot be switched on: pods don't reach other hosts");
        }
        if (set(BRIDGE)) {
            return true;
        }
        try {
            host.run(List.of("modprobe", "br_netfilter"), "");
        } catch (IOException e) {
            log.debug("No modprobe: {}", e.getMessage());
        }
        return set(BRIDGE);
    }

    private boolean set(String setting) throws IOException, InterruptedException {
        return host.run(List.of("sh", "-c", "[ \"$(cat $0)\" = 1 ] || echo 1 > $0", setting), "")
                .succeeded();
    }
}
