package dev.navarch.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.navarch.embedded.EmbeddedCluster;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * How long an embedded cluster takes until its node is ready: the first of a JVM, later ones, forks; and the heap that one
 * holds. Run as a program of its own, since the first start is what loads the classes. Argument: how many milliseconds the JVM
 * rests before the second, none by default; what has run often is compiled meanwhile.
 */
public final class EmbeddedStart {
    private static final int ROUNDS = 20;

    private EmbeddedStart() {}

    public static void main(String[] arguments) throws InterruptedException {
        long jvm = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        long begun = System.nanoTime();
        var first = EmbeddedCluster.start();
        System.out.printf(
                "first start: %d ms and %d ms before main; %d ms of processor time%n", millis(begun), jvm, processor());
        Thread.sleep(arguments.length == 0 ? 0 : Long.parseLong(arguments[0]));
        begun = System.nanoTime();
        var second = EmbeddedCluster.start();
        System.out.printf("second start: %d ms", millis(begun));
        begun = System.nanoTime();
        second.close();
        System.out.printf(", and its end: %d ms%n", millis(begun));
        var starts = new long[ROUNDS];
        var forks = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            begun = System.nanoTime();
            var another = EmbeddedCluster.start();
            starts[i] = millis(begun);
            another.close();
        }
        var snapshot = first.snapshot();
        for (int i = 0; i < ROUNDS; i++) {
            begun = System.nanoTime();
            var fork = snapshot.start();
            forks[i] = millis(begun);
            fork.close();
        }
        Arrays.sort(starts);
        Arrays.sort(forks);
        System.out.printf("later starts: median %d ms, least %d ms%n", starts[ROUNDS / 2], starts[0]);
        System.out.printf("forks: median %d ms, least %d ms%n", forks[ROUNDS / 2], forks[0]);
        System.out.printf("heap with one cluster: %.0f MB%n", Heap.used() / (1 << 20));
        first.close();
    }

    /** What the process has had so far. */
    private static long processor() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1_000_000;
    }

    private static long millis(long begun) {
        return (System.nanoTime() - begun) / 1_000_000;
    }
}
