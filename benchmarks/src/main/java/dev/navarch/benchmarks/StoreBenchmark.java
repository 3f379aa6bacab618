package dev.navarch.benchmarks;

import dev.navarch.storage.Draft;
import dev.navarch.storage.Page;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.storage.file.FileStore;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** The embedded store with fsync: writes of 1.5 KB alone and in company, and a list of 500. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class StoreBenchmark {
    private static final int LISTED = 500;

    private final AtomicLong names = new AtomicLong();
    private Path dir;
    private SystemTime time;
    private Store store;

    @Setup
    public void open() throws IOException {
        dir = Files.createTempDirectory(Path.of(System.getProperty("navarch.benchmarks.dir", "/var/tmp")), "store");
        time = new SystemTime();
        store = FileStore.open(dir, time);
        for (int i = 0; i < LISTED; i++) {
            store.write(new Write.Create("/registry/core/configmaps/list/" + i, draft()));
        }
    }

    @TearDown
    public void close() throws IOException {
        store.close();
        time.close();
        try (var files = Files.walk(dir)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Draft draft() {
        return new Draft(new byte[1500], 100);
    }

    private WriteResult write() {
        return store.write(new Write.Create("/registry/core/pods/load/" + names.getAndIncrement(), draft()));
    }

    @Benchmark
    public WriteResult oneWriter() {
        return write();
    }

    @Benchmark
    @Threads(32)
    public WriteResult thirtyTwoWriters() {
        return write();
    }

    @Benchmark
    public Page list() {
        return store.range(Range.all("/registry/core/configmaps/list/"));
    }
}
