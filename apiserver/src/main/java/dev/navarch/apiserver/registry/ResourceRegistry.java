package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.api.table.Tables;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.NameSuffixes;
import dev.navarch.apiserver.admission.PluginTable;
import dev.navarch.apiserver.admission.StepMetrics;
import dev.navarch.apiserver.admission.webhook.AdmissionWebhooks;
import dev.navarch.apiserver.custom.ConversionMetrics;
import dev.navarch.apiserver.discovery.Api;
import dev.navarch.apiserver.discovery.DiscoveryHandler;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.policy.AdmissionPolicies;
import dev.navarch.apiserver.policy.ParamObjects;
import dev.navarch.apiserver.policy.PolicyChecks;
import dev.navarch.apiserver.policy.TypeChecks;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.TransformException;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves every request for a resource, and discovery. A get of a stored object never blocks and reads
 * nothing but bytes, unless others write to the same store; everything else may.
 */
public final class ResourceRegistry implements Api {
    private static final Logger log = LoggerFactory.getLogger(ResourceRegistry.class);
    private static final Set<String> READS = Set.of("get", "list", "watch");
    private static final Set<String> ONE_OBJECT = Set.of("get", "update", "patch", "delete");

    private final Objects objects;
    private final Store store;
    private final Resources resources;
    private final Map<VirtualResource.Target, VirtualResource> virtual;
    private final Bodies bodies = new Bodies();
    private final Renderer renderer;
    private final ReadVerbs reads;
    private final WriteVerbs writes;
    private final DeleteVerbs deletes;
    private final Connections connections;
    private final PartAdmission parts;
    private final Scales scales;
    private final PodActions pods;
    private final OwnObjects own;
    private final SystemObjects system;
    private final Loading loading;
    private final TimeSource time;
    /** Tells this run of the server from others. */
    private final String run;

    private final Duration leaseRenewal;

    private final CustomDefinitions definitions;
    private final ServiceAddresses addresses;
    private final Repair repair;
    private final DiscoveryHandler discovery;
    private final ComponentStatuses components;
    private final HookClient hookClient;
    private final AdmissionWebhooks webhooks;
    private final AdmissionChain admission;
    private final ConditionMetrics conditions;
    private final ConversionMetrics converted;
    private final AdmissionPolicies policies;
    private final PolicyResources params;
    private final PolicyStatuses policyStatuses;
    private final Catalogue catalogue;
    private final FieldManager.Shared fields;
    private final KindRulesCatalogue rules;
    private final CustomKind.Conversions conversions;

