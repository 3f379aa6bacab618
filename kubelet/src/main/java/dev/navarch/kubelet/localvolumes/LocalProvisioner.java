package dev.navarch.kubelet.localvolumes;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.WorkQueue;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes volumes for claims on the nodes of this process, and deletes them: the directory {@code <root>/<volume>} of the
 * node that the scheduler chose. Sizes are noted and not enforced.
 *
 * <p>Source of the protocol: sig-storage-lib-external-provisioner controller/controller.go; of what such volumes can do:
 * rancher/local-path-provisioner, which k3s and kind come with.
 */
public final class LocalProvisioner implements AutoCloseable {
    /** The provisioner that a storage class names. */
    public static final String NAME = "navarch.dev/local";

    /** The class that every cluster starts with. */
    public static final String CLASS = "standard";

    /** As whom it acts. */
    public static final String USER = "system:serviceaccount:kube-system:local-volume-provisioner";

    private static final Logger log = LoggerFactory.getLogger(LocalProvisioner.class);
    private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";
    private static final int WORKERS = 2;

    private final ApiClient client;
    private final TimeSource time;
    private final Informers informers;
    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<PersistentVolume> volumes;
    private final Informer<StorageClass> classes;
    private final EventRecorder events;
    private final Map<String, VolumeRoot> roots = new ConcurrentHashMap<>();
    private final List<ControllerLoop<?>> loops;
    /** Guarded by this. */
    private boolean closed;

    public LocalProvisioner(ApiClient client, TimeSource time, RandomGenerator random) {
        this.client = requireNonNull(client);
        this.time = requireNonNull(time);
        informers = new Informers(client, time, random);
        claims = informers.of(PersistentVolumeClaim.class);
        volumes = informers.of(PersistentVolume.class);
        classes = informers.of(StorageClass.class);
        events = new EventRecorder(client, time, NAME, "");
        var claimQueue = new WorkQueue<Key>(time);
        var volumeQueue = new WorkQueue<Key>(time);
        claims.addHandler(Handler.each(c -> claimQueue.add(Key.of(c))));
        classes.addHandler(Handler.each(_ -> claims.list().forEach(c -> claimQueue.add(Key.of(c)))));
        volumes.addHandler(Handler.each(v -> volumeQueue.add(Key.of(v))));
        var provisioning = new Provisioning(client, claims, volumes, classes, roots, events);
        var deletion = new Deletion(client, volumes, roots, events);
        loops = List.of(
                new ControllerLoop<>("local-provisioner", claimQueue, WORKERS, provisioning),
                new ControllerLoop<>("local-deleter", volumeQueue, WORKERS, deletion));
    }

    /** A node of this process. */
    public void add(String node, Path root) {
        roots.put(node, new VolumeRoot(root.toAbsolutePath().normalize(), true));
    }

    /** A simulated node, whose volumes have no directories. */
    public void addSimulated(String node, Path root) {
        roots.put(node, new VolumeRoot(root.toAbsolutePath().normalize(), false));
    }

    /** Returns at once, with the default class there if the API server answered; call it after the nodes were added. */
    public void start() {
        try {
            ensureClass();
        } catch (ApiFailure | UncheckedIOException e) {
            log.warn("The storage class {} could not be made: {}", CLASS, e.getMessage());
        }
        informers.start();
        Informer.onceSynced(List.of(claims, volumes, classes), this::begin);
    }

    private synchronized void begin() {
        if (!closed) {
            loops.forEach(ControllerLoop::start);
        }
    }

    /** The class is there at every start; it is the default one unless somebody has chosen another. */
    private void ensureClass() {
        var all = client.resource(StorageClass.class).list(ListQuery.all()).items();
        if (all.stream().anyMatch(c -> c.getMetadata().getName().equals(CLASS))) {
            return;
        }
        boolean chosen = all.stream()
                .map(c -> c.getMetadata().getAnnotations())
                .anyMatch(a -> a != null && "true".equals(a.get(DEFAULT)));
        try {
            client.resource(StorageClass.class)
                    .create(new StorageClassBuilder()
                            .withNewMetadata()
                            .withName(CLASS)
                            .addToAnnotations(DEFAULT, Boolean.toString(!chosen))
                            .endMetadata()
                            .withProvisioner(NAME)
                            .withReclaimPolicy("Delete")
                            .withVolumeBindingMode("WaitForFirstConsumer")
                            .withAllowVolumeExpansion(true)
                            .build());
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        loops.forEach(ControllerLoop::close);
        informers.close();
        events.close();
    }
}
