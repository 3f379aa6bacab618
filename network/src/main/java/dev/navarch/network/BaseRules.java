package dev.navarch.network;

import java.util.ArrayList;
import java.util.List;

/**
 * The part of the table that no service changes: where it hooks into the kernel's path of packets (source: kubernetes
 * pkg/proxy/nftables/README.md), and the way of pods to the world.
 */
final class BaseRules {
    /** The bit that asks for masquerading; upstream's. */
    private static final String MASQUERADE = "0x4000";

    private BaseRules() {}

    /**
     * Replaces the table by one without services.
     *
     * @param bridged whether the kernel shows bridged packets to nftables; otherwise traffic between pods of one node that
     *     goes through a service is masqueraded, so that answers find their way back
     */
    static String of(ProxyConfig config, boolean bridged) {
        var lines = new ArrayList<String>();
        var table = "ip " + config.table();
        // Deleting needs the table to be there.
        lines.add("add table " + table);
        lines.add("delete table " + table);
        lines.add("add table " + table);

        map(lines, table, ServiceRules.SERVICE_IPS, "ipv4_addr . inet_proto . inet_service");
        map(lines, table, ServiceRules.NODE_PORTS, "inet_proto . inet_service");
        map(lines, table, ServiceRules.NO_ENDPOINT_IPS, "ipv4_addr . inet_proto . inet_service");
        map(lines, table, ServiceRules.NO_ENDPOINT_NODE_PORTS, "inet_proto . inet_service");
        map(lines, table, ServiceRules.FIREWALL_IPS, "ipv4_addr . inet_proto . inet_service");
        map(lines, table, HostPortRules.HOST_PORTS, "inet_proto . inet_service");
        map(lines, table, HostPortRules.HOST_PORT_IPS, "ipv4_addr . inet_proto . inet_service");
        lines.add("add set %s %s { type ipv4_addr ; }".formatted(table, ServiceRules.CLUSTER_IPS));
        lines.add("add set %s nodeport-ips { type ipv4_addr ; }".formatted(table));
        if (!config.nodeIps().isEmpty()) {
            lines.add("add element %s nodeport-ips { %s }".formatted(table, String.join(", ", config.nodeIps())));
        }

        chain(lines, table, ServiceRules.MARK, "meta mark set meta mark or " + MASQUERADE);
        chain(lines, table, ServiceRules.REJECT, "reject");
        chain(
                lines,
                table,
                "services",
                "ip daddr . meta l4proto . th dport vmap @" + ServiceRules.SERVICE_IPS,
                "ip daddr @nodeport-ips meta l4proto . th dport vmap @" + ServiceRules.NODE_PORTS,
                "ip daddr . meta l4proto . th dport vmap @" + HostPortRules.HOST_PORT_IPS,
                "ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @"
                        + HostPortRules.HOST_PORTS);
        chain(
                lines,
                table,
                "endpoints-check",
                "ip daddr . meta l4proto . th dport vmap @" + ServiceRules.NO_ENDPOINT_IPS,
                "ip daddr @nodeport-ips meta l4proto . th dport vmap @" + ServiceRules.NO_ENDPOINT_NODE_PORTS);
        chain(
                lines,
                table,
                "cluster-ips-check",
                "ip daddr @%s reject comment \"a port that the service doesn't have\""
                        .formatted(ServiceRules.CLUSTER_IPS),
                "ip daddr %s drop comment \"an address that no service has\"".formatted(config.serviceCidr()));
        chain(lines, table, "firewall-check", "ip daddr . meta l4proto . th dport vmap @" + ServiceRules.FIREWALL_IPS);
        chain(lines, table, "masquerading", masquerading(config, bridged).toArray(String[]::new));

        // Filters look at the address that was asked for, so they stand before its translation at -100.
        hook(lines, table, "filter-prerouting", "filter", "prerouting", -110, "ct state new jump firewall-check");
        hook(lines, table, "filter-input", "filter", "input", -110, "ct state new jump endpoints-check");
        hook(
                lines,
                table,
                "filter-forward",
                "filter",
                "forward",
                -110,
                "ct state new jump endpoints-check",
                "ct state new jump cluster-ips-check");
        hook(
                lines,
                table,
                "filter-output",
                "filter",
                "output",
                -110,
                "ct state new jump endpoints-check",
                "ct state new jump firewall-check");
        hook(lines, table, "filter-output-post-dnat", "filter", "output", -90, "ct state new jump cluster-ips-check");
        hook(lines, table, "nat-prerouting", "nat", "prerouting", -100, "jump services");
        hook(lines, table, "nat-output", "nat", "output", -100, "jump services");
        hook(lines, table, "nat-postrouting", "nat", "postrouting", 100, "jump masquerading");
        return String.join("\n", lines) + "\n";
    }

    private static List<String> masquerading(ProxyConfig config, boolean bridged) {
        var rules = new ArrayList<String>();
        if (!bridged) {
            rules.add("ct status dnat ip saddr %1$s ip daddr %1$s masquerade fully-random"
                    .formatted(config.nodePodCidr()));
        }
        rules.add("ip saddr %s ip daddr != %s ip daddr != 224.0.0.0/4 masquerade fully-random"
                .formatted(config.nodePodCidr(), config.podCidr()));
        rules.add("meta mark and %s == 0 return".formatted(MASQUERADE));
        rules.add("meta mark set meta mark xor " + MASQUERADE);
        rules.add("masquerade fully-random");
        return rules;
    }

    private static void map(List<String> lines, String table, String name, String key) {
        lines.add("add map %s %s { type %s : verdict ; }".formatted(table, name, key));
    }

    private static void chain(List<String> lines, String table, String name, String... rules) {
        lines.add("add chain %s %s".formatted(table, name));
        for (var rule : rules) {
            lines.add("add rule %s %s %s".formatted(table, name, rule));
        }
    }

    private static void hook(
            List<String> lines, String table, String name, String type, String hook, int priority, String... rules) {
        lines.add("add chain %s %s { type %s hook %s priority %s ; }".formatted(table, name, type, hook, priority));
        for (var rule : rules) {
            lines.add("add rule %s %s %s".formatted(table, name, rule));
        }
    }
}
