package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An API server in memory, good enough to test a controller against: the verbs on the types of {@link FakeType} with
 * versions, conflicts, selectors, graceful deletion, finalizers, the common subresources, watches and discovery. It
 * neither validates nor authorizes.
 *
 * <p>A test can stop the flow of events ({@link #holdWatches}) to make caches stale, forget history ({@link
 * #compact}) and break watches ({@link #breakWatches}).
 *
 * <p>What a watch has to tell belongs to the instant at which it happened: the clock's work is not done before its reader has
 * come back for more.
 */
public final class FakeApi implements Transport {
    private static final String NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private final TimeSource time;
    private final RandomGenerator random;

    /** Guards all below; waited on by watches. */
    private final Object lock = new Object();

    private final Map<FakeType, TreeMap<Key, ObjectNode>> objects = new HashMap<>();
    private final List<Change> history = new ArrayList<>();
    private final List<FakeWatch> watches = new ArrayList<>();
    private final List<String> writes = new ArrayList<>();
    private long revision = 100;
    private long compacted;
    /** Plurals whose watches are silent; "" for all. */
    private final java.util.Set<String> held = new java.util.HashSet<>();

    private record Change(
            long revision,
            FakeType type,
            @Nullable ObjectNode before,
            @Nullable ObjectNode now) {}

    public FakeApi(TimeSource time, RandomGenerator random) {
        this.time = requireNonNull(time);
        this.random = requireNonNull(random);
    }

    /** A client of this server. */
    public ApiClient client() {
        return new ApiClient(this, "test");
    }

    /** Stores an object as it is, status and all, but for its uid, version and times. */
    public <T extends HasMetadata> T put(T object) {
        var kind = ResourceKind.of(object.getClass());
        var type = FakeType.find(kind.group(), kind.version(), kind.plural()).orElseThrow();
        ObjectNode tree = Json.mapper().valueToTree(object);
        synchronized (lock) {
            var key = key(type, tree);
            var before = all(type).get(key);
            if (before == null) {
                identify(tree);
            } else {
                keepIdentity(tree, before);
            }
            FakeDefaults.apply(type, tree);
            store(type, key, before, tree);
            @SuppressWarnings("unchecked") // the tree was made from this class
            var answer = (T) Json.mapper().treeToValue(tree, object.getClass());
            return answer;
        }
    }

    /** Removes an object at once, whatever its finalizers. */
    public void remove(HasMetadata object) {
        var kind = ResourceKind.of(object.getClass());
        var type = FakeType.find(kind.group(), kind.version(), kind.plural()).orElseThrow();
        synchronized (lock) {
            var before = all(type).get(Key.of(object));
            if (before != null) {
                store(type, Key.of(object), before, null);
            }
        }
    }

    /** The writes that were accepted, as {@code POST /api/v1/...}, oldest first. */
    public List<String> writes() {
        synchronized (lock) {
            return List.copyOf(writes);
        }
    }

    /** Watches stay silent until {@link #releaseWatches}; lists and writes go on. */
    public void holdWatches() {
        holdWatches("");
    }

    /** The same for the watches of one resource. */
    public void holdWatches(String plural) {
        synchronized (lock) {
            held.add(plural);
        }
    }

    public void releaseWatches() {
        synchronized (lock) {
            held.clear();
            stir();
        }
    }

    /** Forgets all history: watches from before now are refused as expired. */
    public void compact() {
        synchronized (lock) {
            compacted = revision;
            history.clear();
            watches.forEach(w -> w.position = 0);
        }
    }

    /** Ends all open watches; with {@code expired} as the server does when it can't go on from their version. */
    public void breakWatches(boolean expired) {
        synchronized (lock) {
            watches.forEach(w -> {
                w.expired = expired;
                w.ended = true;
            });
            stir();
            watches.clear();
        }
    }

    /** Sends all open watches a bookmark at the present version. */
    public void bookmark() {
        synchronized (lock) {
            watches.forEach(w -> w.bookmark = true);
            stir();
        }
    }

    public int openWatches() {
        synchronized (lock) {
            return watches.size();
        }
    }

    /** True when every open watch has delivered all that there is and that it may, and its reader waits for more. */
    public boolean delivered() {
        synchronized (lock) {
            return watches.stream().allMatch(FakeWatch::waiting);
        }
    }

    @Override
    public Response send(Request request) {
        try {
            synchronized (lock) {
                return handle(request);
            }
        } catch (ApiFailure e) {
            return new Whole(e.code(), ApiClient.bytes(e.status()));
        }
    }

    static ApiFailure failure(int code, String reason, String message) {
        return new ApiFailure(new io.fabric8.kubernetes.api.model.StatusBuilder()
                .withStatus("Failure")
                .withCode(code)
                .withReason(reason)
                .withMessage(message)
                .build());
    }

    private record Target(FakeType type, String namespace, String name, String subresource) {
        Key key() {
            return new Key(namespace, name);
        }
    }

    private Response handle(Request request) {
        var path = request.path().split("\\?", 2)[0];
        var query = FakeSelectors.query(request.path());
        var discovery = request.headers().getOrDefault("Accept", "").contains("as=APIGroupDiscoveryList")
                ? discovery(path)
                : plainDiscovery(path);
        if (discovery.isPresent()) {
            return new Whole(200, ApiClient.bytes(discovery.get()));
        }
        var target = target(path);
        boolean partial = request.headers().getOrDefault("Accept", "").contains("as=PartialObjectMetadata");
        if (request.method().equals("GET") && query.containsKey("watch")) {
            return watch(target, query, partial);
        }
        if (request.method().equals("GET") && target.name.isEmpty()) {
            return new Whole(200, ApiClient.bytes(list(target, query, partial)));
        }
        if (request.method().equals("GET")) {
            return new Whole(200, ApiClient.bytes(view(existing(target), target.type, partial)));
        }
        var answer = write(request, target, query);
        writes.add(request.method() + " " + path);
        return new Whole(
                request.method().equals("POST") ? 201 : 200, ApiClient.bytes(view(answer, target.type, partial)));
    }

    private JsonNode write(Request request, Target target, Map<String, String> query) {
        return switch (request.method()) {
            case "POST" -> target.name.isEmpty() ? create(target, tree(request)) : post(target, tree(request));
            case "PUT" -> update(target, tree(request));
            case "PATCH" -> {
                var type = request.headers().getOrDefault("Content-Type", "");
                yield update(target, FakePatch.apply(existing(target), type, request.body()));
            }
            case "DELETE" -> {
                if (!target.name.isEmpty()) {
                    yield delete(target, tree(request));
                }
                var selector = FakeSelectors.of(query);
                for (var key : List.copyOf(all(target.type).keySet())) {
                    var inside = target.namespace.isEmpty() || target.namespace.equals(key.namespace());
                    if (inside && selector.test(all(target.type).get(key))) {
                        delete(new Target(target.type, key.namespace(), key.name(), ""), tree(request));
                    }
                }
                yield JsonNodeFactory.instance.objectNode().put("kind", "Status");
            }
            default -> throw failure(405, "MethodNotAllowed", request.method());
        };
    }

    private static ObjectNode tree(Request request) {
        return request.body().length == 0
                ? JsonNodeFactory.instance.objectNode()
                : (ObjectNode) Json.mapper().readTree(request.body());
    }

    private Target target(String path) {
        var parts = new ArrayList<>(Arrays.asList(path.substring(1).split("/")));
        var group = parts.removeFirst().equals("api") ? "" : parts.removeFirst();
        var version = parts.removeFirst();
        var namespace = "";
        if (parts.size() >= 3
                && parts.getFirst().equals("namespaces")
                && !List.of("status", "finalize").contains(parts.get(2))) {
            parts.removeFirst();
            namespace = parts.removeFirst();
        }
        var plural = parts.removeFirst();
        var type = FakeType.find(group, version, plural)
                .orElseThrow(() -> failure(404, "NotFound", "the server could not find the requested resource"));
        var name = parts.isEmpty() ? "" : parts.removeFirst();
        return new Target(type, namespace, name, parts.isEmpty() ? "" : parts.removeFirst());
    }

    private TreeMap<Key, ObjectNode> all(FakeType type) {
        return objects.computeIfAbsent(
                type,
                _ -> new TreeMap<>(
                        java.util.Comparator.comparing(Key::namespace).thenComparing(Key::name)));
    }

    private ObjectNode existing(Target target) {
        var found = all(target.type).get(target.key());
        if (found == null) {
            throw failure(404, "NotFound", target.type.plural() + " \"" + target.name + "\" not found");
        }
        return found;
    }

    private static Key key(FakeType type, ObjectNode tree) {
        var meta = tree.path("metadata");
        return new Key(
                type.namespaced() ? meta.path("namespace").asString("") : "",
                meta.path("name").asString(""));
    }

    private JsonNode view(JsonNode object, FakeType type, boolean partial) {
        if (!partial) {
            return object;
        }
        var view = JsonNodeFactory.instance.objectNode();
        view.put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/v1");
        view.set("metadata", object.path("metadata"));
        return view;
    }

    private ObjectNode list(Target target, Map<String, String> query, boolean partial) {
        var selector = FakeSelectors.of(query);
        var answer = JsonNodeFactory.instance.objectNode();
        answer.put("kind", target.type.kind() + "List").put("apiVersion", target.type.apiVersion());
        var meta = answer.putObject("metadata");
        meta.put("resourceVersion", Long.toString(revision));
        var items = answer.putArray("items");
        int limit = Integer.parseInt(query.getOrDefault("limit", "0"));
        int skip = Integer.parseInt(query.getOrDefault("continue", "0"));
        int seen = 0;
        for (var entry : all(target.type).entrySet()) {
            var inside = target.namespace.isEmpty()
                    || target.namespace.equals(entry.getKey().namespace());
            if (!inside || !selector.test(entry.getValue()) || seen++ < skip) {
                continue;
            }
            if (limit > 0 && items.size() == limit) {
                meta.put("continue", Integer.toString(skip + limit));
                break;
            }
            items.add(view(entry.getValue(), target.type, partial));
        }
        return answer;
    }

    private ObjectNode create(Target target, ObjectNode object) {
        var type = target.type;
        object.put("kind", type.kind()).put("apiVersion", type.apiVersion());
        var meta = object.withObject("/metadata");
        if (type.namespaced()) {
            meta.put("namespace", target.namespace);
            refuseInTerminatingNamespace(target.namespace);
        }
        if (meta.path("name").asString("").isEmpty()) {
            meta.put("name", meta.path("generateName").asString("") + suffix());
        }
        var key = key(type, object);
        if (all(type).containsKey(key)) {
            throw failure(409, "AlreadyExists", type.plural() + " \"" + key.name() + "\" already exists");
        }
        if (type.status()) {
            object.remove("status");
        }
        identify(object);
        FakeDefaults.apply(type, object);
        if (type.kind().equals("Pod")) {
            object.putObject("status").put("phase", "Pending");
        }
        if (type.kind().equals("Namespace")) {
            object.putObject("status").put("phase", "Active");
        }
        store(type, key, null, object);
        return object;
    }

    private void refuseInTerminatingNamespace(String namespace) {
        var found = all(FakeType.find("", "v1", "namespaces").orElseThrow()).get(new Key("", namespace));
        if (found != null && found.path("metadata").has("deletionTimestamp")) {
            var status = failure(403, "Forbidden", "namespace " + namespace + " is being terminated")
                    .status();
            status.setDetails(new io.fabric8.kubernetes.api.model.StatusDetailsBuilder()
                    .addNewCause("metadata.namespace", "", "NamespaceTerminating")
                    .build());
            throw new ApiFailure(status);
        }
    }

    private void identify(ObjectNode object) {
        var meta = object.withObject("/metadata");
        if (!meta.has("uid")) {
            meta.put("uid", new UUID(random.nextLong(), random.nextLong()).toString());
        }
        if (!meta.has("creationTimestamp")) {
            meta.put("creationTimestamp", now(0));
        }
        if (!meta.has("generation")) {
            meta.put("generation", 1);
        }
    }

    private String now(long plusSeconds) {
        return time.now()
                .plusSeconds(plusSeconds)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    private String suffix() {
        var text = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            text.append(NAME_ALPHABET.charAt(random.nextInt(NAME_ALPHABET.length())));
        }
        return text.toString();
    }

    private static void keepIdentity(ObjectNode object, ObjectNode before) {
        var meta = object.withObject("/metadata");
        for (var field :
                List.of("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")) {
            var value = before.path("metadata").get(field);
            if (value != null) {
                meta.set(field, value);
            } else {
                meta.remove(field);
            }
        }
    }

    private ObjectNode update(Target target, ObjectNode object) {
        var before = existing(target);
        if (target.subresource.equals("scale")) {
            var scaled = before.deepCopy();
            scaled.withObject("/spec").set("replicas", object.path("spec").path("replicas"));
            return update(new Target(target.type, target.namespace, target.name, ""), scaled);
        }
        checkPreconditions(target, before, object.path("metadata"));
        object.put("kind", target.type.kind()).put("apiVersion", target.type.apiVersion());
        keepIdentity(object, before);
        var next = switch (target.subresource) {
            case "" -> {
                if (target.type.status()) {
                    keep(object, before, "status");
                }
                yield object;
            }
            case "status", "approval" -> {
                var kept = before.deepCopy();
                if (object.path("metadata").has("annotations")) {
                    kept.withObject("/metadata")
                            .set("annotations", object.path("metadata").path("annotations"));
                }
                if (object.has("status")) {
                    kept.set("status", object.get("status"));
                } else {
                    kept.remove("status");
                }
                yield kept;
            }
            case "finalize" -> {
                var kept = before.deepCopy();
                kept.set("spec", object.path("spec").deepCopy());
                yield kept;
            }
            default -> throw failure(404, "NotFound", "no subresource " + target.subresource);
        };
        if (!next.path("spec").equals(before.path("spec"))) {
            next.withObject("/metadata")
                    .put(
                            "generation",
                            before.path("metadata").path("generation").asLong() + 1);
        }
        return settle(target, before, next);
    }

    private static void keep(ObjectNode object, ObjectNode before, String field) {
        if (before.has(field)) {
            object.set(field, before.get(field));
        } else {
            object.remove(field);
        }
    }

    private static void checkPreconditions(Target target, ObjectNode before, JsonNode wanted) {
        for (var field : List.of("uid", "resourceVersion")) {
            var value = wanted.path(field).asString("");
            if (!value.isEmpty()
                    && !value.equals(before.path("metadata").path(field).asString())) {
                throw failure(
                        409,
                        "Conflict",
                        "Operation cannot be fulfilled on " + target.type.plural() + " \"" + target.name
                                + "\": the object has been modified; please apply your changes to the latest version"
                                + " and try again");
            }
        }
    }

    /** Stores the next state, or removes the object if nothing holds its deletion any more. */
    private ObjectNode settle(Target target, ObjectNode before, ObjectNode next) {
        var meta = next.path("metadata");
        boolean deleting = meta.has("deletionTimestamp")
                && meta.path("finalizers").isEmpty()
                && meta.path("deletionGracePeriodSeconds").asLong(0) == 0
                && (!target.type.kind().equals("Namespace")
                        || next.path("spec").path("finalizers").isEmpty());
        var same = next.deepCopy();
        same.withObject("/metadata")
                .set("resourceVersion", before.path("metadata").get("resourceVersion"));
        if (!deleting && same.equals(before)) {
            return before;
        }
        store(target.type, target.key(), before, deleting ? null : next);
        return next;
    }

    private ObjectNode post(Target target, ObjectNode body) {
        switch (target.subresource) {
            case "binding" -> {
                var before = existing(target);
                if (before.path("spec").has("nodeName")) {
                    throw failure(409, "Conflict", "pod " + target.name + " is already assigned to a node");
                }
                var bound = before.deepCopy();
                bound.withObject("/spec")
                        .put("nodeName", body.path("target").path("name").asString());
                var condition =
                        bound.withObject("/status").withArray("conditions").addObject();
                condition.put("type", "PodScheduled").put("status", "True").put("lastTransitionTime", now(0));
                store(target.type, target.key(), before, bound);
                return bound;
            }
            case "eviction" -> {
                return delete(
                        new Target(target.type, target.namespace, target.name, ""),
                        body.path("deleteOptions") instanceof ObjectNode o ? o : JsonNodeFactory.instance.objectNode());
            }
            default -> throw failure(404, "NotFound", "no subresource " + target.subresource);
        }
    }

    private ObjectNode delete(Target target, ObjectNode options) {
        var before = existing(target);
        checkPreconditions(target, before, options.path("preconditions"));
        var next = before.deepCopy();
        var meta = next.withObject("/metadata");
        long grace = grace(target.type, before, options);
        if (meta.has("deletionTimestamp")) {
            grace = Math.min(grace, meta.path("deletionGracePeriodSeconds").asLong(0));
        } else {
            meta.put("generation", meta.path("generation").asLong() + 1);
            switch (options.path("propagationPolicy").asString("")) {
                case "Orphan" -> finalizer(meta, "orphan");
                case "Foreground" -> finalizer(meta, "foregroundDeletion");
                default -> {}
            }
        }
        if (!meta.has("deletionTimestamp")
                || grace != meta.path("deletionGracePeriodSeconds").asLong(0)) {
            meta.put("deletionTimestamp", now(grace));
            meta.put("deletionGracePeriodSeconds", grace);
        }
        if (target.type.kind().equals("Namespace")) {
            next.withObject("/status").put("phase", "Terminating");
        }
        return settle(target, before, next);
    }

    private static void finalizer(ObjectNode meta, String name) {
        var list = meta.withArray("finalizers");
        for (var present : list) {
            if (present.asString().equals(name)) {
                return;
            }
        }
        list.add(name);
    }

    /** source: kubernetes pkg/registry/core/pod/strategy.go, CheckGracefulDelete. */
    private static long grace(FakeType type, ObjectNode object, ObjectNode options) {
        if (!type.kind().equals("Pod")) {
            return 0;
        }
        var phase = object.path("status").path("phase").asString("");
        if (object.path("spec").path("nodeName").asString("").isEmpty()
                || phase.equals("Succeeded")
                || phase.equals("Failed")) {
            return 0;
        }
        long wanted = object.path("spec").path("terminationGracePeriodSeconds").asLong(30);
        return options.path("gracePeriodSeconds").asLong(wanted);
    }

    private void store(FakeType type, Key key, @Nullable ObjectNode before, @Nullable ObjectNode now) {
        revision++;
        if (now == null) {
            all(type).remove(key);
            var last = requireNonNull(before).deepCopy();
            last.withObject("/metadata").put("resourceVersion", Long.toString(revision));
            history.add(new Change(revision, type, last, null));
        } else {
            now.withObject("/metadata").put("resourceVersion", Long.toString(revision));
            all(type).put(key, now);
            history.add(new Change(revision, type, before, now));
        }
        watches.stream().filter(w -> w.target.type.equals(type)).forEach(FakeWatch::stir);
        lock.notifyAll();
    }

    private void stir() {
        watches.forEach(FakeWatch::stir);
        lock.notifyAll();
    }

    /** The groups, or the resources of one group version. */
    private static Optional<JsonNode> plainDiscovery(String path) {
        if (path.equals("/apis")) {
            var groups = JsonNodeFactory.instance.objectNode().put("kind", "APIGroupList");
            var list = groups.putArray("groups");
            FakeType.BUILT_IN.stream()
                    .filter(t -> !t.group().isEmpty())
                    .map(t -> List.of(t.group(), t.version()))
                    .distinct()
                    .forEach(gv -> {
                        var group = list.addObject().put("name", gv.getFirst());
                        var version = JsonNodeFactory.instance
                                .objectNode()
                                .put("groupVersion", gv.getFirst() + "/" + gv.getLast())
                                .put("version", gv.getLast());
                        group.putArray("versions").add(version);
                        group.set("preferredVersion", version.deepCopy());
                    });
            return Optional.of(groups);
        }
        var parts = path.split("/");
        if (!(parts.length == 3 && parts[1].equals("api") || parts.length == 4 && parts[1].equals("apis"))) {
            return Optional.empty();
        }
        var apiVersion = parts[1].equals("api") ? parts[2] : parts[2] + "/" + parts[3];
        var answer = JsonNodeFactory.instance
                .objectNode()
                .put("kind", "APIResourceList")
                .put("groupVersion", apiVersion);
        var resources = answer.putArray("resources");
        for (var type : FakeType.BUILT_IN) {
            if (type.apiVersion().equals(apiVersion)) {
                resources
                        .addObject()
                        .put("name", type.plural())
                        .put("kind", type.kind())
                        .put("namespaced", type.namespaced());
            }
        }
        return Optional.of(answer);
    }

    /** All of it in one document, as clients ask for it. */
    private static Optional<JsonNode> discovery(String path) {
        if (!path.equals("/api") && !path.equals("/apis")) {
            return Optional.empty();
        }
        var answer = JsonNodeFactory.instance.objectNode().put("kind", "APIGroupDiscoveryList");
        var items = answer.putArray("items");
        FakeType.BUILT_IN.stream()
                .filter(t -> t.group().isEmpty() == path.equals("/api"))
                .map(t -> List.of(t.group(), t.version()))
                .distinct()
                .forEach(gv -> {
                    var group = items.addObject();
                    group.putObject("metadata").put("name", gv.getFirst());
                    describe(group.putArray("versions").addObject(), gv.getFirst(), gv.getLast());
                });
        return Optional.of(answer);
    }

    private static void describe(ObjectNode described, String group, String version) {
        var resources =
                described.put("version", version).put("freshness", "Current").putArray("resources");
        for (var type : FakeType.BUILT_IN) {
            if (type.group().equals(group) && type.version().equals(version)) {
                var resource = resources
                        .addObject()
                        .put("resource", type.plural())
                        .put("scope", type.namespaced() ? "Namespaced" : "Cluster");
                resource.putObject("responseKind").put("kind", type.kind());
                var verbs = resource.putArray("verbs");
                List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
                        .forEach(verbs::add);
            }
        }
    }

    private Response watch(Target target, Map<String, String> query, boolean partial) {
        var from = query.getOrDefault("resourceVersion", "");
        long after = from.isEmpty() || from.equals("0") ? revision : Long.parseLong(from);
        if (after < compacted) {
            throw failure(410, "Expired", "too old resource version: " + after + " (" + compacted + ")");
        }
        int position = 0;
        while (position < history.size() && history.get(position).revision <= after) {
            position++;
        }
        var watch = new FakeWatch(target, FakeSelectors.of(query), partial, position);
        if (from.isEmpty() || from.equals("0")) {
            all(target.type).values().forEach(o -> {
                if (watch.wants(o)) {
                    watch.initial.add(o);
                }
            });
        }
        watches.add(watch);
        return watch;
    }

    @Override
    public void close() {
        breakWatches(false);
    }

    private record Whole(int status, byte[] body) implements Response {
        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public byte[] readAll() {
            return body;
        }

        @Override
        public byte @Nullable [] readFrame() {
            return null;
        }

        @Override
        public void close() {}
    }

    /** All fields are guarded by the server's lock. */
    private final class FakeWatch implements Response {
        private final Target target;
        private final Predicate<JsonNode> selector;
        private final boolean partial;
        private final List<ObjectNode> initial = new ArrayList<>();
        private int position;
        private boolean ended;
        private boolean expired;
        private boolean bookmark;
        /** Its reader has come back for more. */
        private boolean awaited;
        /** Somebody reads, and not only by opening it. */
        private boolean read;
        /** While there is something that the reader has not come back from. */
        private TimeSource.@Nullable Work work;

        FakeWatch(Target target, Predicate<JsonNode> selector, boolean partial, int position) {
            this.target = target;
            this.selector = selector;
            this.partial = partial;
            this.position = position;
        }

        boolean wants(@Nullable ObjectNode object) {
            return object != null
                    && (target.namespace.isEmpty()
                            || target.namespace.equals(
                                    object.path("metadata").path("namespace").asString("")))
                    && (target.name.isEmpty()
                            || target.name.equals(
                                    object.path("metadata").path("name").asString("")))
                    && selector.test(object);
        }

        boolean silent() {
            return held.contains("") || held.contains(target.type.plural());
        }

        private boolean toldAll() {
            return initial.isEmpty() && position >= history.size() && !bookmark;
        }

        boolean waiting() {
            return awaited && (silent() || toldAll());
        }

        void stir() {
            boolean tells = ended || !silent() && !toldAll();
            if (read && work == null && tells) {
                work = time.begin();
            }
        }

        private void rest() {
            if (work != null) {
                work.close();
                work = null;
            }
        }

        @Override
        public int status() {
            return 200;
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public byte[] readAll() {
            throw new UnsupportedOperationException("a watch is read by frames");
        }

        @Override
        public byte @Nullable [] readFrame() throws InterruptedException {
            synchronized (lock) {
                read = true;
                stir();
                while (true) {
                    if (ended) {
                        rest();
                        return expired
                                ? frame(
                                        "ERROR",
                                        Json.mapper()
                                                .valueToTree(failure(410, "Expired", "too old")
                                                        .status()))
                                : null;
                    }
                    if (!silent()) {
                        if (!initial.isEmpty()) {
                            return frame("ADDED", view(initial.removeFirst(), target.type, partial));
                        }
                        while (position < history.size()) {
                            var frame = frame(history.get(position++));
                            if (frame != null) {
                                return frame;
                            }
                        }
                        if (bookmark) {
                            bookmark = false;
                            var object = JsonNodeFactory.instance.objectNode();
                            object.putObject("metadata").put("resourceVersion", Long.toString(revision));
                            return frame("BOOKMARK", object);
                        }
                    }
                    rest();
                    awaited = true;
                    try {
                        lock.wait();
                    } finally {
                        awaited = false;
                    }
                }
            }
        }

        private byte @Nullable [] frame(Change change) {
            if (!change.type.equals(target.type)) {
                return null;
            }
            boolean was = wants(change.before);
            boolean is = wants(change.now);
            if (is) {
                return frame(was ? "MODIFIED" : "ADDED", view(requireNonNull(change.now), target.type, partial));
            }
            if (!was) {
                return null;
            }
            var last = requireNonNull(change.before).deepCopy();
            last.withObject("/metadata").put("resourceVersion", Long.toString(change.revision));
            return frame("DELETED", view(last, target.type, partial));
        }

        private byte[] frame(String type, JsonNode object) {
            var tree = JsonNodeFactory.instance.objectNode().put("type", type);
            tree.set("object", object);
            return tree.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void close() {
            synchronized (lock) {
                ended = true;
                rest();
                watches.remove(this);
                lock.notifyAll();
            }
        }
    }
}
