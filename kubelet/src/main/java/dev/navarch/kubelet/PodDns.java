package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.runtime.DnsConfig;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes into a pod's resolv.conf, by its dnsPolicy.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/network/dns/dns.go.
 *
 * @param servers the cluster's DNS; empty: there is none, and ClusterFirst is as Default
 * @param domain the cluster's domain
 * @param hostFile the node's own resolv.conf
 */
record PodDns(List<String> servers, String domain, Path hostFile) {
    private static final Logger log = LoggerFactory.getLogger(PodDns.class);
    private static final int MAX_SERVERS = 3;
    private static final int MAX_SEARCHES = 32;

    DnsConfig of(Pod pod) {
        var policy = pod.getSpec().getDnsPolicy() == null
                ? "ClusterFirst"
                : pod.getSpec().getDnsPolicy();
        boolean cluster = !servers.isEmpty()
                && (policy.equals("ClusterFirstWithHostNet")
                        || (policy.equals("ClusterFirst") && !Pods.hostNetwork(pod)));
        var base = policy.equals("None") ? DnsConfig.NONE : cluster ? ofCluster(pod) : ofHost();
        return merge(base, pod);
    }

    private DnsConfig ofCluster(Pod pod) {
        List<String> searches = new ArrayList<>();
        if (!domain.isEmpty()) {
            searches.add(pod.getMetadata().getNamespace() + ".svc." + domain);
            searches.add("svc." + domain);
            searches.add(domain);
        }
        searches.addAll(ofHost().searches());
        return new DnsConfig(servers, searches, List.of("ndots:5"));
    }

    private static DnsConfig merge(DnsConfig base, Pod pod) {
        var own = pod.getSpec().getDnsConfig();
        if (own == null) {
            return limited(base.servers(), base.searches(), base.options());
        }
        var servers = new LinkedHashSet<>(base.servers());
        servers.addAll(Pods.orEmpty(own.getNameservers()));
        var searches = new LinkedHashSet<>(base.searches());
        searches.addAll(Pods.orEmpty(own.getSearches()));
        Map<String, String> options = new LinkedHashMap<>();
        base.options().forEach(o -> options.put(o.split(":", 2)[0], o));
        Pods.orEmpty(own.getOptions())
                .forEach(o -> options.put(
                        o.getName(), o.getValue() == null ? o.getName() : o.getName() + ":" + o.getValue()));
        return limited(List.copyOf(servers), List.copyOf(searches), List.copyOf(options.values()));
    }

    private static DnsConfig limited(List<String> servers, List<String> searches, List<String> options) {
        return new DnsConfig(
                servers.subList(0, Math.min(MAX_SERVERS, servers.size())),
                searches.subList(0, Math.min(MAX_SEARCHES, searches.size())),
                options);
    }

    private DnsConfig ofHost() {
        List<String> hostServers = new ArrayList<>();
        List<String> searches = new ArrayList<>();
        List<String> options = new ArrayList<>();
        try {
            for (var line : Files.readAllLines(hostFile)) {
                var words = line.strip().split("\\s+");
                var rest = Arrays.asList(words).subList(1, words.length);
                switch (words[0]) {
                    case "nameserver" -> hostServers.addAll(rest);
                    case "search" -> {
                        searches.clear();
                        searches.addAll(rest);
                    }
                    case "options" -> options.addAll(rest);
                    default -> {} // comments and what resolvers don't use
                }
            }
        } catch (IOException e) {
            log.warn("Can't read the node's {}: {}", hostFile, e.getMessage());
        }
        return new DnsConfig(hostServers, searches, options);
    }
}
