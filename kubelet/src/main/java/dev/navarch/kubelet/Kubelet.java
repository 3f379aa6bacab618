package dev.navarch.kubelet;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.ListQuery;
import dev.navarch.kubelet.cgroups.CgroupTree;
import dev.navarch.kubelet.cgroups.PodCgroups;
import dev.navarch.kubelet.images.ImagePuller;
import dev.navarch.kubelet.logs.LogRotation;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.probes.Prober;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.volumes.LinuxMounts;
import dev.navarch.kubelet.volumes.Mounts;
import dev.navarch.kubelet.volumes.Unix;
import dev.navarch.kubelet.volumes.VolumesInUse;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of one node. It registers the node, keeps it alive by lease and status, and has a {@link PodWorker} for each
 * pod that is bound to it. When it closes, containers go on running; the next one adopts them.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/kubelet.go.
 */
public final class Kubelet implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Kubelet.class);
    private static final Duration COLLECTION = Duration.ofMinutes(1);
    private static final Duration KEEP_OBJECTS = Duration.ofSeconds(2);

    private final KubeletConfig config;
    private final ContainerRuntime runtime;
    private final TimeSource time;
    private final Informers ownInformers;
    private final Informer<Pod> pods;
    private final EventRecorder recorder;
    private final StatusWriter statuses;
    private final NodeReporter node;
    private final NodeComposer composer;
    private final Relist relist;
    private final GarbageCollection garbage;
    private final LogRotation rotation;
    private final PodTools tools;
    private final PodPaths paths;

    /** Workers by pod uid; guarded by itself. */
    private final Map<String, PodWorker> workers = new HashMap<>();

    private volatile boolean closed;
    private volatile boolean adopted;

    /**
     * @param client speaks as the node ({@code system:node:<name>})
     * @param services the cluster's services, for environment variables; may be shared by many nodes of a process; null
     *     makes the agent watch them itself
     * @param runtime stays the caller's to close
     */
    public Kubelet(
            KubeletConfig config,
            ApiClient client,
            @Nullable Informer<Service> services,
            ContainerRuntime runtime,
            TimeSource time,
            MachineFacts machine) {
        this.config = requireNonNull(config);
        this.runtime = requireNonNull(runtime);
        this.time = requireNonNull(time);
        paths = new PodPaths(config.root());
        ownInformers = new Informers(client, time);
        pods = ownInformers.of(Pod.class, ListQuery.withField("spec.nodeName", config.nodeName()));
        var serviceCache = services == null ? ownInformers.of(Service.class) : services;
        recorder = new EventRecorder(client, time, "kubelet", config.nodeName());
        var events = new ApiEvents(recorder);
        statuses = new StatusWriter(client, time, this::wake);
        composer = new NodeComposer(config, machine);
        var inUse = new VolumesInUse();
        node = new NodeReporter(config, client, runtime, composer, inUse, events, time);
        inUse.reportedBy(node::report);
        relist = new Relist(runtime, time, config.timing().relist(), this::changed);
        Mounts mounts = config.mounts() ? new LinuxMounts() : Mounts.NONE;
        garbage = new GarbageCollection(runtime, paths, mounts);
        rotation = new LogRotation(runtime);
        PodCgroups cgroups = config.cgroups()
                .map(c -> (PodCgroups) new CgroupTree(c.root(), c.name()))
                .orElse(PodCgroups.NONE);
        var objects = new ApiObjects(client, time, KEEP_OBJECTS);
        var dns = new PodDns(
                config.dns().servers(), config.dns().domain(), config.dns().hostFile());
        tools = new PodTools(
                config,
                runtime,
                runtimeName(runtime),
                client.resource(Pod.class),
                statuses,
                events,
                time,
                new ImagePuller(runtime, objects, events, time),
                new Prober(runtime),
                objects,
                new ApiClaims(client, config.nodeName()),
                inUse,
                new DevicePreparation(client, runtime),
                mounts,
                cgroups,
                paths,
                new ContainerConfigs(
                        paths,
                        dns,
                        config.root().resolve("seccomp"),
                        dev.navarch.kubelet.cgroups.ResourceMath.value(
                                composer.capacity().get("memory"))),
                serviceCache::list,
                composer::allocatable,
                () -> node.health().networkProblem(),
                this::admit);
    }

    /** On this machine, with its own watch of the services. */
    public Kubelet(KubeletConfig config, ApiClient client, ContainerRuntime runtime, TimeSource time) {
        this(config, client, null, runtime, time, MachineFacts.read(config.root()));
    }

    private static String runtimeName(ContainerRuntime runtime) {
        try {
            return runtime.version().name();
        } catch (RuntimeFailure e) {
            return "containerd"; // it is down; this is what nearly all of them are
        }
    }

    public String nodeName() {
        return config.nodeName();
    }

    public KubeletConfig config() {
        return config;
    }

    public ContainerRuntime runtime() {
        return runtime;
    }

    public PodPaths paths() {
        return paths;
    }

    /** The pods that are bound to the node, as last seen. */
    public List<Pod> pods() {
        return pods.list();
    }

    public Optional<Pod> pod(String namespace, String name) {
        return pods.get(namespace, name);
    }

    /** Registers the node and takes up its work; what the runtime already has is adopted. Does not wait for the API. */
    public void start() throws IOException {
        Files.createDirectories(paths.pods());
        Files.createDirectories(paths.logs());
        restrict(paths.pods());
        pods.addHandler(new Handler<>() {
            @Override
            public void added(Pod pod) {
                update(pod);
            }

            @Override
            public void updated(Pod before, Pod now) {
                if (!Pods.uid(before).equals(Pods.uid(now))) {
                    remove(before);
                }
                update(now);
            }

            @Override
            public void deleted(Pod last) {
                remove(last);
            }
        });
        ownInformers.start();
        time.start("node-" + config.nodeName(), node::start);
        relist.start();
        housekeepingRound();
        collectionRound();
    }

    private static void restrict(Path directory) throws IOException {
        Unix.chmod(directory, 0751);
    }

    // Pods

    private void update(Pod pod) {
        var annotations = pod.getMetadata().getAnnotations();
        runtime.annotated(Pods.uid(pod), annotations == null ? Map.of() : annotations);
        synchronized (workers) {
            if (closed) {
                return;
            }
            var worker = workers.get(Pods.uid(pod));
            if (worker == null) {
                create(Pods.uid(pod), Optional.of(pod));
            } else {
                worker.update(pod);
            }
        }
    }

    private void remove(Pod last) {
        synchronized (workers) {
            var worker = workers.get(Pods.uid(last));
            if (worker != null) {
                worker.remove(last);
            }
        }
    }

    private void create(String uid, Optional<Pod> pod) {
        var worker = new PodWorker(uid, pod, tools, this::finished);
        workers.put(uid, worker);
        worker.start();
    }

    private void finished(PodWorker worker) {
        synchronized (workers) {
            workers.remove(worker.uid(), worker);
        }
        statuses.forget(worker.uid());
    }

    private void wake(String uid) {
        synchronized (workers) {
            var worker = workers.get(uid);
            if (worker != null) {
                worker.wake();
            }
        }
    }

    /** The runtime has news of a pod; one that nobody knows is an orphan. */
    private void changed(String uid) {
        wake(uid);
    }

    private Optional<StatusComposer.Verdict> admit(Pod pod) {
        var others = pods.list().stream()
                .filter(p -> !Pods.uid(p).equals(Pods.uid(pod)) && !Pods.finished(p) && admitted(p))
                .toList();
        return Admission.check(pod, others, composer.allocatable(), labels(pod));
    }

    /** The node's labels, of which administrators have set those that a pod selects by and we have not. */
    private Map<String, String> labels(Pod pod) {
        var own = composer.labels();
        var selector = pod.getSpec().getNodeSelector();
        return selector == null || own.entrySet().containsAll(selector.entrySet()) ? own : node.labels();
    }

    /** A pod that waits for admission itself does not count, unless it came before. */
    private static boolean admitted(Pod pod) {
        return pod.getStatus() != null && pod.getStatus().getStartTime() != null;
    }

    // Housekeeping

    private void housekeepingRound() {
        if (closed) {
            return;
        }
        try {
            adoptOrphans();
        } catch (RuntimeFailure e) {
            log.warn("Can't look for orphaned pods: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.error("Looking for orphaned pods failed", e);
        }
        time.schedule(config.timing().housekeeping(), this::housekeepingRound);
    }

    /** Pods that went while nobody looked: their containers end, their traces go. */
    private void adoptOrphans() {
        if (!pods.synced()) {
            return;
        }
        adopted = true;
        Set<String> found = new HashSet<>(relist.podUids());
        pods.list().forEach(p -> found.remove(Pods.uid(p)));
        synchronized (workers) {
            for (var uid : found) {
                if (!closed && !workers.containsKey(uid)) {
                    log.info("The pod {} is gone; its containers end", uid);
                    create(uid, Optional.empty());
                }
            }
        }
    }

    private void collectionRound() {
        if (closed) {
            return;
        }
        try {
            garbage.containers();
            rotation.rotateAll();
            if (adopted) {
                garbage.directories(this::known);
            }
        } catch (RuntimeFailure | IOException e) {
            log.warn("Can't collect garbage: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.error("Collecting garbage failed", e);
        }
        time.schedule(COLLECTION, this::collectionRound);
    }

    private boolean known(String uid) {
        synchronized (workers) {
            return workers.containsKey(uid)
                    || pods.list().stream().anyMatch(p -> Pods.uid(p).equals(uid));
        }
    }

    NodeReporter node() {
        return node;
    }

    /** Stops looking after the node. Containers go on running. */
    @Override
    public void close() {
        List<PodWorker> all;
        synchronized (workers) {
            closed = true;
            all = List.copyOf(workers.values());
            workers.clear();
        }
        relist.close();
        node.close();
        all.forEach(PodWorker::close);
        ownInformers.close();
        statuses.close();
        recorder.close();
    }
}
