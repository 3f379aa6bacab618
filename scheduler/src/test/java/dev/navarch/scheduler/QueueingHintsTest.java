package dev.navarch.scheduler;

import static dev.navarch.scheduler.TestDevices.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which events concern which plugin, and which of them help which pod, line by line as upstream's {@code
 * EventsToRegister} and hint functions say; what is here beyond these is marked.
 */
@Timeout(180)
class QueueingHintsTest {
    private static final ManualTime TIME = new ManualTime(Instant.EPOCH);
    private static final FakeApi API = new FakeApi(TIME, new Random(1));
    private static final Informers INFORMERS = new Informers(API.client(), TIME);
    private static final Map<String, Plugin> PLUGINS = new LinkedHashMap<>();

    @BeforeAll
    static void plugins() throws Exception {
        API.put(object(PersistentVolumeClaim.class, "{metadata: {name: data}, spec: {volumeName: v}}"));
        API.put(object(PersistentVolume.class, "{metadata: {name: v}, spec: {csi: {driver: d, volumeHandle: h}}}"));
        API.put(claim("{}"));
        API.put(object(
                ResourceClaim.class,
                "{metadata: {name: mine, ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: p-uid, "
                        + "controller: true}]}, spec: {devices: {}}}"));
        var assembly = new SchedulerAssembly(
                SchedulerConfig.standard(), API.client(), INFORMERS, TIME, new Random(2), new SchedulerMetrics(TIME));
        var made = assembly.profiles().get("default-scheduler");
        made.recorder().close();
        made.profile().plugins().forEach(plugin -> PLUGINS.put(plugin.name(), plugin));
        INFORMERS.start();
        INFORMERS.awaitSynced(Duration.ofMinutes(2));
    }

    @AfterAll
    static void close() {
        INFORMERS.close();
    }

    private static <T extends HasMetadata> T object(Class<T> type, String yaml) {
        var object = read(yaml, type);
        object.getMetadata().setUid(object.getMetadata().getName() + "-uid");
        if (object instanceof io.fabric8.kubernetes.api.model.Namespaced
                && object.getMetadata().getNamespace() == null) {
            object.getMetadata().setNamespace("default");
        }
        return object;
    }

    private static ResourceClaim claim(String status) {
        return object(
                ResourceClaim.class, "{metadata: {name: gpu}, spec: {devices: {}}, status: %s}".formatted(status));
    }

    /** @param rest of the metadata, the spec and the status, each after a bar */
    private static Pod pod(String rest) {
        var parts = (rest + " | | ").split("\\|", -1);
        return object(
                Pod.class,
                "{metadata: {name: p%s}, spec: {containers: [{name: c%s}]%s}, status: {phase: Pending%s}}"
                        .formatted(more(parts[0]), "", more(parts[1]), more(parts[2])));
    }

    private static String more(String part) {
        return part.isBlank() ? "" : ", " + part;
    }

    private static Pod asking(String cpu) {
        return object(
                Pod.class,
                "{metadata: {name: p}, spec: {containers: [{name: c, resources: {requests: {cpu: %s}}}]}}"
                        .formatted(cpu));
    }

    private static Node node(String rest) {
        var parts = (rest + " | | ").split("\\|", -1);
        return object(
                Node.class,
                "{metadata: {name: n%s}, spec: {podCIDR: 10.0.0.0/24%s}, status: {phase: Running%s}}"
                        .formatted(more(parts[0]), more(parts[1]), more(parts[2])));
    }

    private static PodInfo info(Pod pod) {
        return new PodInfo(pod);
    }

    private static ClusterEvent node(String before, String now) {
        return new ClusterEvent.NodeChanged(node(before), node(now));
    }

    private static ClusterEvent assigned(Pod before, Pod now) {
        return new ClusterEvent.AssignedPodChanged(info(before), info(now));
    }

    private static ClusterEvent waiting(Pod before, Pod now) {
        return new ClusterEvent.PodChanged(before, now);
    }

    private static final String CLAIMING = "|volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]";