    /**
     * @param objects over the store that is served, closed with this; its services' addresses are read at once
     * @param virtual resources that are answered but not stored
     * @param authorizer asked once more where an update turns out to create
     * @param checks admission by whoever decides what users may do; all there is, where namespaces are another server's
     * @param random for generated names, uids and addresses; used under locks
     */
    public ResourceRegistry(
            RegistryConfig config,
            Catalogue catalogue,
            Objects objects,
            Map<VirtualResource.Target, VirtualResource> virtual,
            Authorizer authorizer,
            List<AdmissionPlugin> checks,
            TimeSource time,
            RandomGenerator random) {
        this.objects = objects;
        store = objects.store();
        this.virtual = Map.copyOf(virtual);
        var cidr = Ipv4Cidr.parse(config.serviceCidr());
        var suffixes = new NameSuffixes(random);
        conditions = new ConditionMetrics(time);
        hookClient = new HookClient(objects);
        webhooks = new AdmissionWebhooks(
                store,
                objects,
                authorizer,
                hookClient,
                config.admission().webhookUsers(),
                () -> WriteVerbs.uid(random),
                conditions,
                time);
        policies = new AdmissionPolicies(store, objects, authorizer, this::params, conditions, time);
        converted = new ConversionMetrics(time);
        var configured = List.of(
                policies.mutating(),
                webhooks.mutating(),
                policies.access(),
                policies.validating(),
                webhooks.validating());
        boolean whole = catalogue.find("", "v1", "namespaces").isPresent();
        List<AdmissionPlugin> given = new ArrayList<>(checks);
        given.addAll(configured);
        admission = new AdmissionChain(
                whole
                        ? PluginTable.of(new PluginTable.Surroundings(
                                objects,
                                config.admission(),
                                authorizer,
                                this::holding,
                                suffixes,
                                this::createNamespace,
                                given,
                                time))
                        : checks,
                new StepMetrics(time));
        conversions = new CustomKind.Conversions(hookClient, () -> WriteVerbs.uid(random), converted);
        var protobuf = new ProtobufBodies(catalogue);
        discovery = new DiscoveryHandler(catalogue, new Documents(protobuf));
        renderer = new Renderer(objects, protobuf, Tables.builtIn(), time);
        reads = new ReadVerbs(objects, renderer, time, random);
        deletes = new DeleteVerbs(objects, reads, renderer, admission, catalogue, time);
        writes = new WriteVerbs(objects, renderer, bodies, admission, authorizer, deletes, suffixes, time, random);
        var shown = new ServiceAddressObjects(objects, writes, this::ipAddresses);
        addresses = store.shared()
                ? ServiceAddresses.shared(cidr, random, store, objects, shown)
                : ServiceAddresses.local(cidr, random, objects, shown);
        var fields = new FieldManager.Shared(time);
        var rules = DeviceSelectorChecks.with(PolicyChecks.with(KindRulesCatalogue.builtIn()));
        resources = new Resources(
                catalogue,
                rules,
                Map.of(
                        "services",
                        addresses,
                        "customresourcedefinitions.apiextensions.k8s.io",
                        new DefinitionHook(new DefinitionStatus(time)),
                        "resourceslices.resource.k8s.io",
                        new DeviceTaintTimes(time)),
                fields,
                config.eventTtl());
        params = new PolicyResources(resources, objects);
        policyStatuses = new PolicyStatuses(resources, objects, writes, new TypeChecks(params));
        components = new ComponentStatuses(Map.of("etcd-0", () -> {
            objects.store().revision();
            return Optional.empty();
        }));
        connections = new Connections(catalogue, rules, admission);
        parts = new PartAdmission(admission, rules);
        scales = new Scales(objects, writes, bodies, renderer, parts, fields);
        loading = new Loading(resources, objects, bodies, time, random);
        pods = new PodActions(resources, objects, writes, deletes, time);
        repair = new Repair(store, () -> addresses.repair(objects.list("", "services", "")), time);
        own = new OwnObjects(resources, objects, writes, deletes);
        var service = new KubernetesService(own, new ServerAddresses(store), addresses.firstAddress());
        system = new SystemObjects(own, cidr, service, time);
        run = WriteVerbs.uid(random);
        leaseRenewal = config.leaseRenewal();
        this.time = time;
        definitions = new CustomDefinitions(
                catalogue,
                resources,
                objects,
                writes,
                deletes,
                discovery,
                rules,
                fields,
                conversions,
                new KnownOutlines(config.caches().map(at -> at.resolve("definitions"))),
                time);
        this.catalogue = catalogue;
        this.fields = fields;
        this.rules = rules;
    }

    /**
     * Serves these kinds too, for good: what a program declares, where others have custom resources. To be called before
     * the first request, where the catalogue has no custom resources.
     */
    void declare(List<CustomDefinition> definitions) {
        List<ServedResource> served = new ArrayList<>();
        List<ResourceType> types = new ArrayList<>();
        for (var declared : definitions) {
            // what an older program has written is read through the schema of today
            served.addAll(CustomKind.resources(
                            declared, new OpenWatches(), store.revision() + 1, false, rules, fields, conversions)
                    .served());
            types.addAll(CustomKind.documented(declared));
        }
        resources.publish(served);
        discovery.publish(catalogue.with(types));
    }

    private Optional<ParamObjects.Params> params(String apiVersion, String kind) {
        return params.of(apiVersion, kind);
    }

