package dev.navarch.benchmarks;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Many watches of one namespace while objects are made in it: how many events a second reach the watchers, from the
 * first create until the last watcher has its last event. Each watch has a connection of its own.
 */
final class WatchFanout {
    private static final String PODS = "/api/v1/namespaces/fanout/pods";
    private static final int CREATES = 300;
    private static final int WRITERS = 8;
    private static final int ROUNDS = 5;

    private final LoadClient client;
    private final Requests requests;
    private final LongSupplier names;
    private final int watchers;

    WatchFanout(LoadClient client, Requests requests, LongSupplier names, int watchers) {
        this.client = client;
        this.requests = requests;
        this.names = names;
        this.watchers = watchers;
    }

    /** Returns the number of failures. */
    long run() throws Exception {
        client.makeNamespace("fanout");
        client.make(PODS, Requests.pod("first", 300));
        var events = new AtomicLong();
        var opened = new CountDownLatch(watchers);
        List<Channel> channels = new ArrayList<>();
        // sendInitialEvents=false: only what happens from now on
        var watch = requests.get(PODS + "?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"
                + "&allowWatchBookmarks=false&timeoutSeconds=600");
        for (int i = 0; i < watchers; i++) {
            channels.add(client.connect(new WatchConnection(watch, opened::countDown, events)));
        }
        if (!opened.await(60, TimeUnit.SECONDS)) {
            throw new TimeoutException(opened.getCount() + " watches were not opened");
        }
        long failures = 0;
        List<Double> rates = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            long expected = events.get() + (long) watchers * CREATES;
            long start = System.nanoTime();
            failures += client.once(WRITERS, CREATES, _ -> requests.post(PODS, pod()))
                    .failures();
            double created = seconds(start);
            while (events.get() < expected && seconds(start) < 60) {
                Thread.sleep(1);
            }
            double delivered = seconds(start);
            rates.add((double) watchers * CREATES / delivered);
            failures += Math.max(0, expected - events.get());
            System.out.printf(
                    Locale.ROOT,
                    "watch-fanout round %d: %d creates in %.2f s, %d events in %.2f s: %.0f/s%n",
                    round + 1,
                    CREATES,
                    created,
                    (long) watchers * CREATES,
                    delivered,
                    rates.getLast());
        }
        System.out.printf(
                Locale.ROOT,
                "watch-fanout %10.0f events/s (middle of the last three)  failures %d%n",
                rates.subList(ROUNDS - 3, ROUNDS).stream()
                        .sorted()
                        .skip(1)
                        .findFirst()
                        .orElseThrow(),
                failures);
        for (var channel : channels) {
            channel.close();
        }
        return failures;
    }

    private String pod() {
        return Requests.pod("fanout-" + names.getAsLong(), 300);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