    /** One of each kind, under its name. */
    private static Map<String, ClusterEvent> events() {
        var all = new LinkedHashMap<String, ClusterEvent>();
        all.put("AssignedPodAdd", new ClusterEvent.PodAssigned(info(pod(""))));
        all.put("AssignedPodDelete", new ClusterEvent.PodRemoved(info(pod(CLAIMING)), Optional.empty()));
        all.put("AssignedPodUpdatePodLabel", assigned(pod(""), pod("labels: {a: b}")));
        all.put("AssignedPodUpdatePodScaleDown", assigned(asking("2"), asking("1")));
        all.put("AssignedPodUpdate", assigned(pod(""), pod("|priority: 1")));
        all.put("UnschedulablePodUpdatePodLabel", waiting(pod(""), pod("labels: {a: b}")));
        all.put("UnschedulablePodUpdatePodScaleDown", waiting(asking("2"), asking("1")));
        all.put(
                "UnschedulablePodUpdatePodSchedulingGatesEliminated",
                waiting(pod("|schedulingGates: [{name: g}]"), pod("")));
        all.put("UnschedulablePodUpdatePodToleration", waiting(pod(""), pod("|tolerations: [{operator: Exists}]")));
        all.put(
                "UnschedulablePodUpdatePodGeneratedResourceClaim",
                waiting(pod(""), pod("||resourceClaimStatuses: [{name: g, resourceClaimName: gpu}]")));
        all.put("UnschedulablePodUpdate", waiting(pod(""), pod("|activeDeadlineSeconds: 1")));
        all.put("NodeAdd", new ClusterEvent.NodeAdded(node("")));
        all.put("NodeDelete", new ClusterEvent.NodeRemoved(node("")));
        all.put(
                "NodeUpdateNodeTaint",
                node("|unschedulable: true, taints: [{key: k, effect: NoSchedule}]", "|unschedulable: false"));
        all.put("NodeUpdateNodeAllocatable", node("||allocatable: {cpu: 1}", "||allocatable: {cpu: 2}"));
        all.put("NodeUpdateNodeLabel", node("", "labels: {a: b}"));
        all.put(
                "NodeUpdateNodeCondition",
                node(
                        "||conditions: [{type: Ready, status: 'False'}]",
                        "||conditions: [{type: Ready, status: 'True'}]"));
        all.put("NodeUpdateNodeAnnotation", node("", "annotations: {a: b}"));
        all.put("NodeUpdateNodeDeclaredFeature", node("", "||declaredFeatures: [F]"));
        all.put("NamespaceUpdate", new ClusterEvent.NamespaceChanged("default"));
        for (var type : java.util.List.of(
                PersistentVolume.class,
                PersistentVolumeClaim.class,
                CSINode.class,
                CSIDriver.class,
                CSIStorageCapacity.class,
                StorageClass.class,
                VolumeAttachment.class,
                ResourceClaim.class,
                ResourceSlice.class,
                DeviceClass.class)) {
            var object = object(type, "{metadata: {name: o}, spec: {}}");
            var version = object.getApiVersion();
            var group = version.contains("/") ? version.substring(0, version.indexOf('/') + 1) : "";
            all.put(group + object.getKind() + "Add", new ClusterEvent.ObjectChanged(Optional.empty(), object));
            all.put(group + object.getKind() + "Update", new ClusterEvent.ObjectChanged(Optional.of(object), object));
            all.put(group + object.getKind() + "Delete", new ClusterEvent.ObjectRemoved(object));
        }
        return all;
    }

    @Test
    void eventsHaveUpstreamsNames() {
        events().forEach((name, event) -> assertThat(event.name()).isEqualTo(name));
        assertThat(new ClusterEvent.NodeChanged(node(""), node("||conditions: [{type: Ready, status: 'True'}]"))
                        .matters())
                .isTrue();
        assertThat(new ClusterEvent.NodeChanged(
                                node("||conditions: [{type: Ready, status: 'True', lastHeartbeatTime: a}]"),
                                node("||conditions: [{type: Ready, status: 'True', lastHeartbeatTime: b}]"))
                        .matters())
                .as("a heartbeat")
                .isFalse();
    }

