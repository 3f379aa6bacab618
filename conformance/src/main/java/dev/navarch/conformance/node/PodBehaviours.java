package dev.navarch.conformance.node;

import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Sysctl;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.util.Map;

/** The life of Pods and Nodes as the API shows it: upstream {@code test/e2e/common/node/pods.go} and {@code test/e2e/node}. */
class PodBehaviours {
    private static final String POD = """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {name: foo, time: "%s"}}
        spec:
          terminationGracePeriodSeconds: 1
          containers: [{name: pause, image: registry.k8s.io/pause:3.10}]
        """;

    private static final int UPDATES = 500;

    private static PodResource pod(Scenario scenario, String name) {
        return scenario.client().pods().inNamespace(scenario.namespace()).withName(name);
    }

    private static boolean running(Pod pod) {
        return "Running".equals(pod.getStatus().getPhase());
    }

    private static boolean ready(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    @Behaviour("[sig-node] Pods should get a host IP [NodeConformance] [Conformance]")
    void hostIp(Scenario scenario) {
        scenario.create(Pod.class, POD.formatted("pod-hostip", "1"));
        scenario.awaitOne("a host's address", pod(scenario, "pod-hostip"), p -> {
            var ip = p.getStatus().getHostIP();
            return ip != null && !ip.isEmpty();
        });
    }

    @Behaviour("[sig-node] Pods should be submitted and removed [NodeConformance] [Conformance]")
    void submittedAndRemoved(Scenario scenario) {
        var time = scenario.unique("t");
        var pods = scenario.client().pods().inNamespace(scenario.namespace()).withLabel("time", time);
        assertThat(pods.list().getItems()).isEmpty();
        try (var events = Events.of(pods)) {
            scenario.create(Pod.class, POD.formatted("pod-submit-remove", time));
            assertThat(pods.list().getItems()).hasSize(1);
            events.next(Action.ADDED);
            scenario.awaitOne("it runs", pod(scenario, "pod-submit-remove"), PodBehaviours::running);
            pod(scenario, "pod-submit-remove").withGracePeriod(30).delete();
            var last = events.next(Action.DELETED);
            assertThat(last.getMetadata().getDeletionTimestamp()).isNotNull();
            assertThat(last.getSpec().getTerminationGracePeriodSeconds()).isNotZero();
        }
        assertThat(pods.list().getItems()).isEmpty();
    }

    @Behaviour("[sig-node] Pods should be updated [NodeConformance] [Conformance]")
    void updated(Scenario scenario) {
        scenario.create(Pod.class, POD.formatted("pod-update", "before"));
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        scenario.awaitOne("it is ready", pod(scenario, "pod-update"), PodBehaviours::ready);
        assertThat(pods.withLabel("time", "before").list().getItems()).hasSize(1);
        untilNoConflict(() -> pod(scenario, "pod-update")
                .edit(p -> new PodBuilder(p)
                        .editMetadata()
                        .addToLabels("time", "after")
                        .endMetadata()
                        .build()));
        scenario.awaitOne("it is ready", pod(scenario, "pod-update"), PodBehaviours::ready);
        assertThat(pods.withLabel("time", "after").list().getItems()).hasSize(1);
    }

    @Behaviour("[sig-node] Pods should allow activeDeadlineSeconds to be updated [NodeConformance] [Conformance]")
    void activeDeadline(Scenario scenario) {
        scenario.create(Pod.class, POD.formatted("pod-update-deadline", "1"));
        scenario.awaitOne("it is ready", pod(scenario, "pod-update-deadline"), PodBehaviours::ready);
        untilNoConflict(() -> pod(scenario, "pod-update-deadline")
                .edit(p -> new PodBuilder(p)
                        .editSpec()
                        .withActiveDeadlineSeconds(5L)
                        .endSpec()
                        .build()));
        scenario.awaitOne(
                "it ends for its deadline",
                pod(scenario, "pod-update-deadline"),
                p -> "Failed".equals(p.getStatus().getPhase())
                        && "DeadlineExceeded".equals(p.getStatus().getReason()));
    }

    @Behaviour("[sig-node] Pods should delete a collection of pods [Conformance]")
    void collection(Scenario scenario) {
        for (int i = 1; i <= 3; i++) {
            scenario.create(Pod.class, POD.formatted("test-pod-" + i, "collection"));
        }
        var pods = scenario.client().pods().inNamespace(scenario.namespace()).withLabel("time", "collection");
        assertThat(pods.list().getItems()).hasSize(3);
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/pods?labelSelector=time%3Dcollection")
                .ok();
        scenario.awaitGone("the pods", pods);
    }

    @Behaviour("[sig-node] Pods should patch a pod status [Conformance]")
    void patchStatus(Scenario scenario) {
        var name = scenario.unique("pod");
        scenario.create(Pod.class, POD.formatted(name, "1"));
        scenario.awaitOne("it runs", pod(scenario, name), PodBehaviours::running);
        var patched = pod(scenario, name)
                .subresource("status")
                .patch(
                        Scenario.STRATEGIC,
                        "{\"metadata\":{\"annotations\":{\"e2e\":\"patched\"}},\"status\":{\"message\":\"Patched by"
                                + " e2e test\",\"reason\":\"E2E\"}}");
        assertThat(patched.getStatus().getMessage()).isEqualTo("Patched by e2e test");
        assertThat(patched.getStatus().getReason()).isEqualTo("E2E");
    }

    @Behaviour("[sig-node] Pods should run through the lifecycle of Pods and PodStatus [Conformance]")
    void lifecycle(Scenario scenario) {
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        try (var events = Events.of(pods.withLabel("test-pod-static", "true"))) {
            scenario.create(Pod.class, """
                apiVersion: v1
                kind: Pod
                metadata: {name: pod-test, labels: {test-pod-static: "true"}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{name: pod-test, image: agnhost:1}]
                """);
            events.next(Action.ADDED);
            events.next(Action.MODIFIED, p -> running(p) && ready(p));
            pod(scenario, "pod-test").patch(Scenario.STRATEGIC, """
                {"metadata": {"labels": {"test-pod": "patched"}},
                 "spec": {"terminationGracePeriodSeconds": 1,
                          "containers": [{"name": "pod-test", "image": "agnhost:2"}]}}
                """);
            events.next(
                    Action.MODIFIED,
                    p -> "patched".equals(p.getMetadata().getLabels().get("test-pod")));
            var patched = pod(scenario, "pod-test").get();
            assertThat(patched.getMetadata().getLabels()).containsEntry("test-pod", "patched");
            assertThat(patched.getSpec().getContainers().getFirst().getImage()).isEqualTo("agnhost:2");
            scenario.awaitOne(
                    "the new image is ready",
                    pod(scenario, "pod-test"),
                    p -> ready(p)
                            && p.getStatus().getContainerStatuses().getFirst().getRestartCount() == 1);
            var replaced = Scenario.untilNoConflict(() -> {
                var status = pod(scenario, "pod-test").get();
                status.getStatus().getConditions().stream()
                        .filter(c -> c.getType().equals("Ready"))
                        .forEach(c -> c.setStatus("False"));
                return pods.resource(status).updateStatus();
            });
            assertThat(replaced.getStatus().getConditions()).anySatisfy(c -> {
                assertThat(c.getType()).isEqualTo("Ready");
                assertThat(c.getStatus()).isEqualTo("False");
            });
            scenario.http()
                    .delete("/api/v1/namespaces/" + scenario.namespace() + "/pods?labelSelector=test-pod-static%3Dtrue")
                    .ok();
            events.next(Action.DELETED);
        }
    }

    @Behaviour("[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and"
            + " limits for memory and cpu [Conformance]")
    void qosClass(Scenario scenario) {
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: pod-qos-class}
            spec:
              containers:
              - name: agnhost
                image: agnhost:1
                resources: {requests: {cpu: 100m, memory: 100Mi}, limits: {cpu: 100m, memory: 100Mi}}
            """);
        assertThat(pod(scenario, "pod-qos-class").get().getStatus().getQosClass())
                .isEqualTo("Guaranteed");
    }

    @Behaviour("[sig-node] Pods Extended (pod generation) Pod Generation pod generation should start at 1 and increment"
            + " per update [MinimumKubeletVersion:1.34] [Conformance]")
    void generation(Scenario scenario) {
        var made = scenario.create(Pod.class, POD.formatted("pod-generation", "1"));
        assertThat(made.getMetadata().getGeneration()).isEqualTo(1);
        scenario.awaitOne("it runs", pod(scenario, "pod-generation"), PodBehaviours::running);
        var image = pod(scenario, "pod-generation")
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"containers\":[{\"name\":\"pause\",\"image\":\"registry.k8s.io/pause:3.9\"}]}}");
        assertThat(image.getMetadata().getGeneration()).isEqualTo(2);
        var deadline =
                pod(scenario, "pod-generation").patch(Scenario.MERGE, "{\"spec\":{\"activeDeadlineSeconds\":5000}}");
        assertThat(deadline.getMetadata().getGeneration()).isEqualTo(3);
        var labelled =
                pod(scenario, "pod-generation").patch(Scenario.MERGE, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
        assertThat(labelled.getMetadata().getGeneration()).isEqualTo(3);
        scenario.awaitOne(
                "what was observed",
                pod(scenario, "pod-generation"),
                p -> Long.valueOf(3).equals(p.getStatus().getObservedGeneration()));
    }

    @Behaviour("[sig-node] Pods Extended (pod generation) Pod Generation custom-set generation on new pods and graceful"
            + " delete [Conformance]")
    void customGeneration(Scenario scenario) {
        var wanted = scenario.parse(Pod.class, POD.formatted("pod-custom-generation", "1"));
        wanted.getMetadata().setGeneration(100L);
        wanted.getMetadata().setFinalizers(java.util.List.of("e2e.example.com/finalizer"));
        assertThat(scenario.create(wanted).getMetadata().getGeneration()).isEqualTo(1);
        scenario.awaitOne("it runs", pod(scenario, "pod-custom-generation"), PodBehaviours::running);
        pod(scenario, "pod-custom-generation").withGracePeriod(5).delete();
        assertThat(pod(scenario, "pod-custom-generation").get().getMetadata().getGeneration())
                .isEqualTo(2);
        pod(scenario, "pod-custom-generation").patch(Scenario.MERGE, "{\"metadata\":{\"finalizers\":null}}");
        scenario.awaitGone("the pod", pod(scenario, "pod-custom-generation"));
    }

    @Behaviour(
            "[sig-node] Pods Extended (pod generation) Pod Generation issue 500 podspec updates and verify generation and"
                    + " observedGeneration eventually converge [MinimumKubeletVersion:1.34] [Conformance]")
    void manyGenerations(Scenario scenario) {
        scenario.create(Pod.class, POD.formatted("pod-generations", "1"));
        scenario.awaitOne("it runs", pod(scenario, "pod-generations"), PodBehaviours::running);
        for (int i = 0; i < UPDATES; i++) {
            pod(scenario, "pod-generations")
                    .patch(Scenario.MERGE, "{\"spec\":{\"activeDeadlineSeconds\":" + (5000 - i) + "}}");
        }
        var last = pod(scenario, "pod-generations").get().getMetadata().getGeneration();
        assertThat(last).isEqualTo(UPDATES + 1L);
        scenario.awaitOne(
                "all of them observed",
                pod(scenario, "pod-generations"),
                p -> last.equals(p.getStatus().getObservedGeneration()));
    }

    @Behaviour("[sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls [Conformance]")
    void invalidSysctls(Scenario scenario) {
        var wanted = scenario.parse(Pod.class, POD.formatted("pod-sysctls", "1"));
        wanted.getSpec()
                .setSecurityContext(new PodSecurityContextBuilder()
                        .withSysctls(
                                new Sysctl("foo-", "bar"),
                                new Sysctl("kernel.shmmax", "100000000"),
                                new Sysctl("safe-and-unsafe", "100000000"),
                                new Sysctl("bar..", "42"))
                        .build());
        assertThatThrownBy(() -> scenario.create(wanted))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("Invalid value: \"foo-\"")
                .hasMessageContaining("Invalid value: \"bar..\"")
                .hasMessageNotContainingAny("safe-and-unsafe", "kernel.shmmax");
    }

    @Behaviour("[sig-node] Node Lifecycle should run through the lifecycle of a node [Conformance]")
    void nodeLifecycle(Scenario scenario) {
        var name = scenario.unique("e2e-fake-node");
        var nodes = scenario.client().nodes();
        scenario.create(Node.class, """
            apiVersion: v1
            kind: Node
            metadata: {name: %s}
            spec: {unschedulable: true}
            status:
              phase: Running
              conditions: [{type: Ready, status: "True", message: Set from e2e test}]
            """.formatted(name));
        assertThat(nodes.withName(name).get().getMetadata().getName()).isEqualTo(name);
        var patched = nodes.withName(name)
                .patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"" + name + "\":\"patched\"}}}");
        assertThat(patched.getMetadata().getLabels()).containsEntry(name, "patched");
        var updated = untilNoConflict(() -> nodes.withName(name)
                .edit(node -> new NodeBuilder(node)
                        .editMetadata()
                        .addToLabels(name, "updated")
                        .endMetadata()
                        .build()));
        assertThat(updated.getMetadata().getLabels()).containsEntry(name, "updated");
        var status = nodes.withName(name)
                .subresource("status")
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":{\"patchedstatus\":\"true\"}},\"status\":{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\",\"message\":\"Set"
                                + " from an e2e test\"}]}}");
        assertThat(status.getStatus().getConditions())
                .anySatisfy(c -> assertThat(c.getType()).isEqualTo("StatusPatched"));
        scenario.http()
                .delete("/api/v1/nodes?labelSelector=" + name + "%3Dupdated")
                .ok();
        scenario.awaitGone("the node", nodes.withName(name));
    }

    private static final String WITH_RUNTIME_CLASS = """
        apiVersion: v1
        kind: Pod
        metadata: {name: runtime-class-pod}
        spec:
          runtimeClassName: %s
          automountServiceAccountToken: false
          containers: [{name: test, image: busybox:1, command: ["true"]}]
        """;

    private static void refused(Scenario scenario, String runtimeClass) {
        KubernetesClientException refusal =
                Scenario.refusal(() -> scenario.create(Pod.class, WITH_RUNTIME_CLASS.formatted(runtimeClass)));
        assertThat(refusal).isNotNull();
        assertThat(refusal.getCode()).isEqualTo(403);
        assertThat(refusal.getMessage()).contains("pod rejected: RuntimeClass \"" + runtimeClass + "\" not found");
    }

    @Behaviour("[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [NodeConformance]"
            + " [Conformance]")
    void unknownRuntimeClass(Scenario scenario) {
        refused(scenario, scenario.unique("nonexistent"));
    }

    @Behaviour("[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance]"
            + " [Conformance]")
    void deletedRuntimeClass(Scenario scenario) {
        var name = scenario.unique("delete-me");
        var classes = scenario.client().resources(io.fabric8.kubernetes.api.model.node.v1.RuntimeClass.class);
        scenario.create(io.fabric8.kubernetes.api.model.node.v1.RuntimeClass.class, """
            apiVersion: node.k8s.io/v1
            kind: RuntimeClass
            metadata: {name: %s}
            handler: runc
            """.formatted(name));
        classes.withName(name).delete();
        scenario.awaitGone("the class", classes.withName(name));
        refused(scenario, name);
    }

    @Behaviour("[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass without PodOverhead"
            + " [NodeConformance] [Conformance]")
    void runtimeClass(Scenario scenario) {
        withRuntimeClass(scenario, "");
    }

    @Behaviour("[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass and initialize its Overhead"
            + " [NodeConformance] [Conformance]")
    void runtimeClassWithOverhead(Scenario scenario) {
        var pod = withRuntimeClass(scenario, "overhead: {podFixed: {cpu: 10m, memory: 1Mi}}");
        assertThat(pod.getSpec().getOverhead().keySet())
                .isEqualTo(Map.of("cpu", "", "memory", "").keySet());
        assertThat(pod.getSpec().getOverhead().get("cpu").toString()).isEqualTo("10m");
    }

    private static Pod withRuntimeClass(Scenario scenario, String overhead) {
        var name = scenario.unique("preconfigured-handler");
        scenario.create(io.fabric8.kubernetes.api.model.node.v1.RuntimeClass.class, """
            apiVersion: node.k8s.io/v1
            kind: RuntimeClass
            metadata: {name: %s}
            handler: runc
            %s
            """.formatted(name, overhead));
        var made = scenario.create(Pod.class, WITH_RUNTIME_CLASS.formatted(name));
        scenario.awaitOne(
                "it is scheduled",
                pod(scenario, "runtime-class-pod"),
                p -> p.getSpec().getNodeName() != null
                        && !p.getSpec().getNodeName().isEmpty());
        return made;
    }
}
