package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** kubectl as it comes, command by command, on simulated nodes. Each test has a namespace named after it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubectlIT {
    @TempDir(cleanup = CleanupMode.NEVER)
    static Path home;

    private NavarchProcess navarch;
    private Kubectl cluster;
    private Kubectl kubectl;

    @BeforeAll
    void start() throws Exception {
        navarch = NavarchProcess.start(home, "--runtime=simulated", "--nodes=2", "--port=" + TestMachine.freePort());
        cluster = navarch.kubectl();
        cluster.ok("wait", "--for=condition=Ready", "node", "--all", "--timeout=120s");
    }

    @AfterAll
    void stop() throws Exception {
        if (navarch != null) {
            navarch.close();
        }
    }

    @BeforeEach
    void namespace(TestInfo test) {
        var name = test.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        cluster.ok("create", "namespace", name);
        kubectl = cluster.in(name);
        Waiting.until(
                "service account", () -> kubectl.run("", "get", "sa", "default").code(), code -> code == 0);
    }

    private void deploy(int replicas) {
        kubectl.ok("create", "deployment", "web", "--image=web:1", "--replicas=" + replicas, "--port=80");
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
    }

    /** What is said of it once these events are there, which are told after what they tell of. */
    private String described(String kind, String name, String... events) {
        return Waiting.until(
                List.of(events) + " of " + name,
                () -> kubectl.ok("describe", kind, name),
                text -> Stream.of(events).allMatch(text::contains));
    }

    @Test
    void getPrintsInEveryFormat() {
        deploy(2);
        assertThat(kubectl.ok("get", "pods"))
                .containsPattern("NAME +READY +STATUS +RESTARTS +AGE\n")
                .containsPattern("web-[a-z0-9]+-[a-z0-9]{5} +1/1 +Running +0 +\\d+s");
        assertThat(kubectl.ok("get", "pods", "-o", "wide"))
                .containsPattern("AGE +IP +NODE +NOMINATED NODE +READINESS GATES\n");
        assertThat(kubectl.ok("get", "deploy,rs", "--show-labels"))
                .contains("deployment.apps/web", "replicaset.apps/web-");
        assertThat(kubectl.ok("get", "deploy", "-o", "wide")).containsPattern("CONTAINERS +IMAGES +SELECTOR");
        assertThat(kubectl.ok("get", "deploy", "web", "-o", "yaml")).contains("kind: Deployment", "replicas: 2");
        assertThat(kubectl.ok("get", "deploy", "web", "-o", "json")).contains("\"kind\": \"Deployment\"");
        assertThat(kubectl.ok("get", "pods", "-o", "jsonpath={range .items[*]}{.status.phase}{\"\\n\"}{end}"))
                .isEqualTo("Running\nRunning");
        assertThat(kubectl.ok("get", "deploy", "-o", "custom-columns=N:.metadata.name,R:.spec.replicas"))
                .matches("N +R\nweb +2");
        assertThat(kubectl.ok("get", "deploy", "-o", "go-template={{range .items}}{{.metadata.name}}{{end}}"))
                .isEqualTo("web");
        assertThat(kubectl.ok("get", "pods", "-A", "-l", "app=web").lines())
                .filteredOn(line -> line.startsWith(kubectl.namespace() + " "))
                .hasSize(2);
        assertThat(kubectl.ok("get", "pods", "--field-selector=status.phase=Running", "-o", "name")
                        .lines())
                .hasSize(2);
        assertThat(kubectl.run("", "get", "pods", "--field-selector=status.phase=Failed")
                        .err())
                .contains("No resources found in");
        assertThat(kubectl.ok("get", "pods", "--sort-by=.metadata.name", "-o", "name")
                        .lines())
                .isSorted();
        assertThat(kubectl.ok("get", "nodes")).containsPattern("NAME +STATUS +ROLES +AGE +VERSION");
        assertThat(kubectl.ok("get", "all")).contains("pod/web-", "deployment.apps/web", "replicaset.apps/web-");
        assertThat(kubectl.fails("", "get", "pod", "nothere"))
                .isEqualTo("Error from server (NotFound): pods \"nothere\" not found");
        assertThat(kubectl.fails("", "get", "nonsense"))
                .contains("the server doesn't have a resource type \"nonsense\"");
        assertThat(kubectl.ok("get", "--raw", "/livez")).isEqualTo("ok");
    }

    @Test
    void getWatches() throws Exception {
        var out = home.resolve("watch.out");
        var watch = kubectl.builder("get", "configmaps", "--watch", "-o", "name")
                .redirectOutput(out.toFile())
                .start();
        try {
            Waiting.until("first", () -> Files.readString(out), text -> text.contains("kube-root-ca.crt"));
            kubectl.ok("create", "configmap", "seen", "--from-literal=a=1");
            Waiting.until("event", () -> Files.readString(out), text -> text.contains("configmap/seen"));
        } finally {
            watch.destroy();
            watch.waitFor();
        }
    }

    @Test
    void applyEditPatchReplaceDiff() throws Exception {
        var manifest = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: cm}
            data: {a: "1", b: "2"}
            """;
        assertThat(kubectl.apply(manifest)).isEqualTo("configmap/cm created");
        assertThat(kubectl.apply(manifest)).isEqualTo("configmap/cm unchanged");
        var diff = kubectl.run(manifest.replace("\"1\"", "\"9\""), "diff", "-f", "-");
        assertThat(diff.code()).isEqualTo(1);
        assertThat(diff.out()).contains("-  a: \"1\"", "+  a: \"9\"");
        assertThat(kubectl.apply(manifest.replace(", b: \"2\"", ""))).isEqualTo("configmap/cm configured");
        assertThat(kubectl.get("cm/cm", "{.data}")).isEqualTo("{\"a\":\"1\"}");
        assertThat(kubectl.okWith(manifest, "apply", "--dry-run=server", "-f", "-"))
                .contains("(server dry run)");
        kubectl.ok("patch", "cm", "cm", "--type=merge", "-p", "{\"data\":{\"c\":\"3\"}}");
        kubectl.ok("patch", "cm", "cm", "--type=json", "-p", "[{\"op\":\"remove\",\"path\":\"/data/a\"}]");
        assertThat(kubectl.get("cm/cm", "{.data}")).isEqualTo("{\"c\":\"3\"}");
        kubectl.okWith(manifest, "replace", "-f", "-");
        assertThat(kubectl.get("cm/cm", "{.data}")).isEqualTo("{\"a\":\"1\",\"b\":\"2\"}");
        kubectl.ok("label", "cm", "cm", "tier=front");
        kubectl.ok("annotate", "cm", "cm", "note=hi");
        assertThat(kubectl.get("cm/cm", "{.metadata.labels.tier} {.metadata.annotations.note}"))
                .isEqualTo("front hi");
        kubectl.ok("label", "cm", "cm", "tier-");
        var builder = kubectl.builder("edit", "cm", "cm");
        builder.environment().put("EDITOR", "sed -i s/\\\"1\\\"/\\\"7\\\"/");
        assertThat(builder.redirectErrorStream(true)
                        .redirectOutput(home.resolve("edit.out").toFile())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(kubectl.get("cm/cm", "{.data.a}")).isEqualTo("7");
        assertThat(kubectl.ok("delete", "cm", "cm")).contains("configmap \"cm\" deleted");
    }

    @Test
    void serverSideApply() {
        var manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 1
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers:
                  - name: web
                    image: web:1
                    env: [{name: A, value: "1"}]
            """;
        assertThat(kubectl.okWith(manifest, "apply", "--server-side", "-f", "-"))
                .isEqualTo("deployment.apps/web serverside-applied");
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        kubectl.ok("scale", "deployment", "web", "--replicas=2");
        assertThat(kubectl.fails(manifest, "apply", "--server-side", "-f", "-"))
                .contains("Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using"
                        + " apps/v1: .spec.replicas");
        var diff = kubectl.run(
                manifest.replace("web:1", "web:2"), "diff", "--server-side", "--force-conflicts", "-f", "-");
        assertThat(diff.code()).as(diff.err()).isEqualTo(1);
        assertThat(diff.out())
                .contains("-  replicas: 2", "+  replicas: 1", "-        image: web:1", "+        image: web:2");
        kubectl.okWith(manifest, "apply", "--server-side", "--force-conflicts", "-f", "-");
        assertThat(kubectl.get("deployment/web", "{.spec.replicas}")).isEqualTo("1");
        // another manager adds an element to a list, and takes it back
        var other = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: {template: {spec: {containers: [{name: web, env: [{name: B, value: "2"}]}]}}}
            """;
        var env = "{.spec.template.spec.containers[0].env[*].name}";
        kubectl.okWith(other, "apply", "--server-side", "--field-manager=other", "-f", "-");
        assertThat(kubectl.get("deployment/web", env)).isEqualTo("A B");
        kubectl.okWith(
                other.replace(", env: [{name: B, value: \"2\"}]", ""),
                "apply",
                "--server-side",
                "--field-manager=other",
                "-f",
                "-");
        assertThat(kubectl.get("deployment/web", env)).isEqualTo("A");
        assertThat(kubectl.ok("get", "deployment", "web", "-o", "yaml")).doesNotContain("managedFields");
        assertThat(kubectl.ok("get", "deployment", "web", "-o", "yaml", "--show-managed-fields"))
                .contains("k:{\"name\":\"web\"}:", "manager: kube-controller-manager", "subresource: status");
        // from the client's apply to the server's
        var map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: '1'}\n";
        kubectl.apply(map);
        kubectl.okWith(map.replace("'1'", "'2'"), "apply", "--server-side", "-f", "-");
        assertThat(kubectl.get("cm/cm", "{.data.a}")).isEqualTo("2");
        assertThat(kubectl.ok("apply", "view-last-applied", "cm/cm")).contains("a: \"2\"");
    }

    @Test
    void createsEveryUsualKind() {
        kubectl.ok("create", "secret", "generic", "s", "--from-literal=k=v");
        assertThat(kubectl.get("secret/s", "{.data.k} {.type}")).isEqualTo("dg== Opaque");
        kubectl.ok("create", "serviceaccount", "robot");
        if (kubectl.minor() >= 24) {
            assertThat(kubectl.ok("create", "token", "robot").split("\\.")).hasSize(3);
        }
        kubectl.ok("create", "service", "clusterip", "svc", "--tcp=80:8080");
        kubectl.ok("create", "role", "r", "--verb=get", "--resource=pods");
        kubectl.ok("create", "rolebinding", "rb", "--role=r", "--serviceaccount=" + kubectl.namespace() + ":robot");
        assertThat(kubectl.run(
                                "",
                                "auth",
                                "can-i",
                                "get",
                                "pods",
                                "--as=system:serviceaccount:" + kubectl.namespace() + ":robot")
                        .out()
                        .strip())
                .isEqualTo("yes");
        assertThat(kubectl.run(
                                "",
                                "auth",
                                "can-i",
                                "delete",
                                "pods",
                                "--as=system:serviceaccount:" + kubectl.namespace() + ":robot")
                        .out()
                        .strip())
                .startsWith("no");
        assertThat(kubectl.fails("", "get", "secrets", "--as=system:serviceaccount:" + kubectl.namespace() + ":robot"))
                .contains("secrets is forbidden: User \"system:serviceaccount:" + kubectl.namespace()
                        + ":robot\" cannot list resource \"secrets\" in API group \"\" in the namespace \""
                        + kubectl.namespace() + "\"");
        if (kubectl.minor() >= 28) {
            assertThat(kubectl.ok("auth", "whoami")).contains("kubernetes-admin", "system:masters");
        }
    }

    @Test
    void rollouts() {
        deploy(3);
        kubectl.ok("set", "image", "deployment/web", "web=web:2");
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        assertThat(kubectl.ok("rollout", "history", "deployment/web")).containsPattern("1 +<none>\n2 +<none>");
        kubectl.ok("rollout", "undo", "deployment/web");
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        assertThat(kubectl.get("deploy/web", "{.spec.template.spec.containers[0].image}"))
                .isEqualTo("web:1");
        assertThat(kubectl.get("deploy/web", "{.metadata.annotations.deployment\\.kubernetes\\.io/revision}"))
                .isEqualTo("3");
        kubectl.ok("rollout", "pause", "deployment/web");
        kubectl.ok("set", "image", "deployment/web", "web=web:3");
        assertThat(kubectl.fails("", "rollout", "undo", "deployment/web")).contains("paused");
        kubectl.ok("rollout", "resume", "deployment/web");
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        kubectl.ok("rollout", "restart", "deployment/web");
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        kubectl.ok("scale", "deployment/web", "--replicas=5");
        if (kubectl.minor() >= 23) {
            kubectl.ok("wait", "--for=jsonpath={.status.readyReplicas}=5", "deployment/web", "--timeout=120s");
        }
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=120s");
        assertThat(described("deployment", "web", "ScalingReplicaSet"))
                .contains("5 desired | 5 updated | 5 total | 5 available | 0 unavailable", "Scaled up replica set");
        kubectl.ok("delete", "deployment", "web");
        Waiting.until("owned pods go", () -> kubectl.ok("get", "rs,pods", "-o", "name"), String::isEmpty);
    }

    @Test
    void exposeRunDescribe() {
        deploy(2);
        assertThat(kubectl.ok("expose", "deployment", "web", "--port=80")).isEqualTo("service/web exposed");
        Waiting.until(
                "endpoints",
                () -> kubectl.ok("describe", "service", "web"),
                text -> text.matches("(?s).*Endpoints: +\\d+\\.\\d+\\.\\d+\\.\\d+:80,\\d.*"));
        assertThat(kubectl.ok("get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "name")
                        .lines())
                .hasSize(1);
        kubectl.ok("run", "solo", "--image=solo:1", "--labels=a=b");
        kubectl.ok("wait", "--for=condition=Ready", "pod/solo", "--timeout=120s");
        var pod = described("pod", "solo", "Successfully assigned", "Started");
        assertThat(pod)
                .containsPattern("Status: +Running")
                .containsPattern("QoS Class: +BestEffort")
                .contains("Node:");
        assertThat(kubectl.ok("describe", "node")).contains("Allocated resources:", "Non-terminated Pods:");
        if (kubectl.minor() >= 26) {
            assertThat(kubectl.ok("events")).contains("Scheduled");
        }
        Waiting.until(
                "pods are made",
                () -> kubectl.ok("get", "events", "--sort-by=.lastTimestamp"),
                text -> text.contains("SuccessfulCreate"));
        assertThat(kubectl.ok("logs", "solo")).isNotNull();
    }

    @Test
    void explainAndDiscovery() {
        assertThat(kubectl.ok("explain", "pod.spec.containers.resources"))
                .containsPattern("KIND: +Pod")
                .containsPattern("VERSION: +v1")
                .containsPattern("(FIELD|RESOURCE): resources <(ResourceRequirements|Object)>")
                .contains("limits");
        assertThat(kubectl.ok("explain", "deployment", "--recursive"))
                .contains("progressDeadlineSeconds", "matchLabels");
        assertThat(kubectl.ok("api-resources")).containsPattern("deployments +deploy +apps/v1 +true +Deployment");
        assertThat(kubectl.ok("api-resources", "--namespaced=false", "-o", "name"))
                .contains("nodes", "namespaces");
        assertThat(kubectl.ok("api-versions")).contains("apps/v1", "v1");
        assertThat(kubectl.ok("cluster-info")).contains("Kubernetes control plane");
        assertThat(kubectl.ok("version")).containsPattern("Server Version: .*v1\\.36\\.");
    }

    @Test
    void everyKindIsExplainedToItsLeaves() {
        for (var line : kubectl.ok("api-resources", "--cached", "--no-headers").split("\n")) {
            // name, short names if there are some, version, whether in namespaces, kind
            var words = line.split("\\s+");
            var version = words[words.length - 3];
            if (version.contains("metrics.k8s.io/")) {
                continue; // usage is no kind of the API's own: nobody writes it, and it has no document yet
            }
            assertThat(kubectl.ok("explain", words[0], "--api-version=" + version, "--recursive"))
                    .as(line)
                    .contains("FIELDS:");
        }
    }

    @Test
    void cordonAndDrain() {
        deploy(4);
        var node = kubectl.get("pods", "{.items[0].spec.nodeName}");
        kubectl.ok("cordon", node);
        assertThat(kubectl.ok("get", "node", node)).contains("SchedulingDisabled");
        kubectl.ok("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s");
        assertThat(kubectl.ok("get", "pods", "--field-selector=spec.nodeName=" + node, "-o", "name"))
                .isEmpty();
        kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
        kubectl.ok("uncordon", node);
        kubectl.ok("taint", "node", node, "dedicated=x:NoSchedule");
        assertThat(kubectl.ok("describe", "node", node)).contains("dedicated=x:NoSchedule");
        kubectl.ok("taint", "node", node, "dedicated-");
    }
}
