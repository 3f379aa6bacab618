package dev.navarch.network.dns;

import java.nio.file.Path;
import java.util.List;

/**
 * What the cluster's DNS must know.
 *
 * @param domain the cluster's, such as {@code cluster.local}
 * @param serviceIp the address that the service {@code kube-dns} should have
 * @param address of this machine, where questions are taken
 * @param nodeName the node that the address belongs to
 * @param askers ranges of addresses from which questions are answered: pods', and the machine's own
 * @param hostFile the node's resolv.conf, which names whom other questions go to; read for each anew
 */
public record DnsConfig(
        String domain, String serviceIp, String address, String nodeName, List<String> askers, Path hostFile) {
    public DnsConfig {
        askers = List.copyOf(askers);
    }
}
