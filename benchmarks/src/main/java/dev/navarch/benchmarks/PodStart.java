package dev.navarch.benchmarks;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ListQuery;
import dev.navarch.client.WatchEvent;
import dev.navarch.client.WatchStream;
import dev.navarch.time.SystemTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how long a pod takes from the request that creates it until a watch shows it Running, one pod after the
 * other: {@code java -cp 'benchmarks/target/benchmarks/*' dev.navarch.benchmarks.PodStart --kubeconfig FILE}.
 */
@Command(name = "pod-start", mixinStandardHelpOptions = true)
public final class PodStart implements Callable<Integer> {
    @Option(names = "--kubeconfig", required = true)
    Path kubeconfig = Path.of("");

    @Option(names = "--context", defaultValue = "navarch")
    String context = "";

    @Option(names = "--image", defaultValue = "busybox:test", description = "Must be on the node already.")
    String image = "";

    @Option(names = "--pods", defaultValue = "30")
    int pods;

    @Option(names = "--warm-up", defaultValue = "5", description = "Pods that are not counted.")
    int warmUp;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new PodStart()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        try (var time = new SystemTime();
                var transport = Kubeconfig.read(kubeconfig)
                        .access(context, kubeconfig.toAbsolutePath().getParent(), time)
                        .connect()) {
            var resource = new ApiClient(transport, "pod-start").resource(Pod.class);
            var latencies = new Latencies();
            for (int i = 0; i < warmUp + pods; i++) {
                var name = "pod-start-" + i;
                var query = ListQuery.withField("metadata.name", name).namespace("default");
                try (var watch = resource.watch(query, "")) {
                    long started = System.nanoTime();
                    resource.create(pod(name));
                    awaitRunning(watch);
                    if (i >= warmUp) {
                        latencies.record(System.nanoTime() - started);
                    }
                }
                resource.delete("default", name, DeleteOptions.none().grace(Duration.ZERO));
            }
            System.out.printf(Locale.ROOT, "create to Running, %d pods: %s%n", pods, latencies);
        }
        return 0;
    }

    private static void awaitRunning(WatchStream<Pod> watch) throws InterruptedException {
        for (var event = watch.next(); event != null; event = watch.next()) {
            if (event instanceof WatchEvent.Modified(Pod pod)
                    && pod.getStatus() != null
                    && "Running".equals(pod.getStatus().getPhase())) {
                return;
            }
        }
        throw new IllegalStateException("the watch ended before the pod ran");
    }

    private Pod pod(String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("default")
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(0L)
                .addNewContainer()
                .withName("main")
                .withImage(image)
                .withCommand("sleep", "3600")
                .endContainer()
                .endSpec()
                .build();
    }
}
