package dev.navarch.conformance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Pod;

/** Upstream {@code test/e2e/kubectl/kubectl.go}. */
class KubectlBehaviours {
    private static void awaitRunning(Scenario scenario, String name) {
        scenario.awaitOne(
                name + " runs",
                scenario.client().pods().inNamespace(scenario.namespace()).withName(name),
                pod -> "Running".equals(pod.getStatus().getPhase()));
    }

    private static Pod pod(Scenario scenario, String name) {
        return scenario.client()
                .pods()
                .inNamespace(scenario.namespace())
                .withName(name)
                .get();
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions"
            + " [Conformance]")
    void apiVersions(Scenario scenario) {
        assertThat(new Kubectl(scenario).ok("api-versions").lines()).contains("v1");
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is"
            + " included in cluster-info [Conformance]")
    void clusterInfo(Scenario scenario) {
        assertThat(new Kubectl(scenario).ok("cluster-info"))
                .contains("Kubernetes control plane")
                .contains("is running at");
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl version should check is all data is printed [Conformance]")
    void version(Scenario scenario) {
        assertThat(new Kubectl(scenario).ok("version")).contains("Client Version", "Server Version");
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl label should update the label on a resource [Conformance]")
    void label(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        kubectl.okWith("""
            apiVersion: v1
            kind: Pod
            metadata: {name: pause, labels: {name: pause}}
            spec:
              containers: [{name: pause, image: registry.k8s.io/pause:3.10}]
            """, "create", "-f", "-");
        awaitRunning(scenario, "pause");
        kubectl.ok("label", "pods", "pause", "testing-label=testing-label-value");
        assertThat(kubectl.ok("get", "pod", "pause", "-L", "testing-label")).contains("testing-label-value");
        kubectl.ok("label", "pods", "pause", "testing-label-");
        assertThat(kubectl.ok("get", "pod", "pause", "-L", "testing-label")).doesNotContain("testing-label-value");
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never"
            + " [Conformance]")
    void runPod(Scenario scenario) {
        new Kubectl(scenario)
                .ok("run", "e2e-test-httpd-pod", "--restart=Never", "--image=httpd:2", "--pod-running-timeout=2m0s");
        var made = pod(scenario, "e2e-test-httpd-pod");
        assertThat(made.getSpec().getContainers().getFirst().getImage()).isEqualTo("httpd:2");
        assertThat(made.getSpec().getRestartPolicy()).isEqualTo("Never");
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl replace should update a single-container pod's image [Conformance]")
    void replace(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        kubectl.ok("run", "e2e-test-httpd-pod", "--image=httpd:2", "--labels=run=e2e-test-httpd-pod");
        awaitRunning(scenario, "e2e-test-httpd-pod");
        var json = kubectl.ok("get", "pod", "e2e-test-httpd-pod", "-o", "json");
        kubectl.okWith(json.replace("\"image\": \"httpd:2\"", "\"image\": \"busybox:1\""), "replace", "-f", "-");
        assertThat(pod(scenario, "e2e-test-httpd-pod")
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo("busybox:1");
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods"
            + " [Conformance]")
    void dryRun(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        kubectl.ok("run", "e2e-test-httpd-pod", "--image=httpd:2", "--labels=run=e2e-test-httpd-pod");
        kubectl.ok(
                "patch",
                "pod",
                "e2e-test-httpd-pod",
                "-p",
                "{\"spec\":{\"containers\":[{\"name\":\"e2e-test-httpd-pod\",\"image\":\"busybox:1\"}]}}",
                "--dry-run=server");
        assertThat(pod(scenario, "e2e-test-httpd-pod")
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo("httpd:2");
    }

    private static final String DEPLOYMENT = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: httpd-deployment}
        spec:
          replicas: 1
          selector: {matchLabels: {app: httpd}}
          template:
            metadata: {labels: {app: httpd}}
            spec:
              containers: [{name: httpd, image: "httpd:2"}]
        """;

    @Behaviour("[sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments"
            + " [Conformance]")
    void diff(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        kubectl.okWith(DEPLOYMENT, "create", "-f", "-");
        var result = kubectl.run(DEPLOYMENT.replace("httpd:2", "busybox:1"), "diff", "-f", "-");
        assertThat(result.code()).as(result.out()).isEqualTo(1);
        assertThat(result.out()).contains("httpd:2", "busybox:1");
    }

    /** Upstream's {@code agnhost-primary-controller.json} and {@code -service.json}. */
    private static final String PRIMARY = """
        apiVersion: v1
        kind: ReplicationController
        metadata: {name: agnhost-primary, labels: {app: agnhost, role: primary}}
        spec:
          replicas: 1
          selector: {app: agnhost, role: primary}
          template:
            metadata: {labels: {app: agnhost, role: primary}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: agnhost-primary
                image: registry.k8s.io/e2e-test-images/agnhost:2.56
                ports: [{name: agnhost-server, containerPort: 6379}]
        """;

    private static final String PRIMARY_SERVICE = """
        apiVersion: v1
        kind: Service
        metadata: {name: agnhost-primary, labels: {app: agnhost, role: primary}}
        spec:
          ports: [{port: 6379, targetPort: agnhost-server}]
          selector: {app: agnhost, role: primary}
        """;

    private static Pod primary(Scenario scenario, Kubectl kubectl) {
        kubectl.okWith(PRIMARY, "create", "-f", "-");
        return scenario.awaitOne(
                "the primary runs",
                scenario.client().pods().inNamespace(scenario.namespace()).withLabel("app", "agnhost"),
                pod -> "Running".equals(pod.getStatus().getPhase()));
    }

    private static void describes(String text, String... wanted) {
        for (var words : wanted) {
            assertThat(text).containsPattern(words.replace(" ", "\\s+"));
        }
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl describe should check if kubectl describe prints relevant information"
            + " for rc and pods [Conformance]")
    void describe(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        var pod = primary(scenario, kubectl);
        kubectl.okWith(PRIMARY_SERVICE, "create", "-f", "-");
        var namespace = scenario.namespace();
        describes(
                kubectl.ok("describe", "pod", pod.getMetadata().getName()),
                "Name: agnhost-primary-",
                "Namespace: " + namespace,
                "Node: ",
                "Labels: app=agnhost",
                "role=primary",
                "Annotations: ",
                "Status: Running",
                "IP: ",
                "Controlled By: ReplicationController/agnhost-primary",
                "Image: registry.k8s.io/e2e-test-images/agnhost:2.56",
                "State: Running",
                "QoS Class: BestEffort");
        describes(
                kubectl.ok("describe", "rc", "agnhost-primary"),
                "Name: agnhost-primary",
                "Namespace: " + namespace,
                "Selector: app=agnhost,role=primary",
                "Labels: app=agnhost",
                "role=primary",
                "Annotations: ",
                "Replicas: 1 current",
                "1 desired",
                "Pods Status: 1 Running / 0 Waiting / 0 Succeeded / 0 Failed",
                "Pod Template:",
                "Image: registry.k8s.io/e2e-test-images/agnhost:2.56",
                "Events:");
        describes(
                kubectl.ok("describe", "service", "agnhost-primary"),
                "Name: agnhost-primary",
                "Namespace: " + namespace,
                "Labels: app=agnhost",
                "role=primary",
                "Annotations: ",
                "Selector: app=agnhost,role=primary",
                "Type: ClusterIP",
                "IP: ",
                "Port: <unset> 6379/TCP",
                "Endpoints: ",
                "Session Affinity: None");
        var node = pod.getSpec().getNodeName();
        describes(
                kubectl.ok("describe", "node", node),
                "Name: " + node,
                "Labels: ",
                "Annotations: ",
                "CreationTimestamp: ",
                "Conditions: ",
                "Type Status",
                "Addresses: ",
                "Capacity: ",
                "Version",
                "Kubelet Version",
                "Pods");
        describes(
                kubectl.ok("describe", "namespace", namespace),
                "Name: " + namespace,
                "Labels: ",
                "Annotations: ",
                "Status: Active");
    }

    private static void exposed(Scenario scenario, String name, int port) {
        scenario.await(
                name + " leads to one endpoint at 6379",
                scenario.client()
                        .discovery()
                        .v1()
                        .endpointSlices()
                        .inNamespace(scenario.namespace())
                        .withLabel("kubernetes.io/service-name", name),
                slices -> slices.size() == 1
                        && slices.getFirst().getEndpoints().size() == 1
                        && slices.getFirst().getPorts().getFirst().getPort() == 6379);
        assertThat(scenario.client()
                        .services()
                        .inNamespace(scenario.namespace())
                        .withName(name)
                        .get()
                        .getSpec()
                        .getPorts())
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.getPort()).isEqualTo(port);
                    assertThat(found.getTargetPort().getIntVal()).isEqualTo(6379);
                });
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl expose should create services for rc [Conformance]")
    void expose(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        primary(scenario, kubectl);
        kubectl.ok("expose", "rc", "agnhost-primary", "--name=rm2", "--port=1234", "--target-port=6379");
        exposed(scenario, "rm2", 1234);
        kubectl.ok("expose", "service", "rm2", "--name=rm3", "--port=2345", "--target-port=6379");
        exposed(scenario, "rm3", 2345);
    }

    @Behaviour("[sig-cli] Kubectl client Kubectl patch should add annotations for pods in rc [Conformance]")
    void patch(Scenario scenario) {
        var kubectl = new Kubectl(scenario);
        var name = primary(scenario, kubectl).getMetadata().getName();
        kubectl.ok("patch", "pod", name, "-p", "{\"metadata\":{\"annotations\":{\"x\":\"y\"}}}");
        assertThat(pod(scenario, name).getMetadata().getAnnotations()).containsEntry("x", "y");
    }
}
