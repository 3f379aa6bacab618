package dev.navarch.network.dns;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informers;
import dev.navarch.network.Ipv4;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The DNS of a cluster, which pods reach as the service {@code kube-dns}. It lives in this process: the service has no
 * selector, and the endpoint that it leads to is noted at each start.
 *
 * <p>Source of the service: the addon that kubeadm installs (kubernetes cmd/kubeadm/app/phases/addons/dns/manifests.go).
 */
public final class ClusterDns implements AutoCloseable {
    /** As whom it acts. */
    public static final String USER = "system:serviceaccount:kube-system:cluster-dns";

    private static final Logger log = LoggerFactory.getLogger(ClusterDns.class);
    private static final String NAMESPACE = "kube-system";
    private static final String NAME = "kube-dns";
    private static final int PORT = 53;
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(60);

    private final DnsConfig config;
    private final ApiClient client;
    private final Informers informers;
    private final DnsServer server;
    private final String serviceIp;

    private ClusterDns(DnsConfig config, ApiClient client, TimeSource time, RandomGenerator random)
            throws IOException, InterruptedException, TimeoutException {
        this.config = config;
        this.client = client;
        informers = new Informers(client, time, random);
        try {
            var address = InetAddress.ofLiteral(config.address());
            var zone = new ClusterZone(config.domain(), address, informers);
            var answerer = new Answerer(zone, new Forwarder(() -> others(config), random), random);
            informers.start();
            informers.awaitSynced(SYNC_LIMIT);
            var service = service();
            serviceIp = service.getSpec().getClusterIP();
            server = DnsServer.start(address, 0, answerer, this::mayAsk);
            try {
                lead(service);
            } catch (ApiFailure e) {
                server.close();
                throw e;
            }
        } catch (IOException | InterruptedException | TimeoutException | RuntimeException e) {
            informers.close();
            throw e;
        }
    }

    /**
     * Returns when questions are answered, and the service leads to where they are.
     *
     * @throws IOException if the address can't be had
     */
    public static ClusterDns start(DnsConfig config, ApiClient client, TimeSource time, RandomGenerator random)
            throws IOException, InterruptedException, TimeoutException {
        return new ClusterDns(config, client, time, random);
    }

    /** Where pods ask. */
    public String serviceIp() {
        return serviceIp;
    }

    private boolean mayAsk(InetAddress asker) {
        return asker instanceof Inet4Address
                && config.askers().stream().anyMatch(range -> Ipv4.contains(range, asker.getHostAddress()));
    }

    /** Whom the node asks, but for ourselves. */
    private static List<InetSocketAddress> others(DnsConfig config) {
        return nameservers(config.hostFile()).stream()
                .filter(server -> !server.equals(config.address()) && !server.equals(config.serviceIp()))
                .map(server -> new InetSocketAddress(InetAddress.ofLiteral(server), PORT))
                .toList();
    }

    private static List<String> nameservers(Path resolvConf) {
        try (Stream<String> lines = Files.lines(resolvConf)) {
            return lines.map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length > 1 && words[0].equals("nameserver") && Ipv4.is(words[1]))
                    .map(words -> words[1])
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of(); // there is nobody to ask
        }
    }

    /** The service, with the address that is usual if nobody else has it. */
    private Service service() {
        var services = client.resource(Service.class);
        var there = services.get(NAMESPACE, NAME);
        if (there.isPresent()) {
            return there.get();
        }
        try {
            return services.create(wanted().editSpec()
                    .withClusterIP(config.serviceIp())
                    .endSpec()
                    .build());
        } catch (ApiFailure e) {
            if (e.alreadyExists()) {
                return services.get(NAMESPACE, NAME).orElseThrow(() -> e);
            }
            if (e.code() != 422) {
                throw e;
            }
            log.warn("The cluster's DNS gets another address than {}: {}", config.serviceIp(), e.getMessage());
            return services.create(wanted().build());
        }
    }

    private static ServiceBuilder wanted() {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(NAME)
                .addToLabels("k8s-app", NAME)
                .addToLabels("kubernetes.io/cluster-service", "true")
                .addToLabels("kubernetes.io/name", "CoreDNS")
                .endMetadata()
                .withNewSpec()
                .addNewPort()
                .withName("dns")
                .withProtocol("UDP")
                .withPort(PORT)
                .withTargetPort(new IntOrString(PORT))
                .endPort()
                .addNewPort()
                .withName("dns-tcp")
                .withProtocol("TCP")
                .withPort(PORT)
                .withTargetPort(new IntOrString(PORT))
                .endPort()
                .endSpec();
    }

    /** Notes that this process is where the service leads to. */
    private void lead(Service service) {
        if (service.getSpec().getSelector() != null
                && !service.getSpec().getSelector().isEmpty()) {
            log.info("The service {} leads to pods of the user's own: it is left to them", NAME);
            return;
        }
        var slices = client.resource(EndpointSlice.class);
        var slice = new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(NAME)
                .addToLabels("kubernetes.io/service-name", NAME)
                .addToLabels("endpointslice.kubernetes.io/managed-by", "cluster-dns.navarch.dev")
                .endMetadata()
                .withAddressType("IPv4")
                .addNewPort()
                .withName("dns")
                .withProtocol("UDP")
                .withPort(server.datagramPort())
                .endPort()
                .addNewPort()
                .withName("dns-tcp")
                .withProtocol("TCP")
                .withPort(server.streamPort())
                .endPort()
                .addNewEndpoint()
                .withAddresses(config.address())
                .withNodeName(config.nodeName())
                .withNewConditions()
                .withReady(true)
                .withServing(true)
                .withTerminating(false)
                .endConditions()
                .endEndpoint();
        var before = slices.get(NAMESPACE, NAME);
        if (before.isPresent()) {
            slices.update(slice.editMetadata()
                    .withResourceVersion(before.get().getMetadata().getResourceVersion())
                    .endMetadata()
                    .build());
        } else {
            slices.create(slice.build());
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        informers.close();
    }
}
