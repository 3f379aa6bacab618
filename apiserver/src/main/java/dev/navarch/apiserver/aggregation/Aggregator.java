package dev.navarch.apiserver.aggregation;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.discovery.Api;
import dev.navarch.apiserver.discovery.DiscoveryHandler;
import dev.navarch.apiserver.discovery.Elsewhere;
import dev.navarch.apiserver.discovery.Elsewhere.Rank;
import dev.navarch.apiserver.following.Follower;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.StreamingHandler;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the APIServices: keeps those of what this server serves itself, looks whether the servers behind the others are
 * there, tells discovery of what they serve, and passes their requests on. Source: k8s.io/kube-aggregator
 * pkg/apiserver/apiserver.go.
 *
 * <p>The core group and that of the APIServices themselves are always served here, whatever an APIService says.
 */
public final class Aggregator implements StreamingHandler, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Aggregator.class);
    private static final String GROUP = "apiregistration.k8s.io";
    private static final String PREFIX = "/registry/" + GROUP + "/apiservices/";
    private static final Set<String> ALWAYS_HERE = Set.of("", GROUP);
    private static final Duration LOOK = Duration.ofSeconds(30);

    private final Store store;
    private final StoredObjects objects;
    private final DiscoveryHandler discovery;
    private final TimeSource time;
    private final Set<GroupVersion> builtIn;
    /** What this process serves beside its resources. */
    private final Map<GroupVersion, Elsewhere.Served> beside;

    private final Registrations registrations;
    private final AuthenticationFacts facts;
    private final Peers peers;
    private final Watcher watcher;
    private final Passage passage;

    /** By name. */
    private final Map<String, Registered> all = new TreeMap<>();

    private final Map<String, Follower> namespaces = new HashMap<>();
    private volatile Map<GroupVersion, Registered> remote = Map.of();
    private Elsewhere told = Elsewhere.NONE;
    private Map<GroupVersion, Rank> ranksTold = Map.of();
    private Optional<Follower> followed = Optional.empty();
    private Optional<TimeSource.Timer> timer = Optional.empty();
    private boolean closed;

    /** What an aggregator needs of the server around it. */
    public record Surroundings(
            Store store,
            Api api,
            EventLoops loops,
            TimeSource time,
            RandomGenerator random,
            Duration requestTimeout,
            Supplier<List<X509Certificate>> clientAuthorities,
            PrometheusRegistry metrics) {}

    /**
     * @param builtIn what is served without APIServices
     * @param beside what this process serves itself unless an APIService names somebody else
     * @param proxy as whom requests are passed on
     */
    public Aggregator(
            Surroundings around,
            Catalogue builtIn,
            DiscoveryHandler discovery,
            Map<GroupVersion, Elsewhere.Served> beside,
            Optional<FrontProxy> proxy) {
        this(around, builtIn, discovery, beside, proxy, ServiceAddress::elsewhere);
    }

    /** @param allowed which addresses may be connected to */
    Aggregator(
            Surroundings around,
            Catalogue builtIn,
            DiscoveryHandler discovery,
            Map<GroupVersion, Elsewhere.Served> beside,
            Optional<FrontProxy> proxy,
            Predicate<InetAddress> allowed) {
        this.beside = Map.copyOf(beside);
        this.store = around.store;
        this.discovery = discovery;
        this.time = around.time;
        this.builtIn = Set.copyOf(builtIn.groupVersions());
        objects = new StoredObjects(store);
        peers = new Peers(proxy);
        var requests = new OwnRequests(around.api);
        registrations = new Registrations(this.builtIn, beside.keySet(), requests, around.api, this::read);
        facts = new AuthenticationFacts(
                around.clientAuthorities,
                proxy,
                requests,
                () -> objects.read("", "configmaps", "kube-system", AuthenticationFacts.NAME));
        var addresses = new ServiceAddress(objects, allowed);
        watcher = new Watcher(
                new Availability(addresses, peers),
                new RemoteDocuments(addresses, peers, around.random),
                new Watcher.Conditions(requests, this::read, time),
                time,
                this::publish);
        passage = new Passage(addresses, peers, around);
        GaugeWithCallback.builder() // source: k8s.io/kube-aggregator pkg/controllers/status/metrics/metrics.go
                .name("aggregator_unavailable_apiservice")
                .help("Whether an APIService is unavailable now.")
                .labelNames("name")
                .callback(point -> availabilities().forEach((name, is) -> point.call(is ? 0 : 1, name)))
                .register(around.metrics);
    }

    private synchronized Map<String, Boolean> availabilities() {
        return all.values().stream().collect(Collectors.toMap(Registered::name, Registered::available));
    }

    private Optional<ObjectNode> read(String name) {
        return objects.read(GROUP, "apiservices", "", name);
    }

    /** Registers what this server serves, and begins to follow. */
    public void start() throws InterruptedException {
        facts.publish();
        discovery.listen(this::served);
        var names = store.range(Range.all(PREFIX)).entries().stream()
                .map(entry -> entry.key().substring(PREFIX.length()))
                .collect(Collectors.toSet());
        registrations.start(names);
        var there = store.range(Range.all(PREFIX));
        synchronized (this) {
            there.entries()
                    .forEach(entry -> observe(entry.key().substring(PREFIX.length()), Optional.of((ObjectNode)
                            JsonMapper.shared().readTree(entry.value()))));
            tables();
            followed = Optional.of(Follower.start(store, PREFIX, there.revision(), this::changed));
            timer = Optional.of(time.schedule(LOOK, this::look));
        }
        publish();
        remote.values().forEach(watcher::look);
    }

    /** The catalogue has changed: custom resources have come or gone. */
    private void served(Catalogue catalogue) {
        Set<GroupVersion> custom = new HashSet<>(catalogue.groupVersions());
        custom.removeAll(builtIn);
        var changed = registrations.custom(custom);
        if (!changed.isEmpty()) {
            Thread.ofVirtual().name("aggregation register").start(() -> settle(changed));
        }
    }

    private void settle(Set<String> names) {
        try {
            for (var name : names) {
                registrations.settle(name);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void changed(Optional<Set<String>> keys) throws InterruptedException {
        Set<String> names = new LinkedHashSet<>();
        synchronized (this) {
            if (keys.isPresent()) {
                keys.get().forEach(key -> names.add(key.substring(PREFIX.length())));
            } else {
                names.addAll(all.keySet());
                store.range(Range.all(PREFIX))
                        .entries()
                        .forEach(e -> names.add(e.key().substring(PREFIX.length())));
            }
            names.forEach(name -> observe(name, read(name)));
            tables();
        }
        for (var name : names) {
            registrations.settle(name);
            Optional<Registered> now;
            synchronized (this) {
                now = Optional.ofNullable(all.get(name));
            }
            now.ifPresentOrElse(watcher::look, () -> watcher.forget(name));
        }
        publish();
    }

    private void observe(String name, Optional<ObjectNode> object) {
        if (object.isEmpty()) {
            all.remove(name);
        } else {
            all.put(name, Registered.of(object.get()));
        }
    }

    /** What requests go by; and whose services and endpoints are followed. */
    private void tables() {
        Map<GroupVersion, Registered> table = new HashMap<>();
        Set<String> wanted = new HashSet<>();
        for (var one : all.values()) {
            if (one.backend().isPresent()
                    && !ALWAYS_HERE.contains(one.groupVersion().group())) {
                table.put(one.groupVersion(), one);
                wanted.add("/registry/core/services/" + one.backend().get().namespace() + "/");
                wanted.add("/registry/discovery.k8s.io/endpointslices/"
                        + one.backend().get().namespace() + "/");
            }
        }
        remote = Map.copyOf(table);
        namespaces.entrySet().removeIf(entry -> {
            if (!wanted.contains(entry.getKey())) {
                entry.getValue().close();
                return true;
            }
            return false;
        });
        if (!closed) {
            wanted.forEach(prefix -> namespaces.computeIfAbsent(
                    prefix, _ -> Follower.start(store, prefix, store.revision(), _ -> lookIn(prefix))));
        }
    }

    /** Services or endpoints in a namespace have changed. */
    private void lookIn(String prefix) {
        remote.values().stream()
                .filter(one -> prefix.endsWith("/" + one.backend().orElseThrow().namespace() + "/"))
                .forEach(watcher::look);
    }

    /** From time to time, since servers go without a word. */
    private void look() {
        synchronized (this) {
            if (closed) {
                return;
            }
            timer = Optional.of(time.schedule(LOOK, this::look));
        }
        remote.values().forEach(watcher::look);
        try {
            facts.publish();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells discovery, if anything has changed for it. */
    private synchronized void publish() {
        Map<GroupVersion, Elsewhere.Served> served = new HashMap<>();
        all.values().stream()
                .filter(one -> one.backend().isEmpty() && beside.containsKey(one.groupVersion()))
                .forEach(one -> served.put(one.groupVersion(), beside.get(one.groupVersion())));
        remote.forEach((version, one) -> served.put(version, watcher.described(one)));
        Map<GroupVersion, Rank> ranks = new HashMap<>();
        for (var one : all.values()) {
            var rank = new Rank(one.groupPriority(), one.versionPriority());
            if (!rank.equals(standard(one.groupVersion()))) {
                ranks.put(one.groupVersion(), rank);
            }
        }
        if (!closed && !(served.equals(told.served()) && ranks.equals(ranksTold))) {
            told = new Elsewhere(served, version -> {
                var own = ranks.get(version);
                return own == null ? standard(version) : own;
            });
            ranksTold = ranks;
            discovery.publish(told);
        }
    }

    private Rank standard(GroupVersion version) {
        var priorities = builtIn.contains(version) ? Priorities.builtIn(version) : Priorities.CUSTOM;
        return new Rank(priorities.group(), priorities.version());
    }

    @Override
    public boolean serves(RequestInfo info) {
        return !remote.isEmpty() && find(info).isPresent();
    }

    private Optional<Registered> find(RequestInfo info) {
        if (info.resourceRequest()) {
            return Optional.ofNullable(remote.get(new GroupVersion(info.group(), info.version())));
        }
        var path = info.path().startsWith("/openapi/v3/") ? info.path().substring("/openapi/v3".length()) : info.path();
        var parts = path.split("/", -1);
        boolean version = parts.length == 4 || parts.length == 5 && parts[4].isEmpty();
        return version && parts[1].equals("apis")
                ? Optional.ofNullable(remote.get(new GroupVersion(parts[2], parts[3])))
                : Optional.empty();
    }

    @Override
    public void serve(ApiRequest request, ClientConnection client) throws InterruptedException {
        var registered = find(request.info());
        if (registered.isPresent()) {
            passage.pass(request, client, registered.get());
        } else {
            client.answer(Passage.UNAVAILABLE); // it went in this moment
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            timer.ifPresent(TimeSource.Timer::cancel);
            followed.ifPresent(Follower::close);
            namespaces.values().forEach(Follower::close);
            namespaces.clear();
        }
        watcher.close();
        peers.close();
        log.debug("The aggregator has stopped");
    }
}
