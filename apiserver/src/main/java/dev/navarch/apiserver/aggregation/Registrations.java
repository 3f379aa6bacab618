package dev.navarch.apiserver.aggregation;

import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.discovery.Api;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the APIServices of what this server serves itself: there is one for each built-in group version, put in order
 * when the server starts, and one for each of custom resources, kept in order as long as it is served. Both are made anew
 * when somebody deletes them; nobody else's is touched. Source: k8s.io/kube-aggregator
 * pkg/controllers/autoregister/autoregister_controller.go; k8s.io/kubernetes
 * pkg/controlplane/controller/crdregistration.
 */
final class Registrations {
    static final String PATH = "/apis/apiregistration.k8s.io/v1/apiservices";

    private static final Logger log = LoggerFactory.getLogger(Registrations.class);
    private static final String MANAGED = "kube-aggregator.kubernetes.io/automanaged";
    private static final String ON_START = "onstart";
    private static final String ALWAYS = "true";
    /** Without a label: made when it is missing, and else somebody's to change. */
    private static final String ONCE = "";
    /** As metrics-server's. */
    private static final Priorities BESIDE = new Priorities(100, 100);

    private final OwnRequests requests;
    private final Api api;
    private final Function<String, Optional<ObjectNode>> reader;
    private final Map<String, Wanted> builtIn = new HashMap<>();
    private Map<String, Wanted> custom = Map.of();

    private record Wanted(String name, GroupVersion version, Priorities priorities, String managed) {
        static Wanted of(GroupVersion version, Priorities priorities, String managed) {
            return new Wanted(version.version() + "." + version.group(), version, priorities, managed);
        }
    }

    /**
     * @param beside what somebody else may serve instead
     * @param reader of the stored APIService with a name
     */
    Registrations(
            Set<GroupVersion> builtIn,
            Set<GroupVersion> beside,
            OwnRequests requests,
            Api api,
            Function<String, Optional<ObjectNode>> reader) {
        this.requests = requests;
        this.api = api;
        this.reader = reader;
        for (var version : beside) {
            var wanted = Wanted.of(version, BESIDE, ONCE);
            this.builtIn.put(wanted.name, wanted);
        }
        for (var version : builtIn) {
            if (!version.group().equals("apiregistration.k8s.io")) {
                var wanted = Wanted.of(version, Priorities.builtIn(version), ON_START);
                this.builtIn.put(wanted.name, wanted);
            }
        }
    }

    /**
     * Puts everything in order, all at once.
     *
     * @param there the names of all APIServices
     */
    void start(Set<String> there) throws InterruptedException {
        api.provide(
                OwnRequests.MANAGER,
                builtIn.values().stream()
                        .filter(wanted -> !there.contains(wanted.name))
                        .map(Registrations::object)
                        .toList());
        Set<String> names = new TreeSet<>(builtIn.keySet());
        names.retainAll(there);
        names.addAll(custom().keySet());
        names.addAll(there);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Set<Future<?>> all = new HashSet<>();
            names.forEach(name -> all.add(threads.submit(() -> {
                settle(name, true);
                return null;
            })));
            for (var one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("The APIServices could not be put in order", e.getCause());
        }
    }

    private synchronized Map<String, Wanted> custom() {
        return custom;
    }

    /**
     * Wants these of custom resources from now on, and no others.
     *
     * @return the names of those that are to be settled
     */
    synchronized Set<String> custom(Set<GroupVersion> versions) {
        Map<String, Wanted> now = new HashMap<>();
        for (var version : versions) {
            var wanted = Wanted.of(version, Priorities.CUSTOM, ALWAYS);
            if (!builtIn.containsKey(wanted.name)) {
                now.put(wanted.name, wanted);
            }
        }
        Set<String> changed = new HashSet<>(now.keySet());
        changed.removeAll(custom.keySet());
        custom.keySet().stream().filter(name -> !now.containsKey(name)).forEach(changed::add);
        custom = Map.copyOf(now);
        return changed;
    }

    /** Brings one in order, if it is ours. What is refused is tried again when something changes. */
    void settle(String name) throws InterruptedException {
        try {
            settle(name, false);
        } catch (ApiFailure e) {
            log.warn("The APIService {} could not be put in order: {}", name, e.getMessage());
        }
    }

    private void settle(String name, boolean starting) throws InterruptedException {
        var wanted = builtIn.getOrDefault(name, custom().get(name));
        var there = reader.apply(name);
        if (there.isEmpty()) {
            if (wanted != null) {
                requests.create(PATH, object(wanted));
            }
            return;
        }
        var managed = Meta.labels(there.get()).getOrDefault(MANAGED, "");
        boolean ours = managed.equals(ALWAYS) || managed.equals(ON_START) && starting;
        if (!ours || Meta.deleting(there.get())) {
            return;
        }
        if (wanted == null) {
            requests.delete(PATH + "/" + name);
        } else if (!sameSpec(wanted, there.get())) {
            var now = there.get().deepCopy();
            now.set("spec", spec(wanted));
            requests.update(PATH + "/" + name, now);
        }
    }

    private static boolean sameSpec(Wanted wanted, ObjectNode there) {
        var spec = Tree.at(there, "spec");
        return !Tree.has(spec, "service")
                && Tree.text(spec, "group").equals(wanted.version.group())
                && Tree.text(spec, "version").equals(wanted.version.version())
                && Tree.number(spec, 0, "groupPriorityMinimum") == wanted.priorities.group()
                && Tree.number(spec, 0, "versionPriority") == wanted.priorities.version();
    }

    private static ObjectNode object(Wanted wanted) {
        var object = Tree.object().put("kind", "APIService").put("apiVersion", "apiregistration.k8s.io/v1");
        var meta = Meta.of(object).put("name", wanted.name);
        if (!wanted.managed.equals(ONCE)) {
            meta.putObject("labels").put(MANAGED, wanted.managed);
        }
        object.set("spec", spec(wanted));
        return object;
    }

    private static ObjectNode spec(Wanted wanted) {
        var spec = Tree.object();
        putUnlessEmpty(spec, "group", wanted.version.group());
        return spec.put("version", wanted.version.version())
                .put("groupPriorityMinimum", wanted.priorities.group())
                .put("versionPriority", wanted.priorities.version());
    }

    private static void putUnlessEmpty(ObjectNode node, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            node.put(name, value);
        }
    }
}
