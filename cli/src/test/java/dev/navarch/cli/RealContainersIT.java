package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a user of one machine does first, on real containers, through the real kubectl: the tour of the README and the
 * behaviours behind it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealContainersIT {
    @TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.NEVER)
    static Path home;

    private NavarchProcess navarch;
    private Kubectl kubectl;

    @BeforeAll
    void start() throws Exception {
        navarch = NavarchProcess.start(
                home,
                "--runtime=containerd",
                "--port=" + TestMachine.freePort(),
                "--pod-cidr=10.201.0.0/16",
                "--service-cidr=10.202.0.0/16");
        kubectl = navarch.kubectl();
        var tar = home.resolve("busybox.tar");
        TestImages.busybox(tar, "busybox:test");
        assertThat(navarch.run("image", "import", tar.toString())).contains("docker.io/library/busybox:test");
        assertThat(navarch.run("image", "list")).contains("docker.io/library/busybox", "test");
        kubectl.ok("wait", "--for=condition=Ready", "node", "--all", "--timeout=120s");
    }

    @AfterAll
    void stop() throws Exception {
        if (navarch != null) {
            navarch.close();
        }
    }

    private Kubectl namespace(String name) {
        kubectl.ok("create", "namespace", name);
        Waiting.until(
                "default service account",
                () -> kubectl.in(name)
                        .run("", "get", "serviceaccount", "default")
                        .code(),
                code -> code == 0);
        return kubectl.in(name);
    }

    private static String web(int replicas, String version) {
        return """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: page}
            data: {greeting: hello}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: token}
            stringData: {secret: s3cret}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: NodePort
              selector: {app: web}
              ports: [{port: 80, targetPort: http}]
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: %d
              selector: {matchLabels: {app: web}}
              strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  terminationGracePeriodSeconds: 30
                  containers:
                  - name: web
                    image: busybox:test
                    command: [sh, -c]
                    args:
                    - |
                      mkdir -p /www
                      echo "$GREETING %s $(hostname) $(cat /etc/token/secret)" > /www/index.html
                      exec httpd -f -p 8080 -h /www
                    env:
                    - name: GREETING
                      valueFrom: {configMapKeyRef: {name: page, key: greeting}}
                    ports: [{name: http, containerPort: 8080}]
                    readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1, timeoutSeconds: 10}
                    lifecycle: {preStop: {exec: {command: [sleep, "8"]}}}
                    volumeMounts: [{name: token, mountPath: /etc/token, readOnly: true}]
                  volumes: [{name: token, secret: {secretName: token}}]
            """.formatted(replicas, version);
    }

    @Test
    void aWebApplicationIsServedUpdatedRolledBackAndScaled() throws Exception {
        var web = namespace("shop");
        web.apply(web(3, "v1"));
        web.ok("rollout", "status", "deployment/web", "--timeout=120s");
        var clusterIp = web.get("service/web", "{.spec.clusterIP}");
        int nodePort = Integer.parseInt(web.get("service/web", "{.spec.ports[0].nodePort}"));

        // all endpoints answer on the ClusterIP from the host
        var seen = allAnswer("http://" + clusterIp + "/", 3);
        assertThat(seen).allMatch(answer -> answer.matches("hello v1 web-[a-z0-9]+-[a-z0-9]+ s3cret"));
        // on the NodePort at an address of the machine
        assertThat(allAnswer("http://" + machineAddress() + ":" + nodePort + "/", 3))
                .isEqualTo(seen);
        // and from a pod, which waits for the end of its input: what it says before kubectl is attached is lost
        var fromPod = web.ok(
                "run",
                "client",
                "--rm",
                "-i",
                "--quiet",
                "--restart=Never",
                "--image=busybox:test",
                "--",
                "sh",
                "-c",
                "cat; wget -q -O- http://" + clusterIp + "/");
        assertThat(seen).contains(fromPod);

        // a second version without a failed request
        try (var load = new Load("http://" + clusterIp + "/")) {
            web.apply(web(3, "v2"));
            web.ok("rollout", "status", "deployment/web", "--timeout=120s");
            Waiting.until(
                    "only v2 answers",
                    () -> answers("http://" + clusterIp + "/", 3),
                    all -> all.stream().allMatch(answer -> answer.contains(" v2 ")));
            assertThat(load.failures()).isEmpty();
            assertThat(load.requests()).isGreaterThan(50);
        }
        assertThat(web.ok("rollout", "history", "deployment/web")).contains("1").contains("2");

        web.ok("rollout", "undo", "deployment/web");
        web.ok("rollout", "status", "deployment/web", "--timeout=120s");
        Waiting.until(
                "v1 again",
                () -> answers("http://" + clusterIp + "/", 3),
                all -> all.stream().allMatch(answer -> answer.contains(" v1 ")));

        web.ok("scale", "deployment/web", "--replicas=5");
        web.ok("rollout", "status", "deployment/web", "--timeout=120s");
        allAnswer("http://" + clusterIp + "/", 5);
        web.ok("scale", "deployment/web", "--replicas=1");
        web.await("deployment/web", "{.status.replicas}", "1");
        Waiting.until(
                "one endpoint", () -> answers("http://" + clusterIp + "/", 1).size(), size -> size == 1);
        kubectl.ok("delete", "namespace", "shop");
    }

    @Test
    void requestsAndLimitsAreAddedUpAndEnforcedByCgroups() throws Exception {
        var ns = namespace("limits");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: frontend}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: db
                    image: busybox:test
                    command: [sleep, "3600"]
                    resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: 500m, memory: 128Mi}}
                  - name: wp
                    image: busybox:test
                    command: [sleep, "3600"]
                    resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: 500m, memory: 128Mi}}
                """);
        ns.ok("wait", "--for=condition=Ready", "pod/frontend", "--timeout=120s");
        var node = kubectl.ok("describe", "node");
        assertThat(node)
                .containsPattern(
                        "limits +frontend +500m \\(\\d+%\\) +1 \\(\\d+%\\) +128Mi \\(\\d+%\\) +256Mi \\(\\d+%\\)");
        for (var container : List.of("db", "wp")) {
            var limits = ns.ok(
                    "exec",
                    "frontend",
                    "-c",
                    container,
                    "--",
                    "sh",
                    "-c",
                    "cd /sys/fs/cgroup; if [ -e memory.max ]; then cat memory.max cpu.max; else"
                            + " cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us"
                            + " cpu/cpu.shares; fi | tr '\\n' ' '");
            assertThat(limits).as(container).matches("134217728 50000 100000( 256)?");
        }
        assertThat(ns.get("pod/frontend", "{.status.qosClass}")).isEqualTo("Burstable");
        kubectl.ok("delete", "namespace", "limits", "--wait=false");
    }

    @Test
    void aCrashingContainerIsRestartedWithBackOff() {
        var ns = namespace("crash");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: crasher}
                spec:
                  containers:
                  - {name: main, image: "busybox:test", command: [sh, -c, "echo started; exit 3"]}
                """);
        ns.await("pod/crasher", "{.status.containerStatuses[0].state.waiting.reason}", "CrashLoopBackOff");
        assertThat(ns.get("pod/crasher", "{.status.containerStatuses[0].lastState.terminated.exitCode}"))
                .isEqualTo("3");
        assertThat(ns.get("pod/crasher", "{.status.containerStatuses[0].lastState.terminated.reason}"))
                .isEqualTo("Error");
        Waiting.until( // it may run again in between
                "it says how long it waits",
                () -> ns.get("pod/crasher", "{.status.containerStatuses[0].state.waiting.message}"),
                text -> text.matches(
                        "back-off (\\d+m)?\\d+s restarting failed container=main pod=crasher_crash\\(.*\\)"));
        Waiting.until(
                "second restart",
                () -> ns.get("pod/crasher", "{.status.containerStatuses[0].restartCount}"),
                count -> Integer.parseInt(count) >= 2);
        assertThat(ns.ok("logs", "crasher", "--previous")).isEqualTo("started");
        var events = Waiting.until("BackOff event", () -> ns.ok("get", "events"), text -> text.contains("BackOff"));
        assertThat(events).contains("Back-off restarting failed container main in pod crasher_crash(");
        kubectl.ok("delete", "namespace", "crash", "--wait=false");
    }

    @Test
    void tooMuchMemoryKillsTooMuchCpuThrottles() {
        var ns = namespace("oom");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: hungry}
                spec:
                  containers:
                  - name: main
                    image: busybox:test
                    command: [sh, -c, "sleep 1; exec dd if=/dev/zero of=/dev/null bs=100M count=1"]
                    resources: {limits: {memory: 32Mi, cpu: 500m}}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: busy}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: main
                    image: busybox:test
                    command: [sh, -c, "while :; do :; done"]
                    resources: {limits: {cpu: 100m, memory: 32Mi}}
                """);
        Waiting.until(
                "OOMKilled",
                () -> ns.get(
                        "pod/hungry",
                        "{.status.containerStatuses[0].lastState.terminated.reason}"
                                + " {.status.containerStatuses[0].lastState.terminated.exitCode}"),
                "OOMKilled 137"::equals);
        Waiting.until(
                "restart",
                () -> ns.get("pod/hungry", "{.status.containerStatuses[0].restartCount}"),
                count -> Integer.parseInt(count) >= 1);
        Waiting.until(
                "throttled",
                () -> ns.ok(
                        "exec",
                        "busy",
                        "--",
                        "sh",
                        "-c",
                        "cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null | grep nr_throttled"),
                text -> Integer.parseInt(text.replaceAll("\\D+", "")) > 3);
        assertThat(ns.get("pod/busy", "{.status.phase} {.status.containerStatuses[0].restartCount}"))
                .isEqualTo("Running 0");
        kubectl.ok("delete", "namespace", "oom", "--wait=false");
    }

    @Test
    void aPodThatFitsNowhereWaitsAndIsScheduledWhenRoomAppears() {
        var ns = namespace("full");
        int cpus = Integer.parseInt(kubectl.get("node", "{.items[0].status.allocatable.cpu}"));
        ns.ok("create", "deployment", "filler", "--image=busybox:test", "--", "sleep", "3600");
        ns.ok("patch", "deployment", "filler", "--type=strategic", "-p", """
                {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "busybox",
                 "resources": {"requests": {"cpu": "%dm"}}}]}}}}
                """.formatted(cpus * 1000 - 600));
        ns.ok("rollout", "status", "deployment/filler", "--timeout=120s");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: large}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - {name: main, image: "busybox:test", command: [sleep, "3600"], resources: {requests: {cpu: "%d"}}}
                """.formatted(cpus));
        Waiting.until("FailedScheduling", () -> ns.ok("get", "events"), text -> text.contains("FailedScheduling"));
        assertThat(ns.ok(
                        "get",
                        "events",
                        "--field-selector=reason=FailedScheduling",
                        "-o",
                        "jsonpath={.items[0].message}"))
                .startsWith("0/1 nodes are available: 1 Insufficient cpu.");
        assertThat(ns.get("pod/large", "{.status.phase}")).isEqualTo("Pending");
        assertThat(ns.get("pod/large", "{.status.conditions[?(@.type==\"PodScheduled\")].reason}"))
                .isEqualTo("Unschedulable");
        ns.ok("delete", "pod", "large");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: medium}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - {name: main, image: "busybox:test", command: [sleep, "3600"], resources: {requests: {cpu: "1"}}}
                """);
        ns.await("pod/medium", "{.status.conditions[?(@.type==\"PodScheduled\")].reason}", "Unschedulable");
        ns.ok("scale", "deployment/filler", "--replicas=0");
        Waiting.until("filler is gone", () -> ns.ok("get", "pods", "-l", "app=filler", "-o", "name"), String::isEmpty);
        Waiting.until(
                "scheduled when there is room, not only when all that wait are looked at again",
                () -> ns.get("pod/medium", "{.spec.nodeName}"),
                name -> !name.isEmpty());
        kubectl.ok("delete", "namespace", "full", "--wait=false");
    }

    @Test
    void deletionSignalsWaitsAndKills() {
        var ns = namespace("deletion");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: polite}
                spec:
                  terminationGracePeriodSeconds: 240
                  containers:
                  - {name: main, image: "busybox:test",
                     command: [sh, -c, "trap 'echo got TERM; exit 0' TERM; echo up; while :; do sleep 0.1; done"]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: stubborn}
                spec:
                  terminationGracePeriodSeconds: 3
                  containers:
                  - {name: main, image: "busybox:test", command: [sh, -c, "trap '' TERM; while :; do sleep 0.1; done"]}
                """);
        ns.ok("wait", "--for=condition=Ready", "pod/polite", "pod/stubborn", "--timeout=120s");
        Waiting.until("its trap is set", () -> ns.ok("logs", "polite"), "up"::equals);
        var started = Instant.now();
        ns.ok("delete", "pod", "polite");
        assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofSeconds(240));
        started = Instant.now();
        ns.ok("delete", "pod", "stubborn");
        assertThat(Duration.between(started, Instant.now())) // and not the usual thirty seconds
                .isBetween(Duration.ofMillis(2500), Duration.ofSeconds(29));

        ns.ok("create", "deployment", "d", "--image=busybox:test", "--replicas=2", "--", "sleep", "1");
        ns.ok("create", "configmap", "c", "--from-literal=a=b");
        kubectl.ok("delete", "namespace", "deletion", "--timeout=90s");
        assertThat(kubectl.fails("", "get", "namespace", "deletion"))
                .isEqualTo("Error from server (NotFound): namespaces \"deletion\" not found");
        assertThat(kubectl.ok("get", "all,configmaps", "-n", "deletion", "-o", "name"))
                .isEmpty();
    }

    /** Short and long names, of a service with an address and of one without; the pod's own; and what nobody knows. */
    @Test
    void podsFindServicesByName() {
        var ns = namespace("names");
        ns.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: peers}
                spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 8080}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: db}
                spec: {selector: {app: db}, ports: [{port: 80, targetPort: 8080}]}
                ---
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: db}
                spec:
                  replicas: 2
                  serviceName: peers
                  podManagementPolicy: Parallel
                  selector: {matchLabels: {app: db}}
                  template:
                    metadata: {labels: {app: db}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - name: db
                        image: busybox:test
                        command: [sh, -c, "mkdir /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www"]
                """);
        ns.ok("rollout", "status", "statefulset/db", "--timeout=60s");
        var dns = kubectl.in("kube-system").get("service/kube-dns", "{.spec.clusterIP}");
        assertThat(dns).isEqualTo("10.202.0.10");
        assertThat(ns.ok("exec", "db-0", "--", "cat", "/etc/resolv.conf"))
                .contains(
                        "nameserver " + dns,
                        "search names.svc.cluster.local svc.cluster.local cluster.local",
                        "ndots:5");
        Waiting.until(
                "the other's name",
                () -> ns.run("", "exec", "db-0", "--", "wget", "-qO-", "http://db-1.peers:8080")
                        .out(),
                answer -> answer.startsWith("db-1"));
        for (var name : List.of("db", "db.names", "db.names.svc", "db.names.svc.cluster.local")) {
            assertThat(ns.ok("exec", "db-0", "--", "wget", "-qO-", "http://" + name))
                    .as(name)
                    .startsWith("db-");
        }
        assertThat(ns.ok("exec", "db-0", "--", "nslookup", "peers.names.svc.cluster.local"))
                .contains(ns.get("pod/db-0", "{.status.podIP}"), ns.get("pod/db-1", "{.status.podIP}"));
        assertThat(ns.run("", "exec", "db-0", "--", "nslookup", "nobody.names.svc.cluster.local")
                        .code())
                .isNotZero();
        kubectl.ok("delete", "namespace", "names", "--wait=false");
    }

    @Test
    void execAttachCopyLogsAndPortForwardReachTheContainer() throws Exception {
        var ns = namespace("streams");
        ns.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: box}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: main
                    image: busybox:test
                    command: [sh, -c, "echo line one; echo line two; mkdir /www; echo forwarded > /www/index.html; exec httpd -f -p 8080 -h /www"]
                  - name: echo
                    image: busybox:test
                    stdin: true
                    command: [cat]
                """);
        ns.ok("wait", "--for=condition=Ready", "pod/box", "--timeout=120s");
        Waiting.until(
                "the page is there",
                () -> ns.ok("exec", "box", "-c", "main", "--", "cat", "/www/index.html"),
                "forwarded"::equals);
        assertThat(ns.okWith("through stdin", "exec", "-i", "box", "-c", "main", "--", "cat"))
                .isEqualTo("through stdin");
        assertThat(ns.ok("exec", "box", "-c", "main", "--", "sh", "-c", "head -c 30000000 /dev/zero | tr '\\0' x"))
                .as("nothing of much output is lost at its end")
                .hasSize(30_000_000);
        assertThat(ns.run("", "exec", "box", "-c", "main", "--", "sh", "-c", "exit 7")
                        .code())
                .isEqualTo(7);
        Waiting.until("both lines are logged", () -> ns.ok("logs", "box", "-c", "main"), "line one\nline two"::equals);
        assertThat(ns.ok("logs", "box", "-c", "main", "--tail=1")).isEqualTo("line two");
        assertThat(ns.ok("logs", "box", "-c", "main", "--since=1h", "--timestamps"))
                .contains("Z line one");
        assertThat(ns.fails("", "logs", "box", "-c", "nothere")).contains("container nothere is not valid for pod box");

        var file = Files.writeString(home.resolve("cp.txt"), "copied\n");
        ns.ok("cp", file.toString(), "box:/tmp/cp.txt", "-c", "main");
        assertThat(ns.ok("exec", "box", "-c", "main", "--", "cat", "/tmp/cp.txt"))
                .isEqualTo("copied");
        ns.ok("cp", "box:/www/index.html", home.resolve("back.txt").toString(), "-c", "main");
        assertThat(home.resolve("back.txt")).hasContent("forwarded");

        attach(ns, "to the main process");

        int port = TestMachine.freePort();
        var forward = ns.builder("port-forward", "pod/box", port + ":8080")
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("forward.log").toFile())
                .start();
        try {
            Waiting.until("port-forward", () -> HttpGet.body("http://127.0.0.1:" + port + "/"), "forwarded"::equals);
            assertThat(HttpGet.body("http://127.0.0.1:" + port + "/")).isEqualTo("forwarded");
        } finally {
            forward.destroy();
            forward.waitFor();
        }
        var follow = ns.builder("logs", "-f", "box", "-c", "echo")
                .redirectOutput(home.resolve("follow.log").toFile())
                .start();
        try {
            ns.okWith("followed\n", "attach", "-i", "box", "-c", "echo");
            Waiting.until(
                    "logs -f", () -> Files.readString(home.resolve("follow.log")), text -> text.contains("followed"));
        } finally {
            follow.destroy();
            follow.waitFor();
        }
        kubectl.ok("delete", "namespace", "streams", "--wait=false");
    }

    @Test
    void volumesAndIdentityReachThePod() throws Exception {
        var ns = namespace("volumes");
        ns.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: cm}
                data: {key: first}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: reader, labels: {role: reader}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: main
                    image: busybox:test
                    command: [sleep, "3600"]
                    env:
                    - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                    volumeMounts:
                    - {name: all, mountPath: /all}
                    - {name: scratch, mountPath: /scratch}
                    - {name: host, mountPath: /host, readOnly: true}
                  volumes:
                  - name: all
                    projected:
                      sources:
                      - configMap: {name: cm}
                      - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
                  - {name: scratch, emptyDir: {}}
                  - {name: host, hostPath: {path: /etc, type: Directory}}
                """);
        ns.ok("wait", "--for=condition=Ready", "pod/reader", "--timeout=120s");
        assertThat(ns.ok("exec", "reader", "--", "cat", "/all/key", "/all/labels"))
                .isEqualTo("firstrole=\"reader\"");
        assertThat(ns.ok("exec", "reader", "--", "sh", "-c", "echo $POD $IP"))
                .isEqualTo("reader " + ns.get("pod/reader", "{.status.podIP}"));
        assertThat(ns.ok("exec", "reader", "--", "sh", "-c", "echo x > /scratch/f && cat /scratch/f; ls /host/passwd"))
                .isEqualTo("x\n/host/passwd");
        assertThat(ns.fails("", "exec", "reader", "--", "touch", "/host/x")).contains("Read-only file system");
        var token = ns.ok("exec", "reader", "--", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/token");
        assertThat(withToken(ns, token).fails("", "get", "secrets"))
                .contains("User \"system:serviceaccount:volumes:default\" cannot list resource \"secrets\"");
        assertThat(ns.ok("exec", "reader", "--", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/namespace"))
                .isEqualTo("volumes");
        ns.ok("patch", "configmap", "cm", "-p", "{\"data\":{\"key\":\"second\"}}");
        Waiting.until("live update", () -> ns.ok("exec", "reader", "--", "cat", "/all/key"), "second"::equals);
        kubectl.ok("delete", "namespace", "volumes", "--wait=false");
    }

    @Test
    void claimsKeepWhatPodsWrite() throws Exception {
        var ns = namespace("claims");
        ns.apply("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: db}
                spec:
                  serviceName: db
                  selector: {matchLabels: {app: db}}
                  template:
                    metadata: {labels: {app: db}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      securityContext: {runAsUser: 1000, fsGroup: 2000}
                      containers:
                      - name: c
                        image: busybox:test
                        command: [sh, -c, "echo again >> /data/sub/f; sleep 3600"]
                        readinessProbe: {exec: {command: [test, -f, /data/sub/f]}, periodSeconds: 1, timeoutSeconds: 10}
                        volumeMounts:
                        - {name: data, mountPath: /data/sub, subPath: inner}
                        - {name: data, mountPath: /whole, readOnly: true}
                  volumeClaimTemplates:
                  - metadata: {name: data}
                    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                """);
        ns.ok("rollout", "status", "statefulset/db", "--timeout=120s");
        var volume = ns.get("pvc/data-db-0", "{.spec.volumeName}");
        var directory = Path.of(kubectl.get("pv/" + volume, "{.spec.local.path}"));
        assertThat(ns.ok("exec", "db-0", "--", "stat", "-c", "%g", "/whole/inner/f"))
                .isEqualTo("2000");
        var before = ns.get("pod/db-0", "{.metadata.uid}");
        ns.ok("delete", "pod", "db-0");
        Waiting.until(
                "another pod",
                () -> ns.run("", "get", "pod/db-0", "-o", "jsonpath={.metadata.uid}")
                        .out(),
                uid -> !uid.isBlank() && !uid.equals(before));
        ns.ok("rollout", "status", "statefulset/db", "--timeout=120s");
        Waiting.until(
                "both have written", () -> Files.readString(directory.resolve("inner/f")), "again\nagain\n"::equals);
        ns.ok("delete", "statefulset", "db");
        ns.ok("delete", "pvc", "data-db-0");
        kubectl.awaitGone("pv/" + volume);
        assertThat(directory).doesNotExist();
        kubectl.ok("delete", "namespace", "claims", "--wait=false");
    }

    /** Input stays open until the answer is there: the engine stops listening for one where input ends. */
    private void attach(Kubectl ns, String line) throws Exception {
        var answer = home.resolve("attach.log");
        var attached = ns.builder("attach", "-i", "box", "-c", "echo")
                .redirectErrorStream(true)
                .redirectOutput(answer.toFile())
                .start();
        try (var input = attached.outputWriter()) {
            input.write(line + "\n");
            input.flush();
            Waiting.until("attach", () -> Files.readString(answer), text -> text.contains(line));
        }
        assertThat(attached.waitFor(2, TimeUnit.MINUTES))
                .as("attach ends with its input")
                .isTrue();
        assertThat(attached.exitValue()).isZero();
    }

    /** As somebody with nothing but a token: a client certificate would count for more. */
    private Kubectl withToken(Kubectl admin, String token) throws IOException {
        var file = home.resolve("token.kubeconfig");
        var config = Files.readString(admin.kubeconfig())
                .replaceAll("(?m)^( *)client-certificate-data:.*$", "$1token: " + token)
                .replaceAll("(?m)^ *client-key-data:.*\\n", "");
        Files.writeString(file, config);
        return new Kubectl(file, admin.namespace());
    }

    /** The answers of this many endpoints, as soon as the kernel knows all of them. */
    private static Set<String> allAnswer(String url, int count) {
        return Waiting.until(count + " answer", () -> answers(url, count), seen -> seen.size() == count);
    }

    /** The different answers to many requests; stops early when there are {@code enough}. */
    private static Set<String> answers(String url, int enough) throws IOException {
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 200 && (seen.size() < enough || i < 20); i++) {
            seen.add(HttpGet.body(url));
        }
        return seen;
    }

    private static String machineAddress() throws Exception {
        for (var network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            if (network.isUp()
                    && !network.isLoopback()
                    && !network.getName().startsWith("nv")
                    && !network.getName().startsWith("veth")) {
                for (var address : Collections.list(network.getInetAddresses())) {
                    if (address instanceof java.net.Inet4Address) {
                        return address.getHostAddress();
                    }
                }
            }
        }
        return InetAddress.getLocalHost().getHostAddress();
    }

    /** Requests one after the other, each on a connection of its own, until closed. */
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        private final java.util.concurrent.atomic.AtomicInteger requests =
                new java.util.concurrent.atomic.AtomicInteger();
        private final Thread thread;

        Load(String url) {
            thread = Thread.ofVirtual().start(() -> {
                while (!stopped.get()) {
                    try {
                        requests.incrementAndGet();
                        HttpGet.body(url);
                        TimeUnit.MILLISECONDS.sleep(10);
                    } catch (IOException | InterruptedException e) {
                        failures.add(Instant.now() + " " + e);
                    }
                }
            });
        }

        List<String> failures() {
            return List.copyOf(failures);
        }

        int requests() {
            return requests.get();
        }

        @Override
        public void close() throws InterruptedException {
            stopped.set(true);
            thread.join();
        }
    }
}