    /** What follows {@code +} is beyond upstream's: a pod would wait for five minutes else. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = ':', textBlock = """
            SchedulingGates       : UnschedulablePodUpdatePodSchedulingGatesEliminated
            NodeUnschedulable     : NodeAdd NodeUpdateNodeTaint UnschedulablePodUpdatePodToleration
            NodeName              : NodeAdd
            NodePorts             : NodeAdd AssignedPodDelete
            TaintToleration       : NodeAdd NodeUpdateNodeTaint UnschedulablePodUpdatePodToleration
            NodeAffinity          : NodeAdd NodeUpdateNodeLabel
            NodeResourcesFit      : NodeAdd NodeUpdateNodeAllocatable AssignedPodDelete AssignedPodUpdatePodScaleDown \
            UnschedulablePodUpdatePodScaleDown resource.k8s.io/DeviceClassAdd resource.k8s.io/DeviceClassUpdate
            InterPodAffinity      : NodeAdd NodeUpdateNodeLabel AssignedPodAdd AssignedPodDelete \
            AssignedPodUpdatePodLabel UnschedulablePodUpdatePodLabel + NamespaceUpdate
            PodTopologySpread     : NodeAdd NodeDelete NodeUpdateNodeLabel AssignedPodAdd AssignedPodDelete \
            AssignedPodUpdatePodLabel UnschedulablePodUpdatePodLabel + NodeUpdateNodeTaint
            VolumeRestrictions    : NodeAdd AssignedPodDelete PersistentVolumeClaimAdd
            NodeVolumeLimits      : AssignedPodDelete PersistentVolumeClaimAdd storage.k8s.io/CSINodeAdd \
            storage.k8s.io/CSINodeUpdate storage.k8s.io/VolumeAttachmentDelete + NodeAdd PersistentVolumeClaimUpdate
            VolumeZone            : NodeAdd NodeUpdateNodeLabel PersistentVolumeAdd PersistentVolumeUpdate \
            PersistentVolumeClaimAdd PersistentVolumeClaimUpdate storage.k8s.io/StorageClassAdd
            VolumeBinding         : NodeAdd NodeUpdateNodeLabel PersistentVolumeAdd PersistentVolumeUpdate \
            PersistentVolumeClaimAdd PersistentVolumeClaimUpdate storage.k8s.io/StorageClassAdd \
            storage.k8s.io/StorageClassUpdate storage.k8s.io/CSINodeAdd storage.k8s.io/CSINodeUpdate \
            storage.k8s.io/CSIDriverUpdate storage.k8s.io/CSIStorageCapacityAdd storage.k8s.io/CSIStorageCapacityUpdate
            DynamicResources      : NodeAdd NodeUpdateNodeLabel NodeUpdateNodeAllocatable \
            UnschedulablePodUpdatePodGeneratedResourceClaim resource.k8s.io/ResourceClaimAdd \
            resource.k8s.io/ResourceClaimUpdate resource.k8s.io/DeviceClassAdd resource.k8s.io/DeviceClassUpdate \
            resource.k8s.io/ResourceSliceAdd resource.k8s.io/ResourceSliceUpdate
            DefaultPreemption     : AssignedPodDelete
            NodeDeclaredFeatures  : NodeAdd NodeUpdateNodeDeclaredFeature UnschedulablePodUpdate \
            UnschedulablePodUpdatePodLabel UnschedulablePodUpdatePodScaleDown \
            UnschedulablePodUpdatePodSchedulingGatesEliminated UnschedulablePodUpdatePodToleration \
            UnschedulablePodUpdatePodGeneratedResourceClaim
            """)
    void eventsThatConcernAPlugin(String name, String events) {
        var plugin = PLUGINS.get(name);
        var concerning = new TreeSet<String>();
        events().forEach((event, example) -> {
            if (plugin.concernedBy(example)) {
                concerning.add(event);
            }
        });
        assertThat(concerning)
                .containsExactlyInAnyOrder(events.replace("+ ", "").split(" "));
    }

    private static boolean helps(String plugin, Pod pod, ClusterEvent event) {
        return PLUGINS.get(plugin).concernedBy(event) && PLUGINS.get(plugin).mayHelp(info(pod), event);
    }

    private static final String TAINT = "|taints: [{key: k, effect: NoSchedule}]";
    private static final String CPU = "||allocatable: {cpu: %s, pods: 1}";
    private static final String ZONED = "labels: {zone: %s}";
    private static final String WANTS = "|affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
            + "{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}";
    private static final String NEAR = "|affinity: {%s: {requiredDuringSchedulingIgnoredDuringExecution: "
            + "[{topologyKey: zone, labelSelector: {matchLabels: {app: web}}}]}}";
    private static final String SPREAD = "|topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, "
            + "whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]";
    private static final String WEB = "labels: {app: web}";

    /**
     * {@code yes} is upstream's {@code Queue}. NodeResourcesFit is stricter than upstream's on purpose: of a pod that goes it
     * looks at the room that its node has then, where upstream tries all that wait.
     */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            NodeUnschedulable    | a node comes                              | yes
            NodeUnschedulable    | a cordoned node comes                     | no
            NodeUnschedulable    | a node is uncordoned                      | yes
            NodeUnschedulable    | a node is cordoned                        | no
            TaintToleration      | a node comes                              | yes
            TaintToleration      | a tainted node comes                      | no
            TaintToleration      | a taint is taken off                      | yes
            TaintToleration      | a taint is put on                         | no
            TaintToleration      | a taint that it tolerates is changed      | no
            TaintToleration      | a toleration is added                     | yes
            NodeAffinity         | a node of the zone comes                  | yes
            NodeAffinity         | a node of another zone comes              | no
            NodeAffinity         | a node gets into the zone                 | yes
            NodeAffinity         | a node of the zone gets another label     | no
            NodePorts            | a pod with the port goes                  | yes
            NodePorts            | a pod with another port goes              | no
            NodeResourcesFit     | a large node comes                        | yes
            NodeResourcesFit     | a small node comes                        | no
            NodeResourcesFit     | a node grows enough                       | yes
            NodeResourcesFit     | a node grows too little                   | no
            NodeResourcesFit     | a node shrinks                            | no
            NodeResourcesFit     | a pod leaves enough room                  | yes
            NodeResourcesFit     | a pod leaves too little room              | no
            NodeResourcesFit     | a pod asks for less                       | yes
            NodeResourcesFit     | a pod asks for more                       | no
            NodeResourcesFit     | a class comes                             | no
            InterPodAffinity     | a pod to be with comes                    | yes
            InterPodAffinity     | a pod that is nobody comes                | no
            InterPodAffinity     | a pod becomes one to be with              | yes
            InterPodAffinity     | a pod that is nobody changes              | no
            InterPodAffinity     | a pod not to be with goes                 | yes
            InterPodAffinity     | a pod not to be with becomes nobody       | yes
            InterPodAffinity     | a pod that wants to be alone goes         | yes
            InterPodAffinity     | a pod that is nobody goes                 | no
            PodTopologySpread    | a pod that counts comes                   | yes
            PodTopologySpread    | a pod that counts goes                    | yes
            PodTopologySpread    | a pod that counts not comes               | no
            PodTopologySpread    | a pod comes to count                      | yes
            PodTopologySpread    | a pod that counts gets another label      | no
            PodTopologySpread    | a pod that counts is being deleted        | yes
            PodTopologySpread    | a node with the label comes               | yes
            PodTopologySpread    | a node without the label comes            | no
            PodTopologySpread    | a node with the label goes                | yes
            PodTopologySpread    | a node without the label changes          | no
            VolumeRestrictions   | a pod with the claim goes                 | yes
            VolumeRestrictions   | a pod without claims goes                 | no
            VolumeRestrictions   | its claim comes                           | yes
            VolumeRestrictions   | another claim comes                       | no
            NodeVolumeLimits     | a pod with the claim goes                 | yes
            NodeVolumeLimits     | a pod without claims goes                 | no
            NodeVolumeLimits     | its claim comes                           | yes
            NodeVolumeLimits     | another claim comes                       | no
            NodeVolumeLimits     | a volume of its driver is detached        | yes
            NodeVolumeLimits     | a volume of another driver is detached    | no
            VolumeZone           | its claim comes                           | yes
            VolumeZone           | another claim comes                       | no
            VolumeZone           | a volume comes                            | yes
            VolumeZone           | a volume changes its zone                 | yes
            VolumeZone           | a volume changes otherwise                | no
            VolumeZone           | a class that waits for consumers comes    | yes
            VolumeZone           | a class that does not wait comes          | no
            VolumeBinding        | its claim comes                           | yes
            VolumeBinding        | another claim comes                       | no
            VolumeBinding        | a class that does not wait comes          | yes
            VolumeBinding        | a class allows other zones                | yes
            VolumeBinding        | a class changes otherwise                 | no
            VolumeBinding        | a driver tells capacities no more         | yes
            VolumeBinding        | a driver tells capacities now             | no
            VolumeBinding        | there is more capacity                    | yes
            VolumeBinding        | there is less capacity                    | no
            VolumeBinding        | a node's drivers become known             | yes
            VolumeBinding        | a node's drivers change                   | no
            DynamicResources     | its claim of devices changes              | yes
            DynamicResources     | its claim of devices gets a finalizer     | no
            DynamicResources     | another claim of devices changes          | no
            DynamicResources     | another claim gives up its devices        | yes
            DynamicResources     | a claim is named that is there            | yes
            DynamicResources     | a claim is named that is not there        | no
            NodeDeclaredFeatures | a node declares what is needed            | yes
            NodeDeclaredFeatures | a node declares something else            | no
            """)
    void hints(String plugin, String what, String helps) {
        assertThat(cases(what).entrySet().stream()
                        .map(pair -> helps(plugin, pair.getKey(), pair.getValue()))
                        .toList())
                .containsOnly(helps.equals("yes"));
    }

    private static ClusterEvent comes(HasMetadata object) {
        return new ClusterEvent.ObjectChanged(Optional.empty(), object);
    }

    private static ClusterEvent changes(HasMetadata before, HasMetadata now) {
        return new ClusterEvent.ObjectChanged(Optional.of(before), now);
    }

    private static ClusterEvent goes(Pod pod) {
        return new ClusterEvent.PodRemoved(info(pod), Optional.empty());
    }

    private static ClusterEvent leaves(String cpu) {
        return new ClusterEvent.PodRemoved(info(asking("1")), Optional.of(TestPods.info(node(CPU.formatted(cpu)))));
    }

    private static StorageClass storage(String rest) {
        return object(StorageClass.class, "{metadata: {name: s}, provisioner: d%s}".formatted(more(rest)));
    }

    private static CSIDriver driver(boolean capacity) {
        return object(CSIDriver.class, "{metadata: {name: d}, spec: {storageCapacity: %s}}".formatted(capacity));
    }

    private static CSIStorageCapacity capacity(String amount) {
        return object(
                CSIStorageCapacity.class, "{metadata: {name: c}, storageClassName: s, capacity: %s}".formatted(amount));
    }

    private static CSINode drivers(String names) {
        return object(CSINode.class, "{metadata: {name: n}, spec: {drivers: [%s]}}".formatted(names));
    }

    private static VolumeAttachment attachment(String driver) {
        return object(
                VolumeAttachment.class,
                "{metadata: {name: a}, spec: {attacher: %s, nodeName: n, source: {persistentVolumeName: v}}}"
                        .formatted(driver));
    }

    private static PersistentVolumeClaim volumeClaim(String name) {
        return object(PersistentVolumeClaim.class, "{metadata: {name: %s}, spec: {}}".formatted(name));
    }

    private static PersistentVolume volume(String labels) {
        return object(PersistentVolume.class, "{metadata: {name: v, labels: {%s}}, spec: {}}".formatted(labels));
    }

    private static ResourceClaim otherClaim(String status) {
        return object(
                ResourceClaim.class, "{metadata: {name: other}, spec: {devices: {}}, status: %s}".formatted(status));
    }

    private static final String ALLOCATED = "{allocation: {devices: {results: []}}}";

    /** The waiting pod, and what happens. */
    private static Map<Pod, ClusterEvent> cases(String what) {
        var plain = pod("");
        var claiming = pod(CLAIMING);
        var near = pod(NEAR.formatted("podAffinity"));
        var away = pod(NEAR.formatted("podAntiAffinity"));
        var spread = pod(SPREAD);
        var devices = pod("|resourceClaims: [{name: r, resourceClaimName: gpu}]");
        var restarting = pod("|initContainers: [{name: i, restartPolicyRules: "
                + "[{action: RestartAllContainers, exitCodes: {operator: In, values: [1]}}]}]");
        return switch (what) {
            case "a node comes" -> Map.of(plain, new ClusterEvent.NodeAdded(node("")));
            case "a cordoned node comes" -> Map.of(plain, new ClusterEvent.NodeAdded(node("|unschedulable: true")));
            case "a node is uncordoned" -> Map.of(plain, node("|unschedulable: true", ""));
            case "a node is cordoned" -> Map.of(plain, node("", "|unschedulable: true"));
            case "a tainted node comes" -> Map.of(plain, new ClusterEvent.NodeAdded(node(TAINT)));
            case "a taint is taken off" -> Map.of(plain, node(TAINT, ""));
            case "a taint is put on" -> Map.of(plain, node("", TAINT));
            case "a taint that it tolerates is changed" ->
                Map.of(pod("|tolerations: [{operator: Exists}]"), node(TAINT, TAINT.replace("k,", "l,")));
            case "a toleration is added" -> Map.of(plain, waiting(plain, pod("|tolerations: [{operator: Exists}]")));
            case "a node of the zone comes" ->
                Map.of(pod(WANTS), new ClusterEvent.NodeAdded(node(ZONED.formatted("a"))));
            case "a node of another zone comes" ->
                Map.of(pod(WANTS), new ClusterEvent.NodeAdded(node(ZONED.formatted("b"))));
            case "a node gets into the zone" -> Map.of(pod(WANTS), node(ZONED.formatted("b"), ZONED.formatted("a")));
            case "a node of the zone gets another label" ->
                Map.of(pod(WANTS), node(ZONED.formatted("a"), "labels: {zone: a, x: y}"));
            case "a pod with the port goes" -> Map.of(port(80), goes(port(80)));
            case "a pod with another port goes" -> Map.of(port(80), goes(port(81)));
            case "a large node comes" -> Map.of(asking("2"), new ClusterEvent.NodeAdded(node(CPU.formatted("2"))));
            case "a small node comes" -> Map.of(asking("2"), new ClusterEvent.NodeAdded(node(CPU.formatted("1"))));
            case "a node grows enough" -> Map.of(asking("2"), node(CPU.formatted("1"), CPU.formatted("2")));
            case "a node grows too little" -> Map.of(asking("3"), node(CPU.formatted("1"), CPU.formatted("2")));
            case "a node shrinks" -> Map.of(asking("1"), node(CPU.formatted("3"), CPU.formatted("2")));
            case "a pod leaves enough room" -> Map.of(asking("2"), leaves("2"));
            case "a pod leaves too little room" -> Map.of(asking("2"), leaves("1"));
            case "a pod asks for less" ->
                Map.of(asking("2"), waiting(asking("3"), asking("2")), asking("1"), assigned(asking("2"), asking("1")));
            case "a pod asks for more" ->
                Map.of(asking("2"), waiting(asking("2"), asking("3")), asking("1"), assigned(asking("1"), asking("2")));
            case "a class comes" -> Map.of(plain, comes(object(DeviceClass.class, "{metadata: {name: c}, spec: {}}")));
            case "a pod to be with comes" -> Map.of(near, new ClusterEvent.PodAssigned(info(pod(WEB))));
            case "a pod that is nobody comes" ->
                Map.of(
                        near,
                        new ClusterEvent.PodAssigned(info(plain)),
                        away,
                        new ClusterEvent.PodAssigned(info(pod(WEB))));
            case "a pod becomes one to be with" -> Map.of(near, assigned(plain, pod(WEB)));
            case "a pod that is nobody changes" ->
                Map.of(near, assigned(plain, pod("labels: {x: y}")), away, assigned(plain, pod(WEB)));
            case "a pod not to be with goes" -> Map.of(away, goes(pod(WEB)));
            case "a pod not to be with becomes nobody" -> Map.of(away, assigned(pod(WEB), plain));
            case "a pod that wants to be alone goes" -> Map.of(pod(WEB), goes(away));
            case "a pod that is nobody goes" -> Map.of(near, goes(pod(WEB)), away, goes(plain));
            case "a pod that counts comes" -> Map.of(spread, new ClusterEvent.PodAssigned(info(pod(WEB))));
            case "a pod that counts goes" -> Map.of(spread, goes(pod(WEB)));
            case "a pod that counts not comes" -> Map.of(spread, new ClusterEvent.PodAssigned(info(plain)));
            case "a pod comes to count" -> Map.of(spread, assigned(plain, pod(WEB)));
            case "a pod that counts gets another label" ->
                Map.of(spread, assigned(pod(WEB), pod("labels: {app: web, x: y}")));
            case "a pod that counts is being deleted" ->
                Map.of(spread, assigned(pod(WEB), pod(WEB + ", deletionTimestamp: '2026-01-01T00:00:00Z'")));
            case "a node with the label comes" ->
                Map.of(spread, new ClusterEvent.NodeAdded(node(ZONED.formatted("a"))));
            case "a node without the label comes" -> Map.of(spread, new ClusterEvent.NodeAdded(node("")));
            case "a node with the label goes" ->
                Map.of(spread, new ClusterEvent.NodeRemoved(node(ZONED.formatted("a"))));
            case "a node without the label changes" -> Map.of(spread, node("", "labels: {x: y}"));
            case "a pod with the claim goes" -> Map.of(claiming, goes(claiming));
            case "a pod without claims goes" -> Map.of(claiming, goes(plain));
            case "its claim comes" -> Map.of(claiming, comes(volumeClaim("data")));
            case "another claim comes" -> Map.of(claiming, comes(volumeClaim("another")));
            case "a volume of its driver is detached" ->
                Map.of(claiming, new ClusterEvent.ObjectRemoved(attachment("d")));
            case "a volume of another driver is detached" ->
                Map.of(claiming, new ClusterEvent.ObjectRemoved(attachment("e")));
            case "a volume comes" -> Map.of(claiming, comes(volume("")));
            case "a volume changes its zone" ->
                Map.of(claiming, changes(volume(""), volume("topology.kubernetes.io/zone: z")));
            case "a volume changes otherwise" -> Map.of(claiming, changes(volume(""), volume("x: y")));
            case "a class that waits for consumers comes" ->
                Map.of(claiming, comes(storage("volumeBindingMode: WaitForFirstConsumer")));
            case "a class that does not wait comes" -> Map.of(claiming, comes(storage("volumeBindingMode: Immediate")));
            case "a class allows other zones" ->
                Map.of(
                        claiming,
                        changes(
                                storage(""),
                                storage("allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a]}]}]")));
            case "a class changes otherwise" ->
                Map.of(claiming, changes(storage(""), storage("allowVolumeExpansion: true")));
            case "a driver tells capacities no more" -> Map.of(claiming, changes(driver(true), driver(false)));
            case "a driver tells capacities now" -> Map.of(claiming, changes(driver(false), driver(true)));
            case "there is more capacity" -> Map.of(claiming, changes(capacity("1Gi"), capacity("2Gi")));
            case "there is less capacity" -> Map.of(claiming, changes(capacity("2Gi"), capacity("1Gi")));
            case "a node's drivers become known" -> Map.of(claiming, comes(drivers("")));
            case "a node's drivers change" -> Map.of(claiming, changes(drivers(""), drivers("{name: d, nodeID: n}")));
            case "its claim of devices changes" -> Map.of(devices, changes(claim("{}"), claim(ALLOCATED)));
            case "its claim of devices gets a finalizer" -> Map.of(devices, changes(claim("{}"), claim("{}")));
            case "another claim of devices changes" ->
                Map.of(devices, changes(otherClaim("{}"), otherClaim(ALLOCATED)));
            case "another claim gives up its devices" ->
                Map.of(devices, changes(otherClaim(ALLOCATED), otherClaim("{}")));
            case "a claim is named that is there" -> Map.of(plain, waiting(plain, named("mine")));
            case "a claim is named that is not there" -> Map.of(plain, waiting(plain, named("missing")));
            case "a node declares what is needed" ->
                Map.of(restarting, node("", "||declaredFeatures: [RestartAllContainersOnContainerExits]"));
            case "a node declares something else" -> Map.of(restarting, node("", "||declaredFeatures: [Other]"));
            default -> throw new IllegalArgumentException(what);
        };
    }

    private static Pod named(String claim) {
        return pod("|resourceClaims: [{name: r, resourceClaimTemplateName: t}]"
                + "|resourceClaimStatuses: [{name: r, resourceClaimName: %s}]".formatted(claim));
    }

    private static Pod port(int port) {
        return object(
                Pod.class,
                "{metadata: {name: p}, spec: {containers: [{name: c, ports: [{containerPort: 1, hostPort: %d}]}]}}"
                        .formatted(port));
    }
}
