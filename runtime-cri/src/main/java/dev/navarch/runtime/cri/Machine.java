package dev.navarch.runtime.cri;

import dev.navarch.kubelet.runtime.MachineStats;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How busy this machine is, as the kernel says (proc(5)). */
final class Machine {
    /** Of the ticks in which the kernel counts: USER_HZ is 100 on all that we run on. */
    private static final long NANOS_PER_TICK = 10_000_000;

    private static final long NANOS = 1_000_000_000;

    /** A rate is one of at least so long. */
    private static final Duration SHORTEST = Duration.ofSeconds(5);

    /** In the first line of stat: user, nice, system; then idle and waiting, which are no work; then interrupts. */
    private static final List<Integer> WORK = List.of(1, 2, 3, 6, 7, 8);

    private final TimeSource time;
    private final Path proc;
    private Count from;
    private long rate;

    private record Count(Instant at, long nanos) {}

    Machine(TimeSource time) {
        this(time, Path.of("/proc"));
    }

    Machine(TimeSource time, Path proc) {
        this.time = time;
        this.proc = proc;
        from = new Count(time.now(), work().orElse(0L));
    }

    /** Empty if the kernel doesn't say. */
    synchronized Optional<MachineStats> stats() {
        var work = work();
        var total = kilobytes("MemTotal:");
        var available = kilobytes("MemAvailable:");
        if (work.isEmpty() || total.isEmpty() || available.isEmpty()) {
            return Optional.empty();
        }
        var now = time.now();
        var passed = Duration.between(from.at, now);
        if (rate == 0 && passed.isPositive() || passed.compareTo(SHORTEST) >= 0) {
            rate = Math.max(0, (long) ((double) (work.get() - from.nanos) / passed.toNanos() * NANOS));
            if (passed.compareTo(SHORTEST) >= 0) {
                from = new Count(now, work.get());
            }
        }
        return Optional.of(new MachineStats(
                now, work.get(), rate, (total.get() - available.get()) * 1024, available.get() * 1024));
    }

    private Optional<Long> work() {
        var lines = lines("stat");
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        var words = lines.getFirst().split(" +");
        long ticks = 0;
        for (int at : WORK) {
            ticks += at < words.length ? Long.parseLong(words[at]) : 0;
        }
        return Optional.of(ticks * NANOS_PER_TICK);
    }

    private Optional<Long> kilobytes(String name) {
        return lines("meminfo").stream()
                .filter(line -> line.startsWith(name))
                .map(line -> Long.parseLong(line.split(" +")[1]))
                .findFirst();
    }

    private List<String> lines(String file) {
        try {
            return Files.readAllLines(proc.resolve(file));
        } catch (IOException e) {
            return List.of();
        }
    }
}
