package dev.navarch.embedded;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.RuntimeConfig;
import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Json;
import dev.navarch.client.Pem;
import dev.navarch.client.Transport;
import dev.navarch.controllers.CertificateSigner;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Range;
import dev.navarch.storage.Write;
import dev.navarch.time.ManualTime;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An API server in memory with a clock to turn and nobody who works on it, which can be put back to how it once was, so
 * that many short lives of a controller need one server only.
 */
public final class BareServer implements AutoCloseable {
    private static final String ROOT = "/registry/";
    /** Sixty informers that begin at once may take their time where others work too. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final Lifecycle lifecycle = new Lifecycle();
    private final Idleness idleness = new Idleness(time);
    private final EmbeddedCertificates certificates;
    private final MemoryStore store;
    private final ApiServer server;
    private final ApiClient admin;
    private final String authority;
    private final Map<String, String> paths = new HashMap<>();
    private final Map<String, Transport> transports = new HashMap<>();
    private volatile BooleanSupplier guest = () -> true;
    private Map<String, Entry> baseline = Map.of();

    public BareServer() throws Exception {
        certificates = new EmbeddedCertificates();
        authority = Pem.encode(certificates.authority());
        var clock = lifecycle.add("clock", new ClusterClock());
        clock.follow(time, idleness);
        clock.resume();
        store = lifecycle.add("store", new MemoryStore(time));
        var recorded = new RecordedStore(store, new History(List.of()), time);
        var serving = certificates.server();
        var asClient = certificates.kubeletClient();
        server = lifecycle.add(
                "API server",
                ApiServer.start(
                        ApiServerConfig.builder(
                                        new InetSocketAddress("127.0.0.1", 0),
                                        () -> serving,
                                        List.of(certificates.authority()),
                                        () -> asClient,
                                        List.of(certificates.authority()),
                                        certificates::serviceAccountKeys)
                                .apis(RuntimeConfig.parse("storagemigration.k8s.io/v1beta1=true", false))
                                .ioThreads(1)
                                .requestTimeout(Duration.ofSeconds(60))
                                .drain(Duration.ofSeconds(1))
                                .build(),
                        recorded,
                        time,
                        new Random(1)));
        admin = new ApiClient(
                lifecycle.add(
                        "administrator",
                        new LocalTransport(server, new User("admin", List.of(User.MASTERS, User.AUTHENTICATED)), time)),
                "admin");
        idleness.add("watches", store::idle, recorded::lagging);
        idleness.tell(recorded);
        idleness.add("guest", () -> guest.getAsBoolean());
        clock.pause();
    }

    public ManualTime time() {
        return time;
    }

    public ApiClient admin() {
        return admin;
    }

    /** The way of one of our components to this server. */
    public synchronized Transport transport(String user) {
        return transports.computeIfAbsent(
                user,
                name -> lifecycle.add("client of " + name, new LocalTransport(server, Identities.of(name), time)));
    }

    public CertificateSigner signer() {
        return certificates.signer();
    }

    public String authority() {
        return authority;
    }

    /** Counts somebody in who may be busy, instead of who was before. */
    public void watchOver(BooleanSupplier idle) {
        guest = idle;
    }

    /** Returns when nobody has anything left to do at this instant. */
    public void awaitRest() {
        idleness.await(PATIENCE);
    }

    /** Applies the objects of a YAML text, with their status. */
    public void apply(String yaml) {
        for (var document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
            if (document == null) {
                continue;
            }
            JsonNode tree = Json.mapper().valueToTree(document);
            var object = (ObjectNode) tree;
            var path = path(object);
            var status = object.remove("status");
            admin.apply(path, object);
            if (status != null) {
                object.remove("spec");
                object.set("status", status);
                admin.apply(path + "/status", object);
            }
        }
    }

    /** Stores the objects of a YAML text as another server had them: with their times, and whoever made them. */
    public void load(String yaml) {
        for (var document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
            if (!server.load((ObjectNode) Json.mapper().<JsonNode>valueToTree(document))) {
                throw new IllegalArgumentException("the kind is not served: " + document);
            }
        }
    }

    private String path(ObjectNode object) {
        var apiVersion = object.path("apiVersion").asString();
        var kind = object.path("kind").asString();
        var collection = paths.computeIfAbsent(apiVersion + " " + kind, _ -> collection(apiVersion, kind));
        var meta = object.path("metadata");
        return collection.replace("{}", meta.path("namespace").asString("default")) + "/"
                + meta.path("name").asString();
    }

    private String collection(String apiVersion, String kind) {
        var root = (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion;
        for (var resource : admin.raw(root).path("resources")) {
            var plural = resource.path("name").asString();
            if (resource.path("kind").asString().equals(kind) && !plural.contains("/")) {
                return root + (resource.path("namespaced").asBoolean() ? "/namespaces/{}/" : "/") + plural;
            }
        }
        throw new IllegalArgumentException("no kind " + kind + " in " + apiVersion);
    }

    /** From now on {@link #reset} leads back to this state. */
    public void keep() {
        baseline = entries();
    }

    private Map<String, Entry> entries() {
        Map<String, Entry> all = new HashMap<>();
        store.range(Range.all(ROOT)).entries().forEach(e -> all.put(e.key(), e));
        return all;
    }

    /** Undoes all that was written since {@link #keep}. */
    public void reset() {
        var now = entries();
        now.forEach((key, entry) -> {
            if (!baseline.containsKey(key)) {
                store.write(new Write.Delete(key, entry.revision()));
            }
        });
        Map<String, Entry> restored = new HashMap<>();
        baseline.forEach((key, entry) -> {
            var present = now.get(key);
            if (present == null) {
                store.write(new Write.Create(key, draft(entry)));
            } else if (present.revision() != entry.revision()) {
                store.write(new Write.Update(key, present.revision(), draft(entry)));
            }
            restored.put(key, store.get(key).orElseThrow());
        });
        baseline = restored;
    }

    private static Draft draft(Entry entry) {
        var bytes = entry.value();
        if (entry.revisionAt() < 0) {
            return new Draft(bytes, -1);
        }
        int end = entry.revisionAt() + Long.toString(entry.revision()).length();
        var plain = Arrays.copyOf(bytes, bytes.length - (end - entry.revisionAt()));
        System.arraycopy(bytes, end, plain, entry.revisionAt(), bytes.length - end);
        return new Draft(plain, entry.revisionAt());
    }

    /** The stored objects that were not there, or not so, at {@link #keep}; events aside. */
    public List<ObjectNode> changed() {
        List<ObjectNode> objects = new ArrayList<>();
        for (var entry : store.range(Range.all(ROOT)).entries()) {
            var before = baseline.get(entry.key());
            if (!entry.key().contains("/events/") && (before == null || before.revision() != entry.revision())) {
                objects.add((ObjectNode) Json.mapper().readTree(requireNonNull(entry.value())));
            }
        }
        return objects;
    }

    /** The version at which things are now, and of which lists may be asked for later. */
    public long revision() {
        return store.revision();
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