    private Optional<ServedResource> ipAddresses() {
        return resources.find("networking.k8s.io", "v1", "ipaddresses");
    }

    @Override
    public void admitConnection(ApiRequest request) throws InterruptedException {
        connections.admit(request);
    }

    @Override
    public void start() throws InterruptedException {
        system.ensureNamespaces();
        system.ensureServiceBlock();
        system.ensureTokenTracking();
        repair.start();
        definitions.start();
        policyStatuses.start();
    }

    @Override
    public boolean load(ObjectNode object) {
        return loading.load(object);
    }

    @Override
    public void provide(String manager, List<ObjectNode> objects) throws InterruptedException {
        own.provide(manager, objects);
    }

    @Override
    public void register(PrometheusRegistry registry) {
        reads.register(registry);
        policies.register(registry);
        webhooks.register(registry);
        admission.register(registry);
        conditions.register(registry);
        converted.register(registry);
    }

    @Override
    public Optional<DiscoveryHandler> discovery() {
        return Optional.of(discovery);
    }

    /** Lets the service {@code kubernetes} lead to this address too, and keeps it so. */
    @Override
    public void advertise(String machine, String address, int port) {
        system.publish(
                new ServerAddress(address, port), new ServerIdentity(own, time, machine, port, run, leaseRenewal));
    }

    @Override
    public void withdraw() {
        system.withdraw();
    }

    @Override
    public void close() {
        policyStatuses.close();
        definitions.close();
        system.close();
        repair.close();
        policies.close();
        webhooks.close();
        hookClient.close();
        objects.close();
    }

