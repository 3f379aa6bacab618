package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.DeleteOptions.Propagation;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Objects of all workloads end in every way: nobody goes on making what is taken away at once, or writing what somebody else
 * undoes. The cluster comes to rest each time, and in the five minutes that follow nothing is written over and over.
 */
class AllEndsTest {
    /** Of writes by one verb on one path: what ends takes some, and a CronJob's jobs come every minute. */
    private static final int MOST = 150;

    private static final Patch KEEP = Patch.strategic("{\"metadata\":{\"finalizers\":[\"example.com/keep\"]}}");

    private static final Patch LET_GO =
            Patch.strategic("{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"example.com/keep\"]}}");

    private static final List<Class<? extends HasMetadata>> OWNERS = List.of(
            Deployment.class,
            ReplicaSet.class,
            ReplicationController.class,
            StatefulSet.class,
            DaemonSet.class,
            CronJob.class,
            Job.class);

    private static final String OBJECTS = """
        {apiVersion: v1, kind: Namespace, metadata: {name: NS}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: all, namespace: NS}, spec: {selector: {in: all}, ports: [{port: 80}]}}
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: all, namespace: NS}
        spec: {maxUnavailable: 1, selector: {matchLabels: {in: all}}}
        ---
        {apiVersion: v1, kind: ResourceQuota, metadata: {name: all, namespace: NS}, spec: {hard: {pods: 100}}}
        ---
        apiVersion: resource.k8s.io/v1
        kind: ResourceClaimTemplate
        metadata: {name: one, namespace: NS}
        spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: gpu}}]}}}
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: web, namespace: NS}
        spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 3}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: NS}
        spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: POD(web)}
        ---
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: set, namespace: NS}
        spec: {replicas: 1, selector: {matchLabels: {app: set}}, template: POD(set)}
        ---
        apiVersion: v1
        kind: ReplicationController
        metadata: {name: old, namespace: NS}
        spec: {replicas: 1, selector: {app: old}, template: POD(old)}
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: daemon, namespace: NS}
        spec: {selector: {matchLabels: {app: daemon}}, template: POD(daemon)}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db, namespace: NS}
        spec:
          replicas: 2
          serviceName: all
          selector: {matchLabels: {app: db}}
          persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Delete}
          template: POD(db)
          volumeClaimTemplates:
          - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: job, namespace: NS}
        spec: {completions: 2, parallelism: 2, backoffLimit: 1, template: ONCE(job)}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: parts, namespace: NS}
        spec: {completions: 2, parallelism: 2, completionMode: Indexed, backoffLimitPerIndex: 1, template: ONCE(parts)}
        ---
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: minutely, namespace: NS}
        spec: {schedule: "* * * * *", successfulJobsHistoryLimit: 1, jobTemplate: {spec: {template: SOON(minutely)}}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: alone, namespace: NS, labels: {in: all}}
        spec:
          restartPolicy: Never
          containers: [{name: c, image: i}]
          resourceClaims: [{name: gpu, resourceClaimTemplateName: one}]
          volumes:
          - {name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
        """.replaceAll(
                    "POD\\((\\w+)\\)",
                    "{metadata: {labels: {in: all, app: $1}}, spec: {containers: [{name: c, image: i}]}}")
            .replaceAll(
                    "ONCE\\((\\w+)\\)",
                    "{metadata: {labels: {in: all, app: $1}, annotations: {navarch.dev/simulated-exit-after: never}}, spec: ONCE}")
            .replaceAll(
                    "SOON\\((\\w+)\\)",
                    "{metadata: {labels: {in: all, app: $1}, annotations: {navarch.dev/simulated-exit-after: 5s}}, spec: ONCE}")
            .replace(
                    "ONCE",
                    "{restartPolicy: Never, containers: [{name: c, image: i}],"
                            + " resourceClaims: [{name: gpu, resourceClaimTemplateName: one}]}");

    private static EmbeddedCluster cluster;
    private static ApiClient admin;

    private String namespace;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.builder()
                .node(EmbeddedNode.of("node-1").withDevices("gpu.example.com", 20))
                .node(EmbeddedNode.of("node-2"))
                .paused()
                .seed(1)
                .start();
        admin = Workloads.admin(cluster);
        cluster.apply("""
                apiVersion: resource.k8s.io/v1
                kind: DeviceClass
                metadata: {name: gpu}
                spec: {selectors: [{cel: {expression: "device.driver == 'gpu.example.com'"}}]}
                """);
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    private void begin(String name) {
        namespace = name;
        cluster.apply(OBJECTS.replace("NS", name));
        cluster.clock().advance(Duration.ofSeconds(30));
        assertThat(all(Pod.class))
                .hasSizeGreaterThanOrEqualTo(13)
                .extracting(pod -> pod.getStatus().getPhase())
                .isSubsetOf("Running", "Succeeded");
        assertThat(all(ResourceClaim.class)).hasSizeGreaterThanOrEqualTo(5);
        assertThat(all(PersistentVolumeClaim.class)).hasSize(3);
    }

    private <T extends HasMetadata> List<T> all(Class<T> type) {
        return admin.resource(type).list(ListQuery.inNamespace(namespace)).items();
    }

    private void patch(HasMetadata object, Patch patch) {
        admin.resource(object.getClass()).patch(namespace, object.getMetadata().getName(), patch);
    }

