package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Counting what quotas limit, and gathering the rules of roles, on a simulated cluster. */
class QuotasTest {
    private static String used(SimulatedCluster cluster, String name) {
        var status = cluster.get(ResourceQuota.class, "d", "q").getStatus();
        return status == null || status.getUsed() == null || !status.getUsed().containsKey(name)
                ? ""
                : status.getUsed().get(name).toString();
    }

    @Test
    void whatThereIsIsCountedAndWhatGoesIsGivenBack() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            for (var name : new String[] {"a", "b"}) {
                cluster.api.put(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("d")
                        .withName(name)
                        .endMetadata()
                        .build());
            }
            var pod = new PodBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("p")
                    .endMetadata()
                    .withNewSpec()
                    .addNewContainer()
                    .withName("c")
                    .withNewResources()
                    .addToRequests("cpu", new Quantity("300m"))
                    .endResources()
                    .endContainer()
                    .endSpec()
                    .build();
            cluster.api.put(pod);
            cluster.api.put(new ResourceQuotaBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("q")
                    .endMetadata()
                    .withNewSpec()
                    .addToHard("requests.cpu", new Quantity("1"))
                    .addToHard("count/configmaps", new Quantity("5"))
                    .endSpec()
                    .build());
            cluster.until("a first count", () -> used(cluster, "requests.cpu").equals("300m"));
            assertThat(used(cluster, "count/configmaps")).isEqualTo("2");
            assertThat(cluster.get(ResourceQuota.class, "d", "q").getStatus().getHard())
                    .containsEntry("requests.cpu", new Quantity("1"));
            cluster.api.put(new PodBuilder(pod)
                    .withNewStatus()
                    .withPhase("Succeeded")
                    .endStatus()
                    .build());
            cluster.until(
                    "the pod's share given back",
                    () -> used(cluster, "requests.cpu").equals("0"));
            cluster.api.remove(cluster.get(ConfigMap.class, "d", "a"));
            cluster.until(
                    "the map's share given back",
                    () -> used(cluster, "count/configmaps").equals("1"));
        }
    }

    private static ClusterRole role(String name, String verb) {
        return new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(Map.of("to", "all"))
                .endMetadata()
                .addNewRule()
                .withApiGroups("")
                .withResources("pods")
                .withVerbs(verb)
                .endRule()
                .build();
    }

    @Test
    void rulesOfSelectedRolesAreGathered() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.put(role("b", "get"));
            cluster.api.put(new ClusterRoleBuilder()
                    .withNewMetadata()
                    .withName("all")
                    .endMetadata()
                    .withNewAggregationRule()
                    .addNewClusterRoleSelector()
                    .withMatchLabels(Map.of("to", "all"))
                    .endClusterRoleSelector()
                    .endAggregationRule()
                    .build());
            cluster.until(
                    "one rule",
                    () -> cluster.get(ClusterRole.class, "", "all").getRules().size() == 1);
            cluster.api.put(role("a", "list"));
            cluster.until(
                    "two rules",
                    () -> cluster.get(ClusterRole.class, "", "all").getRules().size() == 2);
            assertThat(cluster.get(ClusterRole.class, "", "all")
                            .getRules()
                            .getFirst()
                            .getVerbs())
                    .containsExactly("list");
        }
    }
}
