package dev.navarch.network;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a node's nftables in step with Services, EndpointSlices and the host ports of its pods.
 *
 * <p>One virtual thread owns the {@link Ruleset}: it gathers what has changed for a moment, works out the smallest change
 * and applies it as one transaction; the first one, and the one after a failure, replaces the whole table, likewise in
 * one transaction. Connections that exist keep their endpoint in any case.
 */
public final class ServiceProxy implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServiceProxy.class);
    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String HEADLESS = "service.kubernetes.io/headless";
    private static final String BY_SERVICE = "network.by-service";
    private static final Duration GATHER = Duration.ofMillis(20);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(2);
    private static final Duration CHECK = Duration.ofSeconds(30);
    private static final Duration SYNC_LIMIT = Duration.ofDays(365);

    private final ProxyConfig config;
    private final Informers informers;
    private final Informers ofNode;
    private final Informer<Service> services;
    private final Informer<EndpointSlice> slices;
    private final Informer<Pod> pods;
    private final HostNetwork hostNetwork;
    private final Nft nft;
    private final Conntrack conntrack;
    private final TimeSource time;
    private final Thread thread;
    private final CountDownLatch inForce = new CountDownLatch(1);

    /** UDP conversations to forget once the rules are in force; the thread's own. */
    private final Set<Fragment.UdpFlow> ended = new HashSet<>();

    /** Guards what follows. */
    private final Object lock = new Object();

    private Set<Key> changedServices = new HashSet<>();
    private Set<Key> changedPods = new HashSet<>();
    private boolean first = true;
    private boolean sweepDue;
    private boolean checkDue;
    private boolean closed;

    private ServiceProxy(ProxyConfig config, Informers informers, Informers ofNode, Host host, TimeSource time) {
        this.config = requireNonNull(config);
        this.informers = requireNonNull(informers);
        this.time = requireNonNull(time);
        services = informers.of(Service.class);
        slices = informers.of(EndpointSlice.class);
        this.ofNode = requireNonNull(ofNode);
        pods = ofNode.of(Pod.class, ListQuery.withField("spec.nodeName", config.nodeName()));
        hostNetwork = new HostNetwork(host);
        nft = new Nft(host);
        conntrack = new Conntrack(host);
        thread = Thread.ofVirtual().name("service-proxy").unstarted(this::run);
    }

    /**
     * Starts the proxy of a node.
     *
     * @param informers of services and their endpoints; started by the caller, before or after
     * @param ofNode likewise, of the node's pods, for their host ports: what a proxy may not see but its node may
     */
    public static ServiceProxy start(
            ProxyConfig config, Informers informers, Informers ofNode, Host host, TimeSource time) {
        var proxy = new ServiceProxy(config, informers, ofNode, host, time);
        proxy.slices.addIndex(
                BY_SERVICE, slice -> service(slice).map(Key::toString).stream().toList());
        proxy.services.addHandler(Handler.each(s -> proxy.changedService(Key.of(s))));
        proxy.slices.addHandler(Handler.each(s -> service(s).ifPresent(proxy::changedService)));
        proxy.pods.addHandler(Handler.each(p -> proxy.changedPod(Key.of(p))));
        proxy.thread.start();
        return proxy;
    }

    private static Optional<Key> service(EndpointSlice slice) {
        var labels = slice.getMetadata().getLabels();
        if (labels == null || !labels.containsKey(SERVICE_NAME) || labels.containsKey(HEADLESS)) {
            return Optional.empty();
        }
        return Optional.of(new Key(slice.getMetadata().getNamespace(), labels.get(SERVICE_NAME)));
    }

    private void changedService(Key key) {
        synchronized (lock) {
            changedServices.add(key);
            lock.notifyAll();
        }
    }

    private void changedPod(Key key) {
        synchronized (lock) {
            changedPods.add(key);
            lock.notifyAll();
        }
    }

    /**
     * Waits until the rules are in the kernel for the first time.
     *
     * @throws TimeoutException after {@code limit} of real time
     */
    public void awaitInForce(Duration limit) throws InterruptedException, TimeoutException {
        if (!inForce.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException("The services' rules are not in force after " + limit.toSeconds() + " s");
        }
    }

    private void run() {
        try {
            informers.awaitSynced(SYNC_LIMIT);
            ofNode.awaitSynced(SYNC_LIMIT);
            time.schedule(CHECK, this::checkLater);
            var ruleset = new Ruleset(config, hostBridges());
            boolean complete = true;
            for (var work = take(); work != null; work = take()) {
                try {
                    if (!complete && work.check && !nft.hasTable(config.table())) {
                        log.warn("Somebody deleted the table {}; writing it again", config.table());
                        complete = true;
                    }
                    apply(ruleset, work, complete);
                    complete = false;
                    inForce.countDown();
                } catch (IOException | RuntimeException e) {
                    log.error("The services' rules are not as they should be, trying again", e);
                    complete = true;
                    time.sleep(RETRY);
                    checkNow();
                }
            }
        } catch (InterruptedException e) {
            log.debug("The service proxy ends");
        } catch (TimeoutException e) {
            log.error("The API server could never be listed", e);
        }
    }

    private boolean hostBridges() throws InterruptedException {
        try {
            return hostNetwork.prepare();
        } catch (IOException e) {
            log.warn("Kernel settings cannot be made: {}", e.getMessage());
            return false;
        }
    }

    private record Work(Set<Key> services, Set<Key> pods, boolean sweep, boolean check) {}

    /** Waits for something to do, and a little longer for what comes with it; null when closed. */
    private @Nullable Work take() throws InterruptedException {
        synchronized (lock) {
            while (!closed && changedServices.isEmpty() && changedPods.isEmpty() && !sweepDue && !checkDue && !first) {
                lock.wait();
            }
            if (closed) {
                return null;
            }
        }
        if (!first) {
            time.sleep(GATHER);
        }
        synchronized (lock) {
            var work = new Work(changedServices, changedPods, sweepDue, checkDue);
            changedServices = new HashSet<>();
            changedPods = new HashSet<>();
            sweepDue = false;
            checkDue = false;
            first = false;
            return work;
        }
    }

    private void apply(Ruleset ruleset, Work work, boolean complete) throws IOException, InterruptedException {
        var wanted = new HashMap<String, Fragment>();
        work.services.forEach(key -> want(wanted, "service " + key, () -> rules(key)));
        work.pods.forEach(key -> want(
                wanted, "pod " + key, () -> pods.get(key).map(HostPortRules::of).orElse(Fragment.EMPTY)));
        var change = ruleset.update(wanted);
        ended.addAll(change.ended());
        if (complete) {
            nft.apply(ruleset.complete());
        } else if (!change.script().isEmpty()) {
            nft.apply(change.script());
            time.schedule(SWEEP, this::sweepLater);
        }
        conntrack.forget(ended);
        ended.clear();
        if (work.sweep) {
            sweep(ruleset);
        }
    }

    /** An object that makes no sense to us keeps the rules that it has, and the others get theirs. */
    private static void want(Map<String, Fragment> wanted, String what, Supplier<Fragment> rules) {
        try {
            wanted.put(what, rules.get());
        } catch (RuntimeException e) {
            log.error("The rules of {} cannot be made", what, e);
        }
    }

    private void sweep(Ruleset ruleset) throws InterruptedException {
        var script = ruleset.sweeping();
        if (script.isEmpty()) {
            return;
        }
        try {
            nft.apply(script);
            ruleset.swept();
        } catch (IOException e) {
            log.debug("Chains are still in use: {}", e.getMessage());
            time.schedule(SWEEP, this::sweepLater);
        }
    }

    private Fragment rules(Key key) {
        var service = services.get(key);
        if (service.isEmpty()) {
            return Fragment.EMPTY;
        }
        var itsSlices = slices.byIndex(BY_SERVICE, key.toString());
        return Fragment.join(ServicePort.of(service.get()).stream()
                .map(port -> {
                    var all = Endpoint.of(port, itsSlices, config.nodeName());
                    return ServiceRules.of(
                            config, port, EndpointChoice.of(port, all, config.nodeName(), config.zone()));
                })
                .toList());
    }

    private void sweepLater() {
        synchronized (lock) {
            sweepDue = true;
            lock.notifyAll();
        }
    }

    private void checkNow() {
        synchronized (lock) {
            checkDue = true;
            lock.notifyAll();
        }
    }

    private void checkLater() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            checkDue = true;
            lock.notifyAll();
        }
        time.schedule(CHECK, this::checkLater);
    }

    /** Ends; the rules stay in the kernel, so services go on while nobody looks after them. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes a cluster's table from a host, if it is there. */
    public static void cleanup(String table, Host host) throws IOException, InterruptedException {
        new Nft(host).apply("add table ip %1$s%ndelete table ip %1$s%n".formatted(table));
    }
}