    /** What is held is let go, and there is room for the next. */
    @AfterEach
    void end() {
        admin.resource(Namespace.class)
                .get("", namespace)
                .ifPresent(object -> admin.resource(Namespace.class).delete("", namespace, DeleteOptions.none()));
        Stream.concat(OWNERS.stream(), Stream.of(Pod.class))
                .flatMap(type -> all(type).stream())
                .filter(object -> object.getMetadata().getFinalizers().contains("example.com/keep"))
                .forEach(object -> patch(object, LET_GO));
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(admin.resource(Namespace.class).get("", namespace)).isEmpty();
    }

    private void delete(HasMetadata object, DeleteOptions options) {
        try {
            admin.resource(object.getClass())
                    .delete(namespace, object.getMetadata().getName(), options);
        } catch (ApiFailure e) {
            assertThat(e.notFound()).as(e.getMessage()).isTrue(); // it went with another
        }
    }

    /** Takes the cluster to its rest, now and for five minutes, and counts what it took. */
    private void requireRest() {
        cluster.awaitIdle();
        requireFewWrites("at once");
        for (int minute = 1; minute <= 5; minute++) {
            cluster.clock().advance(Duration.ofMinutes(1));
        }
        requireFewWrites("in the end");
    }

    private void requireFewWrites(String when) {
        Map<String, Integer> writes = new TreeMap<>();
        cluster.recentRequests(namespace)
                .lines()
                .map(line -> line.split(" ", 6))
                .filter(parts -> !List.of("get", "list", "watch").contains(parts[2]) && !parts[3].contains("/events"))
                .forEach(parts -> writes.merge(parts[2] + " " + parts[3] + " " + parts[5], 1, Integer::sum));
        assertThat(writes)
                .as(() -> "writes " + when + ", of\n"
                        + String.join("\n", writes.toString().split(", /")))
                .isNotEmpty()
                .allSatisfy((what, times) -> assertThat(times).as(what).isLessThanOrEqualTo(MOST));
    }

    @ParameterizedTest
    @CsvSource({"0, ends-well", "1, ends-badly"})
    void containersEnd(int exitCode, String name) {
        begin(name);
        for (var pod : all(Pod.class)) {
            if (pod.getStatus().getPhase().equals("Running")) {
                cluster.pod(namespace, pod.getMetadata().getName()).fail(exitCode);
            }
        }
        requireRest();
    }

    /** A kubelet that is gone has somebody else say that its pods have failed. */
    @ParameterizedTest
    @CsvSource({"Succeeded", "Failed"})
    void podsEndOnANodeThatIsAway(String phase) {
        begin("away-" + phase.toLowerCase(java.util.Locale.ROOT));
        cluster.node("node-1").kill();
        cluster.node("node-2").kill();
        for (var pod : all(Pod.class)) {
            admin.resource(Pod.class)
                    .patchStatus(
                            namespace,
                            pod.getMetadata().getName(),
                            Patch.merge("{\"status\":{\"phase\":\"" + phase + "\"}}"));
        }
        requireRest();
        cluster.node("node-1").start();
        cluster.node("node-2").start();
        requireRest();
    }

    @Test
    void podsAreDeleted() {
        begin("pods-deleted");
        all(Pod.class).forEach(pod -> delete(pod, DeleteOptions.none()));
        requireRest();
    }

    @Test
    void podsAreDeletedAndHeld() {
        begin("pods-held");
        for (var pod : all(Pod.class)) {
            patch(pod, KEEP);
            delete(pod, DeleteOptions.none());
        }
        requireRest();
    }

    @ParameterizedTest
    @EnumSource
    void ownersAreDeleted(Propagation propagation) {
        begin("owners-" + propagation.name().toLowerCase(java.util.Locale.ROOT));
        for (var type : OWNERS) {
            all(type).forEach(owner -> delete(owner, DeleteOptions.none().propagation(propagation)));
        }
        requireRest();
    }

    /** They are there and are to go, for as long as somebody holds them. */
    @ParameterizedTest
    @EnumSource
    void ownersAreDeletedAndHeldWhilePodsEnd(Propagation propagation) {
        begin("held-" + propagation.name().toLowerCase(java.util.Locale.ROOT));
        for (var type : OWNERS) {
            all(type).forEach(owner -> patch(owner, KEEP));
        }
        for (var type : OWNERS) {
            all(type).forEach(owner -> delete(owner, DeleteOptions.none().propagation(propagation)));
        }
        for (var pod : all(Pod.class)) {
            delete(pod, DeleteOptions.none());
        }
        requireRest();
    }

    @Test
    void theNamespaceIsDeleted() {
        begin("namespace-deleted");
        admin.resource(Namespace.class).delete("", namespace, DeleteOptions.none());
        requireRest();
        assertThat(admin.resource(Namespace.class).get("", namespace)).isEmpty();
    }

    /** Its controllers go on working in a namespace in which nothing can be made. */
    @Test
    void theNamespaceIsDeletedAndHeld() {
        begin("namespace-held");
        for (var type : OWNERS) {
            all(type).forEach(owner -> patch(owner, KEEP));
        }
        admin.resource(Namespace.class).delete("", namespace, DeleteOptions.none());
        requireRest();
    }

    @Test
    void theNodeIsDeleted() {
        begin("node-deleted");
        cluster.node("node-2").kill();
        admin.resource(io.fabric8.kubernetes.api.model.Node.class).delete("", "node-2", DeleteOptions.none());
        requireRest();
        cluster.node("node-2").start();
        requireRest();
    }
}
