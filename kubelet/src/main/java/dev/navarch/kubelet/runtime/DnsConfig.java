package dev.navarch.kubelet.runtime;

import java.util.List;

/** The lines of a pod's resolv.conf. All empty: the engine gives the host's. */
public record DnsConfig(List<String> servers, List<String> searches, List<String> options) {
    public static final DnsConfig NONE = new DnsConfig(List.of(), List.of(), List.of());

    public DnsConfig {
        servers = List.copyOf(servers);
        searches = List.copyOf(searches);
        options = List.copyOf(options);
    }
}
