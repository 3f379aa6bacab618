package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.authz.AuthorizationSettings.Link;
import dev.navarch.apiserver.authz.AuthorizationSettings.Type;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.cel.CelFailure;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Decides for an API server who may do what, as its settings say. What was written to the store before a question, such as a
 * binding, counts in its answer.
 */
public final class ClusterAuthorizer implements Authorizer, RuleResolver, AutoCloseable {
    /** Whoever else is asked. */
    private static final Decision ADMINISTRATOR = Decision.allow("");

    private final AuthorizationMetrics metrics = new AuthorizationMetrics();
    private final WebhookMetrics hookMetrics = new WebhookMetrics();
    private final StoreFeed feed;
    /** Heeded for nodes alone: pods come and go more often than others ask. */
    private final Optional<StoreFeed> nodeFeed;

    private final RbacAuthorizer rbac;
    private final NodeAuthorizer nodes;
    private final boolean knowsNodes;
    private final HookClient client = new HookClient();
    private final TimeSource time;
    private final RandomGenerator random;
    private final Optional<ChainReload> reload;
    private volatile AuthorizerChain chain;

    /**
     * @param policy says what all nodes may do
     * @param server as which the server is counted
     */
    public ClusterAuthorizer(
            AuthorizationSettings settings,
            Store store,
            BootstrapPolicy policy,
            String server,
            TimeSource time,
            RandomGenerator random) {
        this.time = time;
        this.random = random;
        var index = new RbacIndex();
        var graph = new NodeGraph();
        knowsNodes = settings.chain().stream().anyMatch(link -> link.type() == Type.NODE);
        feed = new StoreFeed(store, List.of(index.stored()));
        nodeFeed = knowsNodes ? Optional.of(new StoreFeed(store, graph.stored())) : Optional.empty();
        rbac = new RbacAuthorizer(index);
        nodes = new NodeAuthorizer(graph, policy.rulesOf("system:node"));
        chain = chain(settings.chain());
        reload = settings.source().map(source -> new ChainReload(source, server, time, links -> chain = chain(links)));
    }

    private AuthorizerChain chain(List<Link> links) {
        return new AuthorizerChain(links.stream().map(this::part).toList());
    }

    private AuthorizerChain.Part part(Link link) {
        var counted = metrics.of(link);
        return switch (link.type()) {
            case ALWAYS_ALLOW -> AuthorizerChain.Part.of(FixedAuthorizer.ALLOW, counted);
            case ALWAYS_DENY -> AuthorizerChain.Part.of(FixedAuthorizer.DENY, counted);
            case NODE -> {
                if (!knowsNodes) {
                    throw new IllegalArgumentException(
                            "authorizer type Node is not allowed if it was not enabled at initial server startup");
                }
                yield AuthorizerChain.Part.of(nodes, counted);
            }
            case RBAC -> AuthorizerChain.Part.of(rbac, counted);
            case WEBHOOK -> AuthorizerChain.Part.of(webhook(link), counted);
        };
    }

    private WebhookAuthorizer webhook(Link link) {
        try {
            return new WebhookAuthorizer(
                    link.webhook().orElseThrow(), client, hookMetrics.of(link.name()), time, random);
        } catch (CelFailure e) {
            throw new IllegalArgumentException("matchConditions: " + e.getMessage(), e);
        }
    }

    public void register(PrometheusRegistry registry) {
        metrics.register(registry);
        hookMetrics.register(registry);
        reload.ifPresent(file -> file.register(registry));
    }

    @Override
    public boolean mayBlock() {
        return chain.mayBlock();
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        if (user.isMemberOf(User.MASTERS)) {
            return ADMINISTRATOR;
        }
        feed.heed();
        if (nodeFeed.isPresent() && NodeAuthorizer.isNode(user)) {
            nodeFeed.get().heed();
        }
        return chain.authorize(user, request);
    }

    @Override
    public Resolved rules(User user, String namespace) {
        feed.heed();
        return chain.rules(user, namespace);
    }

    /** The questions "may I" and "may they". */
    public Map<VirtualResource.Target, VirtualResource> accessReviews() {
        return new AccessReviews(this, this).resources();
    }

    /** What keeps users from giving away more than they have. */
    public AdmissionPlugin escalationCheck() {
        return new RbacEscalation(this, rbac);
    }

    @Override
    public void close() {
        reload.ifPresent(ChainReload::close);
        feed.close();
        nodeFeed.ifPresent(StoreFeed::close);
        client.close();
    }
}
