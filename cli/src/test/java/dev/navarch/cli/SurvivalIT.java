package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Crashes, restarts, neighbours and removal, on real containers. */
class SurvivalIT {
    @TempDir(cleanup = CleanupMode.NEVER)
    Path home;

    private static NavarchProcess start(Path home, int network) throws Exception {
        Files.createDirectories(home);
        var navarch = NavarchProcess.start(
                home,
                "--runtime=containerd",
                "--port=" + TestMachine.freePort(),
                "--pod-cidr=10." + network + ".0.0/16",
                "--service-cidr=10." + (network + 1) + ".0.0/16");
        var tar = home.resolve("busybox.tar");
        TestImages.busybox(tar, "busybox:test");
        navarch.run("image", "import", tar.toString());
        return navarch;
    }

    private static String deployment(String version) {
        return """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 4
              selector: {matchLabels: {app: web}}
              strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: web
                    image: busybox:test
                    command: [sleep, "3600"]
                    env: [{name: VERSION, value: "%s"}]
                    readinessProbe: {exec: {command: ["true"]}, initialDelaySeconds: 1, periodSeconds: 1, timeoutSeconds: 10}
            """.formatted(version);
    }

    @Test
    void killedDuringARollingUpdateItLosesNothingAndRestartsNothing() throws Exception {
        var navarch = start(home, 203);
        try {
            var kubectl = navarch.kubectl();
            kubectl.ok("wait", "--for=condition=Ready", "node", "--all", "--timeout=120s");
            Waiting.until(
                    "service account",
                    () -> kubectl.run("", "get", "sa", "default").code(),
                    code -> code == 0);
            kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: bystander}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: main, image: "busybox:test", command: [sleep, "3600"]}]
                """);
            kubectl.apply(deployment("1"));
            kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
            kubectl.ok("wait", "--for=condition=Ready", "pod/bystander", "--timeout=120s");
            var bystander = containers(kubectl, "pod/bystander");

            kubectl.apply(deployment("2"));
            Waiting.until(
                    "the update is under way",
                    () -> kubectl.get("deployment/web", "{.status.updatedReplicas}"),
                    count -> count.matches("[1-3]"));
            List<String> acknowledged = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                kubectl.ok("create", "configmap", "written-" + i, "--from-literal=n=" + i);
                acknowledged.add("configmap/written-" + i);
            }
            navarch.kill9();
            var running = runningContainers(navarch);
            assertThat(running).isNotEmpty();

            navarch.up();
            assertThat(List.of(kubectl.ok("get", "configmap", "-o", "name").split("\n")))
                    .containsAll(acknowledged);
            kubectl.ok("rollout", "status", "deployment/web", "--timeout=120s");
            assertThat(kubectl.get("deployment/web", "{.status.updatedReplicas} {.status.readyReplicas}"))
                    .isEqualTo("4 4");
            assertThat(containers(kubectl, "pod/bystander")).isEqualTo(bystander);
            assertThat(kubectl.ok("get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[*].restartCount}"))
                    .matches("[0 ]+");

            // an orderly stop keeps the containers too
            var before = kubectl.get("pod/bystander", "{.status.containerStatuses[0].containerID}");
            navarch.terminate();
            navarch.up();
            kubectl.ok("wait", "--for=condition=Ready", "pod/bystander", "--timeout=120s");
            assertThat(kubectl.get("pod/bystander", "{.status.containerStatuses[0].restartCount}"))
                    .isEqualTo("0");
            assertThat(kubectl.get("pod/bystander", "{.status.containerStatuses[0].containerID}"))
                    .isEqualTo(before);
        } finally {
            navarch.close();
        }
        assertNothingLeft(navarch);
    }

    @Test
    void twoClustersLiveSideBySideAndDownRemovesOnlyItsOwn() throws Exception {
        var one = start(home.resolve("one"), 205);
        var two = start(home.resolve("two"), 207);
        try {
            for (var navarch : List.of(one, two)) {
                var kubectl = navarch.kubectl();
                Waiting.until(
                        "service account",
                        () -> kubectl.run("", "get", "sa", "default").code(),
                        code -> code == 0);
                kubectl.apply("""
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: web, labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - name: main
                        image: busybox:test
                        command: [sh, -c, "mkdir /www; echo %s > /www/index.html; exec httpd -f -p 8080 -h /www"]
                        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: web}
                    spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                    """.formatted(navarch == one ? "one" : "two"));
                kubectl.ok("wait", "--for=condition=Ready", "pod/web", "--timeout=120s");
            }
            awaitBody(one, "one");
            awaitBody(two, "two");
            one.close();
            assertNothingLeft(one);
            awaitBody(two, "two");
        } finally {
            one.close();
            two.close();
        }
        assertNothingLeft(two);
        assertThat(two.dataDir()).isDirectory();
        two.run("reset", "--yes");
        assertThat(two.dataDir()).doesNotExist();
        assertThat(home.resolve("two/kubeconfig")).content().doesNotContain("navarch");
    }

    private static void awaitBody(NavarchProcess navarch, String body) {
        var ip = navarch.kubectl().get("service/web", "{.spec.clusterIP}");
        Waiting.until("answer of " + body, () -> HttpGet.body("http://" + ip + "/"), body::equals);
    }

    private static String containers(Kubectl kubectl, String pod) {
        return kubectl.get(
                pod, "{.status.containerStatuses[*].containerID} {.status.containerStatuses[*].restartCount}");
    }

    /** Processes in containers of this cluster, seen from outside. */
    private static List<String> runningContainers(NavarchProcess navarch) throws Exception {
        var id = id(navarch);
        return TestMachine.output("ps", "-e", "-o", "pid=,args=")
                .lines()
                .filter(line -> line.contains("containerd-shim") && line.contains(id))
                .toList();
    }

    private static String id(NavarchProcess navarch) throws Exception {
        var digest = java.security.MessageDigest.getInstance("SHA-256")
                .digest(navarch.dataDir().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return java.util.HexFormat.of().formatHex(digest, 0, 4);
    }

    private static void assertNothingLeft(NavarchProcess navarch) throws Exception {
        var id = id(navarch);
        assertThat(TestMachine.output("ip", "link")).doesNotContain(id);
        assertThat(TestMachine.output("nft", "list", "tables")).doesNotContain(id);
        assertThat(Files.readString(Path.of("/proc/mounts")))
                .doesNotContain(id)
                .doesNotContain(navarch.dataDir().toString());
        assertThat(TestMachine.output("ps", "-e", "-o", "args="))
                .doesNotContain("navarch-" + id)
                .doesNotContain(navarch.dataDir().toString());
        assertThat(Path.of("/run/navarch-" + id)).doesNotExist();
        try (var groups = Files.find(
                Path.of("/sys/fs/cgroup"), 3, (path, _) -> path.toString().contains(id))) {
            assertThat(groups).isEmpty();
        }
    }
}
