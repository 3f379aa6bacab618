package dev.navarch.network;

import dev.navarch.network.Fragment.Element;
import dev.navarch.network.Fragment.UdpFlow;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes the rules of one service port; the shape is that of upstream's nftables mode, which is the specification
 * (source: kubernetes pkg/proxy/nftables/README.md and proxier.go).
 *
 * <p>A map leads from address, protocol and port to a chain. The chain of the service marks what must be masqueraded and
 * picks an endpoint at random; the chain of the endpoint rewrites the destination. Traffic from outside passes one more
 * chain first. Where nobody serves, an entry in another map refuses or drops.
 */
final class ServiceRules {
    static final String SERVICE_IPS = "service-ips";
    static final String NODE_PORTS = "service-nodeports";
    static final String NO_ENDPOINT_IPS = "no-endpoint-services";
    static final String NO_ENDPOINT_NODE_PORTS = "no-endpoint-nodeports";
    static final String FIREWALL_IPS = "firewall-ips";
    static final String CLUSTER_IPS = "cluster-ips";
    static final String MARK = "mark-for-masquerade";
    static final String REJECT = "reject-chain";
    private static final int NAME_LIMIT = 80;

    private final ProxyConfig config;
    private final ServicePort port;
    private final EndpointChoice choice;
    private final String base;
    private final TreeMap<String, List<String>> chains = new TreeMap<>();
    private final TreeMap<Element, String> elements = new TreeMap<>();
    private final TreeMap<String, Integer> affinitySets = new TreeMap<>();
    private final Set<UdpFlow> flows = new HashSet<>();

    private ServiceRules(ProxyConfig config, ServicePort port, EndpointChoice choice) {
        this.config = config;
        this.port = port;
        this.choice = choice;
        var name = "%s/%s/%s/%s"
                .formatted(port.service().namespace(), port.service().name(), port.protocol(), port.name());
        base = hash(name) + "-" + name;
    }

    static Fragment of(ProxyConfig config, ServicePort port, EndpointChoice choice) {
        var rules = new ServiceRules(config, port, choice);
        rules.write();
        return new Fragment(rules.chains, rules.elements, rules.affinitySets, rules.flows);
    }

    private void write() {
        elements.put(new Element(CLUSTER_IPS, port.clusterIp()), "");
        var internal = port.internalLocal() ? choice.local() : choice.cluster();
        var external = port.externalLocal() ? choice.local() : choice.cluster();
        writeAddresses(internal, external);
        if (choice.any()) {
            writeService(internal, external);
        }
        writeFlows(internal);
    }

    private void writeAddresses(List<Endpoint> internal, List<Endpoint> external) {
        var refusal = choice.any() ? "drop" : "goto " + REJECT;
        if (internal.isEmpty()) {
            elements.put(new Element(NO_ENDPOINT_IPS, key(port.clusterIp())), refusal);
        } else {
            elements.put(new Element(SERVICE_IPS, key(port.clusterIp())), "goto " + internalChain());
        }
        var outside = new ArrayList<>(port.externalIps());
        outside.addAll(port.loadBalancerIps());
        for (var ip : outside) {
            if (choice.any()) {
                elements.put(new Element(SERVICE_IPS, key(ip)), "goto " + externalChain());
            }
            if (external.isEmpty()) {
                elements.put(new Element(NO_ENDPOINT_IPS, key(ip)), refusal);
            }
        }
        if (port.nodePort() != 0) {
            if (choice.any()) {
                elements.put(new Element(NODE_PORTS, nodePortKey()), "goto " + externalChain());
            }
            if (external.isEmpty()) {
                elements.put(new Element(NO_ENDPOINT_NODE_PORTS, nodePortKey()), refusal);
            }
        }
        if (!port.loadBalancerIps().isEmpty() && !port.sourceRanges().isEmpty()) {
            port.loadBalancerIps()
                    .forEach(ip -> elements.put(new Element(FIREWALL_IPS, key(ip)), "goto " + firewallChain()));
            chains.put(firewallChain(), List.of("ip saddr != { " + String.join(", ", sources()) + " } drop"));
        }
    }

    /** A balancer's address may be the node's own, and then the source of the node's own packets. */
    private List<String> sources() {
        var sources = new ArrayList<>(port.sourceRanges());
        if (port.sourceRanges().stream()
                .anyMatch(range -> config.nodeIps().stream().anyMatch(ip -> Ipv4.contains(range, ip)))) {
            port.loadBalancerIps().stream()
                    .filter(ip -> port.sourceRanges().stream().noneMatch(range -> Ipv4.contains(range, ip)))
                    .forEach(sources::add);
        }
        return sources;
    }