    /** Unless there is one. */
    private void createNamespace(String name) {
        var namespace = Tree.object();
        Meta.of(namespace).put("name", name);
        try {
            own.create("", "namespaces", "", namespace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiFailure.internalError("interrupted");
        }
    }

    @Override
    public boolean knows(String group, String version, String resource, String subresource) {
        boolean connects = switch (subresource) {
            case "", "log", "exec", "attach", "portforward", "proxy" -> true;
            default -> false;
        };
        return resources
                        .find(group, version, resource)
                        .filter(r -> connects || r.type().subresources().containsKey(subresource))
                        .isPresent()
                || virtual.containsKey(new VirtualResource.Target(group, resource, subresource));
    }

    /** Only a get of an object as it is stored, in whatever version, surely answers at once. */
    private List<String> holding(String apiVersion, String kind) {
        return resources.ofKind(apiVersion, kind).stream()
                .map(resource -> resource.type().plural())
                .toList();
    }

    @Override
    public boolean mayBlock(ApiRequest request) {
        var info = request.info();
        if (!info.resourceRequest()) {
            return discovery.mayBlock(request);
        }
        return store.shared()
                || !(info.verb().equals("get") && info.subresource().isEmpty())
                || request.query().has("resourceVersion")
                || resources.callsOut(info.group(), info.version(), info.resource());
    }

    @Override
    public ApiResponse handle(ApiRequest request) throws InterruptedException {
        var info = request.info();
        if (!info.resourceRequest()) {
            return discovery.handle(request);
        }
        try {
            if (store.shared() && !satisfiedByThePast(request)) {
                store.sync();
            }
            return resource(request);
        } catch (StoreException e) {
            throw failed(e);
        }
    }

    /** A read that names a version this server has seen, or any; whatever else goes by all that was acknowledged. */
    private boolean satisfiedByThePast(ApiRequest request) {
        var version = request.query().value("resourceVersion");
        if (version.isEmpty() || !READS.contains(request.info().verb())) {
            return false;
        }
        try {
            return ListOptions.version(version, ApiFailure::badRequest) <= store.revision();
        } catch (ApiFailure _) {
            return true; // the verb refuses it
        }
    }

    /** Source of the status: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/status.go, ErrorToAPIStatus. */
    private static ApiFailure failed(StoreException e) {
        if (e instanceof TransformException) {
            log.warn("A value is sealed: {}", e.getMessage());
            return ApiFailure.internalError(String.valueOf(e.getMessage()));
        }
        log.warn("A request to the store failed: {}", e.getMessage());
        return new ApiFailure(new Status("Failure", e.getMessage(), "", Optional.empty(), 500));
    }

    private ApiResponse resource(ApiRequest request) throws InterruptedException {
        var info = request.info();
        var resource = served(info).orElseThrow(ApiFailure::unknownResource);
        var answer = resource(request, resource);
        var deprecation = resource.type().deprecation();
        return deprecation.isEmpty() ? answer : answer.with("Warning", WriteVerbs.warning(deprecation));
    }

    private Optional<ServedResource> served(RequestInfo info) throws InterruptedException {
        var found = resources.find(info.group(), info.version(), info.resource());
        return found.isEmpty() && store.shared() && definitions.await(info.group(), info.resource())
                ? resources.find(info.group(), info.version(), info.resource())
                : found;
    }

    private ApiResponse resource(ApiRequest request, ServedResource resource) throws InterruptedException {
        var info = request.info();
        if (!info.subresource().isEmpty()) {
            return subresource(request, resource);
        }
        var type = resource.type();
        if (!type.namespaced() && !info.namespace().isEmpty() && !type.plural().equals("namespaces")) {
            throw ApiFailure.unknownResource();
        }
        if (info.verb().equals("create") && info.name().isEmpty()) {
            var answering = virtual.get(new VirtualResource.Target(info.group(), info.resource()));
            if (answering != null) {
                return answer(request, resource, answering);
            }
            if (resource.is("", "bindings")) {
                return bind(request, resource, Optional.empty());
            }
        }
        if (!type.verbs().contains(info.verb())) {
            throw ApiFailure.methodNotAllowed();
        }
        if (components.serves(resource)) {
            return components.serve(request, renderer, resource);
        }
        return stored(request, resource);
    }

    private ApiResponse stored(ApiRequest request, ServedResource resource) throws InterruptedException {
        var info = request.info();
        boolean placed = !resource.type().namespaced() || !info.namespace().isEmpty();
        // a create at an object's path would be judged by that name, and make an object of another one
        if (info.verb().equals("create")
                ? !placed || named(info)
                : ONE_OBJECT.contains(info.verb()) && !(placed && named(info))) {
            throw ApiFailure.methodNotAllowed();
        }
        return switch (info.verb()) {
            case "get" -> reads.get(request, resource);
            case "list" -> reads.list(request, resource);
            case "watch" -> reads.watch(request, resource);
            case "create" -> writes.create(request, resource);
            case "update" -> writes.update(request, resource, Part.WHOLE);
            case "patch" -> writes.patch(request, resource, Part.WHOLE);
            case "delete" -> deletes.delete(request, resource);
            case "deletecollection" -> deletes.deleteCollection(request, resource);
            default -> throw ApiFailure.methodNotAllowed();
        };
    }

    private static boolean named(RequestInfo info) {
        return !info.name().isEmpty();
    }

    private ApiResponse subresource(ApiRequest request, ServedResource resource) throws InterruptedException {
        var info = request.info();
        var type = resource.type().subresources().get(info.subresource());
        if (type == null) {
            throw ApiFailure.unknownResource();
        }
        var answering = virtual.get(new VirtualResource.Target(info.group(), info.resource(), info.subresource()));
        if (answering != null) {
            if (!info.verb().equals("create")) {
                throw ApiFailure.methodNotAllowed();
            }
            return answer(request, resource, type, answering);
        }
        return switch (info.subresource()) {
            case "status" -> part(request, resource, Part.STATUS);
            case "finalize" -> part(request, resource, Part.FINALIZE);
            case "approval" -> part(request, resource, Part.APPROVAL);
            case "ephemeralcontainers" -> part(request, resource, Part.EPHEMERAL_CONTAINERS);
            case "resize" -> part(request, resource, Part.RESIZE);
            case "scale" -> scales.serve(request, resource, type);
            case "binding" -> bind(request, resource, Optional.of(type));
            case "eviction" -> evict(request, resource, type);
            default -> throw ApiFailure.unknownResource();
        };
    }

    private ApiResponse part(ApiRequest request, ServedResource resource, Part part) throws InterruptedException {
        return switch (request.info().verb()) {
            case "get" -> reads.get(request, resource);
            case "update" -> writes.update(request, resource, part);
            case "patch" -> writes.patch(request, resource, part);
            default -> throw ApiFailure.methodNotAllowed();
        };
    }

    // What isn't stored has no table: a client that takes nothing else is told so (source: k8s.io/apiserver
    // pkg/endpoints/handlers/rest.go, AllowsMediaTypeTransform).

    private ApiResponse bind(ApiRequest request, ServedResource resource, Optional<SubresourceType> type)
            throws InterruptedException {
        if (!request.info().verb().equals("create")) {
            throw ApiFailure.methodNotAllowed();
        }
        var form = Negotiated.ofDocument(request);
        var options = WriteOptions.of(request.query(), "CreateOptions");
        List<String> warnings = new ArrayList<>();
        var binding = type.isPresent()
                ? bodies.read(request, type.get(), options.fieldValidation(), warnings)
                : bodies.read(request, resource.type(), options.fieldValidation(), warnings);
        var name = request.info().name().isEmpty()
                ? Meta.name(binding)
                : request.info().name();
        var served = resources.of("", "pods");
        parts.admit(
                Operation.CREATE,
                request,
                resource,
                name,
                type.orElseGet(() -> whole(resource.type())),
                binding,
                Optional.empty(),
                options.dryRun(),
                warnings::add);
        pods.bind(request, served, name, binding, options.dryRun());
        return success(201, form, warnings);
    }

    /** A resource that is a binding itself. */
    private static SubresourceType whole(ResourceType type) {
        return new SubresourceType("", type.groupVersion(), type.kind(), type.verbs(), type.schema(), Set.of());
    }

    private ApiResponse evict(ApiRequest request, ServedResource resource, SubresourceType type)
            throws InterruptedException {
        if (!request.info().verb().equals("create")) {
            throw ApiFailure.methodNotAllowed();
        }
        var form = Negotiated.ofDocument(request);
        var options = WriteOptions.of(request.query(), "CreateOptions");
        List<String> warnings = new ArrayList<>();
        var eviction = bodies.read(request, type, options.fieldValidation(), warnings);
        parts.admit(
                Operation.CREATE,
                request,
                resource,
                request.info().name(),
                type,
                eviction,
                Optional.empty(),
                options.dryRun(),
                warnings::add);
        pods.evict(request, resource, eviction, options.dryRun());
        return success(201, form, warnings);
    }

    private ApiResponse success(int code, Negotiated form, List<String> warnings) {
        var status = new Status("Success", "", "", Optional.empty(), code);
        return renderer.document(code, form, status.tree(), WriteVerbs.warningHeaders(warnings));
    }

    private ApiResponse answer(ApiRequest request, ServedResource resource, VirtualResource answering) {
        var form = Negotiated.ofDocument(request);
        var options = WriteOptions.of(request.query(), "CreateOptions");
        List<String> warnings = new ArrayList<>();
        var body = bodies.read(request, resource.type(), options.fieldValidation(), warnings);
        return renderer.document(201, form, answering.create(request, body), WriteVerbs.warningHeaders(warnings));
    }

    private ApiResponse answer(
            ApiRequest request, ServedResource resource, SubresourceType type, VirtualResource answering)
            throws InterruptedException {
        var form = Negotiated.ofDocument(request);
        var options = WriteOptions.of(request.query(), "CreateOptions");
        List<String> warnings = new ArrayList<>();
        var body = bodies.read(request, type, options.fieldValidation(), warnings);
        parts.admit(
                Operation.CREATE,
                request,
                resource,
                request.info().name(),
                type,
                body,
                Optional.empty(),
                options.dryRun(),
                warnings::add);
        return renderer.document(201, form, answering.create(request, body), WriteVerbs.warningHeaders(warnings));
    }
}
