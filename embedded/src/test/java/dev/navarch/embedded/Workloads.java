package dev.navarch.embedded;

import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import java.util.List;
import java.util.Map;

/** What tests of whole clusters create. */
final class Workloads {
    private Workloads() {}

    static ApiClient admin(EmbeddedCluster cluster) {
        return cluster.asUser(new User("test", List.of(User.MASTERS, User.AUTHENTICATED)));
    }

    static CronJob hourly() {
        return new CronJobBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("hourly")
                .endMetadata()
                .withNewSpec()
                .withSchedule("0 * * * *")
                .withNewJobTemplate()
                .withNewSpec()
                .withNewTemplate()
                .withNewMetadata()
                .addToAnnotations("navarch.dev/simulated-exit-after", "30s")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("c")
                .withImage("busybox:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .endJobTemplate()
                .endSpec()
                .build();
    }

    static Deployment deployment(String name, int replicas) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .withMatchLabels(Map.of("app", name))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("busybox:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    /**
     * Creates a Deployment of one pod that an autoscaler may make larger.
     *
     * @param annotations of its pods, as {@code key: value, …}
     * @param metrics of the autoscaler, as {@code {type: …}, …}
     */
    static void autoscaled(EmbeddedCluster cluster, String name, String annotations, int most, String metrics) {
        cluster.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: NAME, namespace: default}
                spec:
                  replicas: 1
                  selector: {matchLabels: {app: NAME}}
                  template:
                    metadata: {labels: {app: NAME}, annotations: {ANNOTATIONS}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - {name: main, image: x, resources: {requests: {cpu: 100m, memory: 64Mi}}}
                ---
                apiVersion: autoscaling/v2
                kind: HorizontalPodAutoscaler
                metadata: {name: NAME, namespace: default}
                spec:
                  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: NAME}
                  maxReplicas: MOST
                  metrics: [METRICS]
                  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
                """.replace("NAME", name)
                .replace("ANNOTATIONS", annotations)
                .replace("MOST", String.valueOf(most))
                .replace("METRICS", metrics));
        cluster.awaitIdle();
    }

    /** How many pods a Deployment is to have. */
    static int replicas(ApiClient client, String deployment) {
        return client.resource(Deployment.class)
                .get("default", deployment)
                .orElseThrow()
                .getSpec()
                .getReplicas();
    }

    static HorizontalPodAutoscaler autoscaler(ApiClient client, String name) {
        return client.resource(HorizontalPodAutoscaler.class)
                .get("default", name)
                .orElseThrow();
    }
}