    private void writeService(List<Endpoint> internal, List<Endpoint> external) {
        if (port.usesClusterEndpoints() && !choice.cluster().isEmpty()) {
            writePolicy(clusterChain(), choice.cluster());
        }
        if (port.usesLocalEndpoints() && !choice.local().isEmpty()) {
            writePolicy(localChain(), choice.local());
        }
        if (!internal.isEmpty()) {
            // From outside the cluster, through this node: the answer must come back the same way.
            chains.get(internalChain())
                    .addFirst("ip daddr %s %s dport %s ip saddr != %s jump %s"
                            .formatted(port.clusterIp(), port.protocol(), port.port(), config.podCidr(), MARK));
        }
        if (port.reachableFromOutside()) {
            writeExternal(external);
        }
        choice.reachable().forEach(this::writeEndpoint);
    }

    private void writeExternal(List<Endpoint> external) {
        var rules = new ArrayList<String>();
        if (!port.externalLocal()) {
            rules.add("jump " + MARK);
        } else if (!choice.cluster().isEmpty()) {
            // As if it had gone to the balancer and come back: from here, every endpoint may be used.
            rules.add("ip saddr %s goto %s".formatted(config.podCidr(), clusterChain()));
            rules.add("fib saddr type local jump " + MARK);
            rules.add("fib saddr type local goto " + clusterChain());
        }
        if (!external.isEmpty()) {
            rules.add("goto " + (port.externalLocal() ? localChain() : clusterChain()));
        }
        chains.put(externalChain(), rules);
    }

    /** Picks one: whom the client had before, or any. */
    private void writePolicy(String chain, List<Endpoint> endpoints) {
        var rules = new ArrayList<String>();
        if (port.affinitySeconds().isPresent()) {
            for (var endpoint : endpoints) {
                rules.add("ip saddr @%s goto %s".formatted(affinitySet(endpoint), endpointChain(endpoint)));
            }
        }
        var choices = new ArrayList<String>();
        for (int i = 0; i < endpoints.size(); i++) {
            choices.add("%s : goto %s".formatted(i, endpointChain(endpoints.get(i))));
        }
        rules.add("numgen random mod %s vmap { %s }".formatted(endpoints.size(), String.join(", ", choices)));
        chains.put(chain, rules);
    }

    private void writeEndpoint(Endpoint endpoint) {
        var rules = new ArrayList<String>();
        rules.add("ip saddr %s jump %s".formatted(endpoint.ip(), MARK));
        port.affinitySeconds().ifPresent(seconds -> {
            affinitySets.put(affinitySet(endpoint), seconds);
            rules.add("update @%s { ip saddr }".formatted(affinitySet(endpoint)));
        });
        rules.add("meta l4proto %s dnat to %s".formatted(port.protocol(), endpoint.address()));
        chains.put(endpointChain(endpoint), rules);
    }

    private void writeFlows(List<Endpoint> internal) {
        if (!port.protocol().equals("udp")) {
            return;
        }
        for (var ip : port.addresses()) {
            writeFlows(ip, port.port(), ip.equals(port.clusterIp()) ? internal : choice.reachable());
        }
        if (port.nodePort() != 0) {
            writeFlows("", port.nodePort(), choice.reachable());
        }
    }

    private void writeFlows(String address, int at, List<Endpoint> endpoints) {
        if (endpoints.isEmpty()) {
            flows.add(new UdpFlow(address, at, ""));
        }
        endpoints.forEach(e -> flows.add(new UdpFlow(address, at, e.ip())));
    }

    private String key(String ip) {
        return "%s . %s . %s".formatted(ip, port.protocol(), port.port());
    }

    private String nodePortKey() {
        return "%s . %s".formatted(port.protocol(), port.nodePort());
    }

    private String internalChain() {
        return port.internalLocal() ? localChain() : clusterChain();
    }

    private String clusterChain() {
        return limited("service-" + base);
    }

    private String localChain() {
        return limited("local-" + base);
    }

    private String externalChain() {
        return limited("external-" + base);
    }

    private String firewallChain() {
        return limited("firewall-" + base);
    }

    private String endpointChain(Endpoint endpoint) {
        return "endpoint-" + endpointBase(endpoint);
    }

    private String affinitySet(Endpoint endpoint) {
        return "affinity-" + endpointBase(endpoint);
    }

    private String endpointBase(Endpoint endpoint) {
        var name = base.substring(base.indexOf('-') + 1) + "__" + endpoint.ip() + "/" + endpoint.port();
        return limited(hash(name) + "-" + name);
    }

    /** The hash comes early, so a cut name is still the only one of its kind. */
    private static String limited(String name) {
        var cut = name.length() <= NAME_LIMIT ? name : name.substring(0, NAME_LIMIT - 3) + "...";
        return cut.endsWith("/") ? cut.substring(0, cut.length() - 1) : cut;
    }

    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            var out = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                out.append("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(digest[i] & 31));
            }
            return out.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256", e);
        }
    }
}
