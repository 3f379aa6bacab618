package dev.navarch.controllers.assembly;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.attachdetach.AttachDetachController;
import dev.navarch.controllers.automaticrollback.AutomaticRollbackController;
import dev.navarch.controllers.bootstrap.BootstrapSignerController;
import dev.navarch.controllers.bootstrap.TokenCleanerController;
import dev.navarch.controllers.certificates.CertificateController;
import dev.navarch.controllers.certificates.ServingApprovalController;
import dev.navarch.controllers.clusterroleaggregation.ClusterRoleAggregationController;
import dev.navarch.controllers.cronjob.CronJobController;
import dev.navarch.controllers.daemonset.DaemonSetController;
import dev.navarch.controllers.deployment.DeploymentController;
import dev.navarch.controllers.devicetainteviction.DeviceTaintEvictionController;
import dev.navarch.controllers.disruption.DisruptionController;
import dev.navarch.controllers.endpoints.EndpointsController;
import dev.navarch.controllers.endpointslice.EndpointSliceController;
import dev.navarch.controllers.endpointslicemirroring.EndpointSliceMirroringController;
import dev.navarch.controllers.ephemeral.EphemeralController;
import dev.navarch.controllers.expand.ExpandController;
import dev.navarch.controllers.garbagecollector.GarbageCollectorController;
import dev.navarch.controllers.horizontalpodautoscaler.HorizontalPodAutoscalerController;
import dev.navarch.controllers.job.JobController;
import dev.navarch.controllers.namespace.NamespaceController;
import dev.navarch.controllers.nodeipam.NodeIpamController;
import dev.navarch.controllers.nodelifecycle.NodeLifecycleController;
import dev.navarch.controllers.persistentvolume.PersistentVolumeController;
import dev.navarch.controllers.podgc.PodGcController;
import dev.navarch.controllers.pvcprotection.PvcProtectionController;
import dev.navarch.controllers.pvprotection.PvProtectionController;
import dev.navarch.controllers.replicaset.ReplicaSetController;
import dev.navarch.controllers.resourceclaim.ResourceClaimController;
import dev.navarch.controllers.resourcequota.ResourceQuotaController;
import dev.navarch.controllers.restartonchange.RestartOnChangeController;
import dev.navarch.controllers.rootca.RootCaController;
import dev.navarch.controllers.serviceaccount.LegacyTokenCleanerController;
import dev.navarch.controllers.serviceaccount.ServiceAccountController;
import dev.navarch.controllers.serviceaccount.TokenController;
import dev.navarch.controllers.servicecidr.ServiceCidrController;
import dev.navarch.controllers.startorder.StartOrderController;
import dev.navarch.controllers.statefulset.StatefulSetController;
import dev.navarch.controllers.storageversionmigrator.StorageVersionMigratorController;
import dev.navarch.controllers.tainteviction.TaintEvictionController;
import dev.navarch.controllers.ttl.TtlController;
import dev.navarch.controllers.ttlafterfinished.TtlAfterFinishedController;
import dev.navarch.controllers.vacprotection.VacProtectionController;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts all controllers, each under the identity that upstream gives it. They share the informers, which read as
 * {@code system:kube-controller-manager}; a controller works as soon as the informers it uses have synced.
 */
