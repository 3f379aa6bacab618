package dev.navarch.embedded;

import dev.navarch.apiserver.User;
import dev.navarch.client.ApiClient;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
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
}
