package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.etcd.EtcdProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes on one etcd: both serve, one leads, and the other takes over. */
class HotStandbyIT {
    private static final List<String> LEASES = List.of("kube-controller-manager", "kube-scheduler");

    @TempDir
    Path home;

    @Test
    @Timeout(900)
    void theOtherGoesOnWhenTheLeaderIsKilled() throws Exception {
        try (var etcd = EtcdProcess.start()) {
            var a = process(etcd, "a");
            try {
                copyKeys(a);
                try (var b = process(etcd, "b", "--components=control-plane")) {
                    killTheLeader(a, b);
                    comeBack(a, b);
                }
                holds(a.kubectl(), identity(a));
            } finally {
                a.close();
            }
        }
    }

    private NavarchProcess process(EtcdProcess etcd, String name, String... more) throws Exception {
        Files.createDirectories(home.resolve(name));
        var arguments = new java.util.ArrayList<>(
                List.of("--runtime=simulated", "--port=" + TestMachine.freePort(), "--etcd-servers=" + etcd.address()));
        arguments.addAll(List.of(more));
        return NavarchProcess.start(home.resolve(name), arguments.toArray(String[]::new));
    }

    private void copyKeys(NavarchProcess from) throws Exception {
        var to = Files.createDirectories(home.resolve("b/data/pki"));
        try (var files = Files.list(from.dataDir().resolve("pki"))) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static String identity(NavarchProcess process) throws Exception {
        return Files.readString(process.dataDir().resolve("identity"));
    }

    private static void holds(Kubectl kubectl, String identity) throws Exception {
        for (var lease : LEASES) {
            Waiting.until(
                    lease + " is held by " + identity,
                    () -> kubectl.run(
                                    "",
                                    "get",
                                    "lease",
                                    "-n",
                                    "kube-system",
                                    lease,
                                    "-o",
                                    "jsonpath={.spec.holderIdentity}")
                            .out(),
                    holder -> holder.endsWith("_" + identity));
        }
    }

    private static void killTheLeader(NavarchProcess a, NavarchProcess b) throws Exception {
        holds(b.kubectl(), identity(a));
        assertThat(b.kubectl()
                        .get("endpoints/kubernetes", "{.subsets[*].ports[*].port}")
                        .split(" "))
                .hasSize(2);
        Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
        var some = new CountDownLatch(6);
        var killed = new CountDownLatch(1);
        var number = new AtomicInteger();
        var writers = List.of(a, b).stream()
                .map(server -> CompletableFuture.runAsync(() -> {
                    int afterwards = 0;
                    while (afterwards < 4) {
                        var name = "written-" + number.incrementAndGet();
                        if (killed.getCount() == 0) {
                            afterwards++;
                        }
                        if (create(server.kubectl(), name)) {
                            acknowledged.add(name);
                            some.countDown();
                        }
                    }
                }))
                .toList();
        some.await();
        a.kill9();
        killed.countDown();
        writers.forEach(CompletableFuture::join);

        var kubectl = b.kubectl();
        assertThat(kubectl.ok("get", "configmaps", "-o", "name").lines().map(line -> line.substring(10)))
                .containsAll(acknowledged);
        kubectl.ok("create", "deployment", "web", "--image=any", "--replicas=2");
        Waiting.until(
                "pods made and bound by the other",
                () -> kubectl.ok("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}"),
                nodes -> nodes.split(" ").length == 2);
        holds(kubectl, identity(b));
    }

    private static boolean create(Kubectl kubectl, String name) {
        try {
            return kubectl.run("", "create", "configmap", name).code() == 0;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void comeBack(NavarchProcess a, NavarchProcess b) throws Exception {
        a.up();
        b.kubectl().ok("wait", "--for=condition=Available", "deployment/web", "--timeout=120s");
        holds(a.kubectl(), identity(b));
        assertThat(a.kubectl().ok("get", "pods", "-l", "app=web", "-o", "name").lines())
                .hasSize(2);
    }
}
