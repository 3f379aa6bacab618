package dev.navarch.network;

import java.util.List;

/**
 * What a node's service proxy must know.
 *
 * @param table name of the nftables table, unlike that of any other cluster on the host
 * @param nodeName decides which endpoints are local
 * @param zone the node's zone, "" if it has none
 * @param nodeIps the node's own IPv4 addresses: those on which node ports answer, the primary one first
 * @param podCidr addresses of all pods of the cluster; traffic from them is not from outside
 * @param nodePodCidr addresses of this node's pods; what leaves them for elsewhere is masqueraded
 * @param serviceCidr addresses of services; what is sent to one that no service has is dropped
 */
public record ProxyConfig(
        String table,
        String nodeName,
        String zone,
        List<String> nodeIps,
        String podCidr,
        String nodePodCidr,
        String serviceCidr) {

    public ProxyConfig {
        if (!table.matches("[a-zA-Z][a-zA-Z0-9-]{0,60}")) {
            throw new IllegalArgumentException("No name for an nftables table: " + table);
        }
        nodeIps = List.copyOf(nodeIps);
        nodeIps.forEach(Ipv4::check);
        Ipv4.checkCidr(podCidr);
        Ipv4.checkCidr(nodePodCidr);
        Ipv4.checkCidr(serviceCidr);
    }
}
