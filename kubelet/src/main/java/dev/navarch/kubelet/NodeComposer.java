package dev.navarch.kubelet;

import dev.navarch.kubelet.cgroups.ResourceMath;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.RuntimeVersion;
import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.DaemonEndpoint;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeDaemonEndpoints;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a node's object says. Pure functions of the settings, the machine and the engine.
 *
 * <p>Source of the behaviour and texts: kubernetes pkg/kubelet/nodestatus/setters.go, pkg/kubelet/kubelet_node_status.go.
 */
final class NodeComposer {
    /** What of Kubernetes' newer features this agent does (source: component-helpers nodedeclaredfeatures). */
    private static final List<String> FEATURES = List.of("RestartAllContainersOnContainerExits");

    /** Memory that is never promised to pods, upstream's default for {@code memory.available}. */
    private static final long EVICTION_MEMORY = 100L << 20;

    private static final int MAX_IMAGES = 50;
    private static final int MAX_NAMES = 5;

    private final KubeletConfig config;
    private final MachineFacts machine;

    NodeComposer(KubeletConfig config, MachineFacts machine) {
        this.config = config;
        this.machine = machine;
    }

    /** The object as it is registered; its status is filled by {@link #status}. */
    Node fresh() {
        return new NodeBuilder()
                .withApiVersion("v1")
                .withKind("Node")
                .withNewMetadata()
                .withName(config.nodeName())
                .withLabels(labels())
                .addToAnnotations("volumes.kubernetes.io/controller-managed-attach-detach", "true")
                .endMetadata()
                .withNewSpec()
                .withTaints(config.taints().stream().map(NodeComposer::taint).toList())
                .withPodCIDR(config.podBlock().orElse(null))
                .withPodCIDRs(config.podBlock().stream().toList())
                .endSpec()
                .build();
    }

    Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("beta.kubernetes.io/arch", machine.architecture());
        labels.put("beta.kubernetes.io/os", "linux");
        labels.put("kubernetes.io/arch", machine.architecture());
        labels.put("kubernetes.io/hostname", config.nodeName());
        labels.put("kubernetes.io/os", "linux");
        labels.putAll(config.labels());
        return labels;
    }

    private static Taint taint(String text) {
        int colon = text.lastIndexOf(':');
        var key = colon < 0 ? text : text.substring(0, colon);
        int equals = key.indexOf('=');
        var taint = new Taint();
        taint.setEffect(colon < 0 ? "NoSchedule" : text.substring(colon + 1));
        taint.setKey(equals < 0 ? key : key.substring(0, equals));
        if (equals >= 0) {
            taint.setValue(key.substring(equals + 1));
        }
        return taint;
    }

    Map<String, Quantity> capacity() {
        Map<String, Quantity> all = new LinkedHashMap<>();
        all.put("cpu", new Quantity(Integer.toString(machine.cpus())));
        all.put("ephemeral-storage", new Quantity(machine.diskBytes() / 1024 + "Ki"));
        for (var size : List.of("1Gi", "2Mi")) {
            long bytes = machine.hugepages().getOrDefault(size, 0L);
            all.put("hugepages-" + size, new Quantity(bytes == 0 ? "0" : (bytes >> 20) + "Mi"));
        }
        all.put("memory", new Quantity(machine.memoryBytes() / 1024 + "Ki"));
        all.put("pods", new Quantity(Integer.toString(config.maxPods())));
        config.capacity().forEach((name, value) -> all.put(name, new Quantity(value)));
        return all;
    }

    Map<String, Quantity> allocatable() {
        Map<String, Quantity> all = new LinkedHashMap<>(capacity());
        var cpu = config.reserved().get("cpu");
        if (cpu != null) {
            long left = ResourceMath.cpuMillis(all.get("cpu")) - ResourceMath.cpuMillis(new Quantity(cpu));
            all.put("cpu", new Quantity(Math.max(0, left) + "m"));
        }
        long kept = EVICTION_MEMORY + ResourceMath.value(reserved("memory"));
        for (var hugepages : machine.hugepages().values()) {
            kept += hugepages;
        }
        if (!config.capacity().containsKey("memory")) {
            long left = ResourceMath.value(all.get("memory")) - kept;
            all.put("memory", new Quantity(Math.max(0, left) / 1024 + "Ki"));
        }
        if (!config.capacity().containsKey("ephemeral-storage")) {
            long disk =
                    machine.diskBytes() - machine.diskBytes() / 10 - ResourceMath.value(reserved("ephemeral-storage"));
            all.put("ephemeral-storage", new Quantity(Long.toString(Math.max(0, disk))));
        }
        return all;
    }

    private @org.jspecify.annotations.Nullable Quantity reserved(String name) {
        var text = config.reserved().get(name);
        return text == null ? null : new Quantity(text);
    }

    /** Resources that others advertise stay, and can be allocated (source: nodestatus/setters.go, MachineInfo). */
    private static void keepExtended(
            NodeStatus old, Map<String, Quantity> capacity, Map<String, Quantity> allocatable) {
        if (old.getCapacity() != null) {
            old.getCapacity().forEach((name, amount) -> {
                if (name.indexOf('/') > 0 && capacity.putIfAbsent(name, amount) == null) {
                    allocatable.put(name, amount);
                }
            });
        }
    }

    /** @param problem why the node is not ready; "" if it is */
    NodeStatus status(NodeStatus old, RuntimeVersion runtime, List<Image> images, String problem, Instant now) {
        var status = new NodeStatus();
        status.setAddresses(addresses());
        var capacity = new LinkedHashMap<>(capacity());
        var allocatable = new LinkedHashMap<>(allocatable());
        keepExtended(old, capacity, allocatable);
        status.setCapacity(capacity);
        status.setAllocatable(allocatable);
        var endpoint = new DaemonEndpoint();
        endpoint.setPort(config.port());
        var endpoints = new NodeDaemonEndpoints();
        endpoints.setKubeletEndpoint(endpoint);
        status.setDaemonEndpoints(endpoints);
        status.setNodeInfo(info(runtime));
        status.setImages(images.stream()
                .sorted(Comparator.comparingLong(Image::sizeBytes).reversed().thenComparing(Image::id))
                .limit(MAX_IMAGES)
                .map(NodeComposer::image)
                .toList());
        status.setConditions(conditions(old, problem, now));
        status.setDeclaredFeatures(FEATURES);
        return status;
    }

    private List<NodeAddress> addresses() {
        List<NodeAddress> all = new ArrayList<>();
        config.nodeIps().forEach(ip -> all.add(new NodeAddress(ip, "InternalIP")));
        all.add(new NodeAddress(config.nodeName(), "Hostname"));
        return all;
    }

    private NodeSystemInfo info(RuntimeVersion runtime) {
        var info = new NodeSystemInfo();
        info.setArchitecture(machine.architecture());
        info.setBootID(machine.bootId());
        info.setContainerRuntimeVersion(runtime.name() + "://" + runtime.version());
        info.setKernelVersion(machine.kernelVersion());
        info.setKubeProxyVersion("");
        info.setKubeletVersion(config.version());
        info.setMachineID(machine.machineId());
        info.setOperatingSystem("linux");
        info.setOsImage(machine.osImage());
        info.setSystemUUID(machine.systemUuid());
        return info;
    }

    private static ContainerImage image(Image image) {
        List<String> names = new ArrayList<>(image.repoDigests());
        names.addAll(image.repoTags());
        var shown = new ContainerImage();
        shown.setNames(names.subList(0, Math.min(MAX_NAMES, names.size())));
        shown.setSizeBytes(image.sizeBytes());
        return shown;
    }

    private static List<NodeCondition> conditions(NodeStatus old, String problem, Instant now) {
        List<NodeCondition> all = new ArrayList<>();
        all.add(condition(
                old,
                "MemoryPressure",
                "False",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
                now));
        all.add(condition(
                old, "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now));
        all.add(condition(
                old, "PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now));
        all.add(
                problem.isEmpty()
                        ? condition(old, "Ready", "True", "KubeletReady", "kubelet is posting ready status", now)
                        : condition(old, "Ready", "False", "KubeletNotReady", problem, now));
        var own = all.stream().map(NodeCondition::getType).toList();
        Pods.orEmpty(old.getConditions()).stream()
                .filter(c -> !own.contains(c.getType()))
                .forEach(all::add);
        return all;
    }

    private static NodeCondition condition(
            NodeStatus old, String type, String value, String reason, String message, Instant now) {
        var condition = new NodeCondition();
        condition.setType(type);
        condition.setStatus(value);
        condition.setReason(reason);
        condition.setMessage(message);
        condition.setLastHeartbeatTime(StatusComposer.time(now));
        condition.setLastTransitionTime(StatusComposer.time(now));
        for (var before : Pods.orEmpty(old.getConditions())) {
            if (before.getType().equals(type)
                    && before.getStatus().equals(value)
                    && before.getLastTransitionTime() != null) {
                condition.setLastTransitionTime(before.getLastTransitionTime());
            }
        }
        return condition;
    }
}
