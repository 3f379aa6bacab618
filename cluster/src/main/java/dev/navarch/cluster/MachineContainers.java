package dev.navarch.cluster;

import dev.navarch.client.Informers;
import dev.navarch.embedded.Lifecycle;
import dev.navarch.embedded.RealContainers;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.network.Host;
import dev.navarch.network.ProxyConfig;
import dev.navarch.network.ServiceProxy;
import dev.navarch.runtime.cri.ContainerdProcess;
import dev.navarch.runtime.cri.NodeCleanup;
import dev.navarch.runtime.cri.NodeLayout;
import dev.navarch.time.SystemTime;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Containers of embedded clusters, by a containerd of each cluster's own. As {@code navarch up} does, it installs Debian's
 * packages where they are missing.
 */
public final class MachineContainers implements RealContainers {
    private static final Cidr PODS = Cidr.parse("10.160.0.0/12");
    private static final Cidr SERVICES = Cidr.parse("10.224.0.0/12");
    private static final int POD_BITS = 24;
    private static final int SERVICE_BITS = 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final SecureRandom random = new SecureRandom();

    @Override
    public List<String> problems() {
        return new Preflight(true, Progress.silent())
                .run(ClusterConfig.RuntimeKind.AUTO)
                .problems();
    }

    /** Drawn from thousands, as processes don't know of each other; none of them is what {@code navarch up} usually has. */
    @Override
    public Ranges ranges() {
        var pods = PODS.subnet(POD_BITS, random.nextInt(1 << (POD_BITS - PODS.prefix())));
        var services = SERVICES.subnet(SERVICE_BITS, random.nextInt(1 << (SERVICE_BITS - SERVICES.prefix())));
        return new Ranges(pods.toString(), pods.address(1), services.toString(), services.address(1));
    }

    @Override
    public Node start(String name, Path directory, Ranges ranges) throws IOException, InterruptedException {
        var layout = NodeLayout.of(directory);
        var time = new SystemTime();
        try {
            return new ContainerdNode(name, layout, ranges, time, ContainerdProcess.start(layout, ranges.pods(), time));
        } catch (InterruptedException | RuntimeException e) {
            remove(layout, time);
            time.close();
            throw e;
        }
    }

    private static void remove(NodeLayout layout, TimeSource time) throws IOException, InterruptedException {
        var left = new NodeCleanup(layout, time).run();
        if (!left.isEmpty()) {
            throw new IOException("could not remove " + String.join(", ", left));
        }
    }

    /** @param time containerd's, which is the machine's */
    private record ContainerdNode(
            String name,
            NodeLayout layout,
            Ranges ranges,
            SystemTime time,
            ContainerdProcess containerd,
            Lifecycle lifecycle)
            implements Node {

        ContainerdNode(String name, NodeLayout layout, Ranges ranges, SystemTime time, ContainerdProcess containerd) {
            this(name, layout, ranges, time, containerd, new Lifecycle());
        }

        @Override
        public ContainerRuntime runtime() {
            return containerd.runtime();
        }

        @Override
        public KubeletConfig configured(KubeletConfig usual) {
            return usual.withPodBlock(ranges.pods())
                    .withCgroups(new KubeletConfig.Cgroups(Path.of("/sys/fs/cgroup"), layout.cgroupRoot()))
                    .withMounts(true);
        }

        @Override
        public Path volumes() {
            return layout.dataDir().resolve("volumes");
        }

        @Override
        public void route(Informers ofCluster, Informers ofNode, TimeSource ofThem)
                throws InterruptedException, TimeoutException {
            var settings = new ProxyConfig(
                    layout.nftTable(),
                    name,
                    "",
                    List.of(ranges.gateway()),
                    ranges.pods(),
                    ranges.pods(),
                    ranges.services());
            var proxy = lifecycle.add(
                    "service proxy", ServiceProxy.start(settings, ofCluster, ofNode, Host.local(), ofThem));
            ofCluster.start();
            ofNode.start();
            proxy.awaitInForce(LIMIT);
        }

        @Override
        public void load(Path archive) throws IOException, InterruptedException {
            containerd.images().importArchive(archive);
        }

        @Override
        public void close() throws IOException, InterruptedException {
            lifecycle.close();
            containerd.close();
            try (time) {
                remove(layout, time);
            }
        }
    }
}
