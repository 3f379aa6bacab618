package dev.navarch.network;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.Arrays;
import java.util.List;

/** Services and endpoints as tests need them. */
final class Given {
    static final ProxyConfig CONFIG = new ProxyConfig(
            "navarch-test", "node1", "", List.of("192.0.2.10"), "10.66.0.0/16", "10.66.0.0/24", "10.96.0.0/16");

    private Given() {}

    static Service service(String name, String clusterIp, int port) {
        return service(name, clusterIp, "TCP", port);
    }

    static Service service(String name, String clusterIp, String protocol, int port) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withType("ClusterIP")
                .withClusterIP(clusterIp)
                .withClusterIPs(clusterIp)
                .addNewPort()
                .withProtocol(protocol)
                .withPort(port)
                .endPort()
                .endSpec()
                .build();
    }

    static Service nodePort(Service service, int nodePort) {
        return new ServiceBuilder(service)
                .editSpec()
                .withType("NodePort")
                .editFirstPort()
                .withNodePort(nodePort)
                .endPort()
                .endSpec()
                .build();
    }

    /** What {@link #slice} makes an endpoint of. */
    record Member(String ip, boolean ready, boolean serving, boolean terminating, String node) {
        static Member ready(String ip) {
            return new Member(ip, true, true, false, "node1");
        }

        static Member ending(String ip) {
            return new Member(ip, false, true, true, "node1");
        }

        static Member gone(String ip) {
            return new Member(ip, false, false, true, "node1");
        }

        Member on(String otherNode) {
            return new Member(ip, ready, serving, terminating, otherNode);
        }
    }

    static EndpointSlice slice(String service, String protocol, int port, Member... members) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(service + "-abcde")
                .addToLabels("kubernetes.io/service-name", service)
                .endMetadata()
                .withAddressType("IPv4")
                .withEndpoints(Arrays.stream(members)
                        .map(m -> new EndpointBuilder()
                                .withAddresses(m.ip())
                                .withNodeName(m.node())
                                .withNewConditions()
                                .withReady(m.ready())
                                .withServing(m.serving())
                                .withTerminating(m.terminating())
                                .endConditions()
                                .build())
                        .toList())
                .addNewPort()
                .withName("")
                .withProtocol(protocol)
                .withPort(port)
                .endPort()
                .build();
    }

    static Fragment rules(Service service, EndpointSlice... slices) {
        return Fragment.join(ServicePort.of(service).stream()
                .map(port -> {
                    var all = Endpoint.of(port, List.of(slices), CONFIG.nodeName());
                    return ServiceRules.of(
                            CONFIG, port, EndpointChoice.of(port, all, CONFIG.nodeName(), CONFIG.zone()));
                })
                .toList());
    }
}
