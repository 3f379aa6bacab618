package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The blocks that addresses of services come from, and the addresses that are taken.
 *
 * <p>Source: kubernetes pkg/apis/networking/validation/validation.go, pkg/registry/networking/ipaddress,
 * pkg/registry/networking/servicecidr.
 */
final class ServiceNetworkRules {
    private static final String GROUP = "networking.k8s.io/";

    private ServiceNetworkRules() {}

    static Map<String, KindRules> all() {
        return Map.of(GROUP + "IPAddress", address(), GROUP + "ServiceCIDR", block());
    }

    private static KindRules address() {
        return Kind.clustered(IpChecks::canonical)
                .check((address, problems) -> {
                    At parent = address.at("spec", "parentRef");
                    if (!parent.isSet()) {
                        problems.required(parent, "");
                        return;
                    }
                    problems.grammarIfSet(parent.at("group"), Names::dns1123Subdomain);
                    problems.requiredGrammar(parent.at("resource"), Names::pathSegment);
                    problems.requiredGrammar(parent.at("name"), Names::pathSegment);
                    problems.grammarIfSet(parent.at("namespace"), Names::pathSegment);
                })
                .immutable("spec", "parentRef")
                .build();
    }

    private static KindRules block() {
        return Kind.clustered(Names::dns1123Subdomain)
                .status()
                .check((block, problems) -> blocks(block.at("spec", "cidrs"), block.at("spec"), problems))
                .immutable("spec", "cidrs")
                .build();
    }

    private static void blocks(At blocks, At spec, Problems problems) {
        if (blocks.isEmpty()) {
            problems.required(blocks, "at least one CIDR required");
            return;
        }
        if (blocks.size() > 2) {
            problems.invalid(blocks, spec.value(), "may only hold up to 2 values");
            return;
        }
        List<String> texts = blocks.texts();
        if (texts.size() == 2 && family(texts.get(0)) + family(texts.get(1)) != 4 + 16) {
            problems.invalid(
                    blocks,
                    spec.value(),
                    "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
            return;
        }
        blocks.items().forEach(block -> IpChecks.canonicalBlock(block, problems));
    }

    /** How many bytes an address of the block has; 0 if it is none. */
    private static int family(String block) {
        int slash = block.indexOf('/');
        Optional<InetAddress> address = slash < 0 ? Optional.empty() : IpChecks.parse(block.substring(0, slash));
        return address.map(ip -> ip.getAddress().length).orElse(0);
    }
}