public final class ControllerAssembly implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControllerAssembly.class);
    private static final String MANAGER = "system:kube-controller-manager";

    private final Informers informers;
    private final List<Running> running = new ArrayList<>();
    /** Guarded by this until it is closed. */
    private final List<Thread> starters = new ArrayList<>();

    private final TimeSource time;
    private final CountDownLatch working;
    private final ControllerMetrics metrics = new ControllerMetrics();

    /** Guarded by this. */
    private boolean closed;

    private record Running(String component, ControllerContext context, Controller controller, EventRecorder events) {}

    /** @param identity the account in kube-system, or the manager itself; and where events say they come from */
    private record Entry(String identity, String component, Function<ControllerContext, Controller> create) {
        String user() {
            return identity.equals(MANAGER) ? MANAGER : "system:serviceaccount:kube-system:" + identity;
        }
    }

    private static List<Entry> entries(ControllerSettings settings) {
        List<Entry> entries = new ArrayList<>(ofEveryControlPlane());
        if (settings.workloads()) {
            entries.addAll(ofWorkloads());
            settings.podBlocks()
                    .ifPresent(ranges -> entries.add(new Entry(
                            "node-controller",
                            "cidrAllocator",
                            context -> NodeIpamController.create(context, ranges))));
        }
        if (settings.storageMigrations()) {
            entries.add(new Entry(
                    "navarch-storage-version-migrator", // upstream's role is there where its gate is open only
                    "storage-version-migrator-controller",
                    StorageVersionMigratorController::create));
        }
        settings.signer()
                .ifPresent(signer -> entries.add(new Entry(
                        "certificate-controller",
                        "certificate-controller",
                        context -> CertificateController.create(context, signer))));
        settings.signer()
                .filter(_ -> settings.workloads())
                .ifPresent(signer -> entries.add(new Entry(
                        "navarch-kubelet-serving-approver",
                        "kubelet-serving-approver-controller",
                        context -> ServingApprovalController.create(context, signer))));
        settings.tokens()
                .ifPresent(signer -> entries.add(new Entry(
                        MANAGER,
                        "serviceaccount-token-controller",
                        context -> TokenController.create(context, signer))));
        if (!settings.rootCa().isEmpty()) {
            entries.add(new Entry(
                    "root-ca-cert-publisher", "root-ca-certificate-publisher-controller", RootCaController::create));
        }
        return entries;
    }

    /** The names of the controllers that these settings ask for: what their events say they come from. */
    public static List<String> names(ControllerSettings settings) {
        return entries(settings).stream().map(Entry::component).toList();
    }

    /** Those of objects of any kind. */
    private static List<Entry> ofEveryControlPlane() {
        return List.of(
                new Entry("namespace-controller", "namespace-controller", NamespaceController::create),
                new Entry("service-account-controller", "serviceaccount-controller", ServiceAccountController::create),
                new Entry(
                        "generic-garbage-collector",
                        "garbage-collector-controller",
                        GarbageCollectorController::create),
                new Entry(
                        "clusterrole-aggregation-controller",
                        "clusterrole-aggregation-controller",
                        ClusterRoleAggregationController::create),
                new Entry("token-cleaner", "token-cleaner", TokenCleanerController::create),
                new Entry("bootstrap-signer", "bootstrap-signer", BootstrapSignerController::create),
                new Entry("resourcequota-controller", "resourcequota-controller", ResourceQuotaController::create));
    }

    /** Those of pods, nodes and services. */
    private static List<Entry> ofWorkloads() {
        return List.of(
                new Entry("replicaset-controller", "replicaset-controller", ReplicaSetController::create),
                new Entry(
                        "replication-controller",
                        "replication-controller",
                        ReplicaSetController::ofReplicationControllers),
                new Entry("deployment-controller", "deployment-controller", DeploymentController::create),
                new Entry("daemon-set-controller", "daemonset-controller", DaemonSetController::create),
                new Entry("statefulset-controller", "statefulset-controller", StatefulSetController::create),
                new Entry("job-controller", "job-controller", JobController::create),
                new Entry("cronjob-controller", "cronjob-controller", CronJobController::create),
                new Entry(
                        "ttl-after-finished-controller",
                        "ttl-after-finished-controller",
                        TtlAfterFinishedController::create),
                new Entry(
                        "horizontal-pod-autoscaler",
                        "horizontal-pod-autoscaler",
                        HorizontalPodAutoscalerController::create),
                new Entry(
                        "navarch-automatic-rollback",
                        "automatic-rollback-controller",
                        AutomaticRollbackController::create),
                new Entry(
                        "navarch-restart-on-change", "restart-on-change-controller", RestartOnChangeController::create),
                new Entry("navarch-start-order", "start-order-controller", StartOrderController::create),
                new Entry(
                        "legacy-service-account-token-cleaner",
                        "legacy-serviceaccount-token-cleaner-controller",
                        LegacyTokenCleanerController::create),
                new Entry("disruption-controller", "controllermanager", DisruptionController::create),
                new Entry("endpointslice-controller", "endpoint-slice-controller", EndpointSliceController::create),
                new Entry(
                        "endpointslicemirroring-controller",
                        "endpoint-slice-mirroring-controller",
                        EndpointSliceMirroringController::create),
                new Entry("endpoint-controller", "endpoint-controller", EndpointsController::create),
                new Entry("pod-garbage-collector", "pod-garbage-collector-controller", PodGcController::create),
                new Entry(
                        "persistent-volume-binder", "persistentvolume-controller", PersistentVolumeController::create),
                new Entry("ephemeral-volume-controller", "ephemeral_volume", EphemeralController::create),
                new Entry("attachdetach-controller", "attachdetach-controller", AttachDetachController::create),
                new Entry("expand-controller", "volume_expand", ExpandController::create),
                new Entry(
                        "pvc-protection-controller",
                        "persistentvolumeclaim-protection-controller",
                        PvcProtectionController::create),
                new Entry(
                        "pv-protection-controller",
                        "persistentvolume-protection-controller",
                        PvProtectionController::create),
                new Entry(
                        "volumeattributesclass-protection-controller",
                        "volumeattributesclass-protection-controller",
                        VacProtectionController::create),
                new Entry("resource-claim-controller", "resource_claim", ResourceClaimController::create),
                new Entry("service-cidrs-controller", "service-cidrs-controller", ServiceCidrController::create),
                new Entry("ttl-controller", "ttl-controller", TtlController::create),
                new Entry("node-controller", "node-controller", NodeLifecycleController::create),
                new Entry("node-controller", "taint-eviction-controller", TaintEvictionController::create),
                new Entry(
                        "device-taint-eviction-controller",
                        "device-taint-eviction-controller",
                        DeviceTaintEvictionController::create));
    }

    /**
     * Wires everything and sends no request yet.
     *
     * @param clients from an identity, such as {@code system:serviceaccount:kube-system:deployment-controller}, to a
     *     client that acts as it
     */
    public ControllerAssembly(
            Function<String, ApiClient> clients, TimeSource time, RandomGenerator random, ControllerSettings settings) {
        this(clients, time, random, settings, _ -> true);
    }

    /**
     * Of some controllers only.
     *
     * @param enabled whether to run the one of that {@linkplain #names name}
     */
    public ControllerAssembly(
            Function<String, ApiClient> clients,
            TimeSource time,
            RandomGenerator random,
            ControllerSettings settings,
            Predicate<String> enabled) {
        this.time = requireNonNull(time);
        requireNonNull(settings);
        informers = new Informers(clients.apply(MANAGER), time, random).resyncing();
        var entries = entries(settings).stream()
                .filter(e -> enabled.test(e.component))
                .toList();
        working = new CountDownLatch(entries.size());
        for (var entry : entries) {
            var client = clients.apply(entry.user());
            var events = new EventRecorder(client, time, entry.component, "");
            var context = new ControllerContext(client, informers, events, time, random, settings, metrics);
            var controller = entry.create.apply(context);
            running.add(new Running(entry.component, context, controller, events));
        }
    }

    private void start(Controller controller) {
        controller.start();
        working.countDown();
    }

    /** Counted as work of the present instant: nobody turns the clock before the controller works. */
    private synchronized void begin(Running one) {
        if (!closed) {
            starters.add(time.start("start-" + one.component, () -> start(one.controller)));
        }
    }

    /** Returns at once; controllers start to work as their informers sync. */
    public void start() {
        informers.start();
        running.forEach(r -> Informer.onceSynced(r.context.used(), () -> begin(r)));
    }

    /** What the controllers count. */
    public MetricSnapshots metrics() {
        return metrics.scrape();
    }

    /** Whether every controller works. */
    public boolean working() {
        return working.getCount() == 0;
    }

    private static void end(Thread starter) {
        starter.interrupt();
        try {
            starter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops in reverse order; the state of the cluster stays as it is. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        starters.forEach(ControllerAssembly::end); // of which there are no more now
        for (var each : running.reversed()) {
            try {
                each.controller.close();
            } catch (RuntimeException e) {
                log.error("A controller did not stop well", e);
            }
            each.events.close();
        }
        informers.close();
    }
}
