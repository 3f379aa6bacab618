package dev.navarch.apiserver.authz;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.authz.NodeGraph.Kind;
import dev.navarch.apiserver.authz.NodeGraph.Thing;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import java.util.List;
import java.util.Optional;

/**
 * What nodes may do: their own affairs, and reading what their pods name. What a request's head doesn't tell, such as the
 * name of what is created, is left to NodeRestriction. Of anybody else it has no opinion (source: kubernetes
 * plugin/pkg/auth/authorizer/node/node_authorizer.go and pkg/auth/nodeidentifier/default.go).
 */
final class NodeAuthorizer implements Authorizer, RuleResolver {
    private static final String PREFIX = "system:node:";
    private static final String NODES = "system:nodes";
    private static final String LEASES = "kube-node-lease";
    private static final Decision ALLOW = Decision.allow("");
    private static final Decision NO_OPINION = Decision.noOpinion("");

    private final NodeGraph graph;
    private final List<Rule> rules;

    /**
     * @param graph in step with the store whenever this is asked
     * @param rules what all nodes may do with what is not theirs in particular
     */
    NodeAuthorizer(NodeGraph graph, List<Rule> rules) {
        this.graph = graph;
        this.rules = List.copyOf(rules);
    }

    static boolean isNode(User user) {
        return user.name().startsWith(PREFIX) && user.isMemberOf(NODES);
    }

    /** The node as which somebody comes. */
    static Optional<String> nodeOf(User user) {
        return isNode(user) ? Optional.of(user.name().substring(PREFIX.length())) : Optional.empty();
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        if (!user.name().startsWith(PREFIX)) {
            return NO_OPINION;
        }
        var node = nodeOf(user);
        if (node.isEmpty()) {
            return NO_OPINION;
        }
        if (node.get().isEmpty()) {
            return Decision.noOpinion("unknown node for user " + GoText.quote(user.name()));
        }
        return request.resourceRequest() ? new Question(node.get(), request).answer() : byRules(request);
    }

    private Decision byRules(RequestInfo request) {
        for (var rule : rules) {
            if (rule.allows(request)) {
                return ALLOW;
            }
        }
        return NO_OPINION;
    }

    @Override
    public Resolved rules(User user, String namespace) {
        return nodeOf(user).isPresent()
                ? Resolved.incomplete("node authorizer does not support user rule resolution")
                : Resolved.NOTHING;
    }

    /** What one node asks. */
    private final class Question {
        private final String node;
        private final RequestInfo request;

        Question(String node, RequestInfo request) {
            this.node = node;
            this.request = request;
        }

        Decision answer() {
            return switch (request.qualifiedResource()) {
                case "secrets" -> read(Kind.SECRET);
                case "configmaps" -> read(Kind.CONFIG_MAP);
                case "persistentvolumeclaims" ->
                    request.subresource().equals("status") ? claimStatus() : get(() -> uses(Kind.CLAIM));
                case "persistentvolumes" -> get(() -> graph.usesVolume(node, request.name()));
                case "resourceclaims.resource.k8s.io" -> get(() -> uses(Kind.RESOURCE_CLAIM));
                case "volumeattachments.storage.k8s.io" -> get(() -> graph.hasAttachment(node, request.name()));
                case "serviceaccounts" ->
                    request.verb().equals("get") && request.subresource().isEmpty()
                            ? read(Kind.SERVICE_ACCOUNT)
                            : token();
                case "podcertificaterequests.certificates.k8s.io" -> podCertificate();
                case "leases.coordination.k8s.io" -> lease();
                case "csinodes.storage.k8s.io" -> csiNode();
                case "resourceslices.resource.k8s.io" -> slice();
                case "nodes" -> node();
                case "pods" -> pod();
                default -> byRules(request);
            };
        }

        private boolean uses(Kind kind) {
            return graph.uses(node, new Thing(kind, request.namespace(), request.name()));
        }

        /** Looks for what ties the object to the node. */
        private Decision related(Relation relation) {
            if (request.name().isEmpty()) {
                return Decision.noOpinion("No Object name found");
            }
            return relation.holds()
                    ? ALLOW
                    : Decision.noOpinion("no relationship found between node '" + node + "' and this object");
        }

        private Decision get(Relation relation) {
            if (!request.verb().equals("get")) {
                return Decision.noOpinion("can only get individual resources of this type");
            }
            return request.subresource().isEmpty() ? related(relation) : Decision.noOpinion("cannot get subresource");
        }

        private Decision read(Kind kind) {
            switch (request.verb()) {
                case "get", "list", "watch" -> {}
                default -> {
                    return Decision.noOpinion("can only read resources of this type");
                }
            }
            if (!request.subresource().isEmpty()) {
                return Decision.noOpinion("cannot read subresource");
            }
            if (request.namespace().isEmpty()) {
                return Decision.noOpinion("can only read namespaced object of this type");
            }
            return related(() -> uses(kind));
        }

        private Decision claimStatus() {
            return switch (request.verb()) {
                case "update", "patch" -> related(() -> uses(Kind.CLAIM));
                default -> Decision.noOpinion("can only get/update/patch this type");
            };
        }

        private Decision token() {
            if (!request.verb().equals("create") || request.name().isEmpty()) {
                return Decision.noOpinion("can only create tokens for individual service accounts");
            }
            return request.subresource().equals("token")
                    ? related(() -> uses(Kind.SERVICE_ACCOUNT))
                    : Decision.noOpinion("can only create token subresource of serviceaccount");
        }

        private Decision lease() {
            if (!ownVerb()) {
                return Decision.noOpinion("can only get, create, update, patch, or delete a node lease");
            }
            if (!request.namespace().equals(LEASES)) {
                return Decision.noOpinion(
                        "can only access leases in the " + GoText.quote(LEASES) + " system namespace");
            }
            return ownName()
                    ? ALLOW
                    : Decision.noOpinion("can only access node lease with the same name as the requesting node");
        }

        private Decision csiNode() {
            if (!ownVerb()) {
                return Decision.noOpinion("can only get, create, update, patch, or delete a CSINode");
            }
            if (!request.subresource().isEmpty()) {
                return Decision.noOpinion("cannot authorize CSINode subresources");
            }
            return ownName()
                    ? ALLOW
                    : Decision.noOpinion("can only access CSINode with the same name as the requesting node");
        }

        private boolean ownVerb() {
            return switch (request.verb()) {
                case "get", "create", "update", "patch", "delete" -> true;
                default -> false;
            };
        }

        /** What is created has no name yet. */
        private boolean ownName() {
            return request.verb().equals("create") || request.name().equals(node);
        }

        private Decision slice() {
            if (!request.subresource().isEmpty()) {
                return Decision.noOpinion("cannot authorize ResourceSlice subresources");
            }
            return switch (request.verb()) {
                case "create" -> ALLOW;
                case "get", "update", "patch", "delete" -> related(() -> graph.hasSlice(node, request.name()));
                case "watch", "list", "deletecollection" ->
                    selects("spec.nodeName")
                            ? ALLOW
                            : Decision.noOpinion(
                                    "can only list/watch/deletecollection resourceslices with nodeName field"
                                            + " selector");
                default ->
                    Decision.noOpinion("only the following verbs are allowed for a ResourceSlice: get, watch, list,"
                            + " create, update, patch, delete, deletecollection");
            };
        }

        private Decision podCertificate() {
            if (!request.subresource().isEmpty()) {
                return Decision.noOpinion("nodes may not access the status subresource of PodCertificateRequests");
            }
            return switch (request.verb()) {
                case "create" -> ALLOW;
                case "get" -> related(() -> graph.hasPodCertificate(node, request.namespace(), request.name()));
                case "list", "watch" ->
                    selects("spec.nodeName")
                            ? ALLOW
                            : Decision.noOpinion(
                                    "can only list/watch podcertificaterequests with nodeName field selector");
                default -> Decision.noOpinion("nodes may not " + request.verb() + " podcertificaterequests");
            };
        }

        private boolean selects(String field) {
            return request.selectors().fields().terms().contains(new FieldSelector.Term(field, true, node));
        }

        private Decision node() {
            return switch (request.subresource()) {
                case "" ->
                    switch (request.verb()) {
                        case "create", "update", "patch" -> ALLOW;
                        case "get", "list", "watch" -> readNode();
                        default -> NO_OPINION;
                    };
                case "status" -> writes();
                default -> NO_OPINION;
            };
        }

        private Decision readNode() {
            if (request.name().equals(node)) {
                return ALLOW;
            }
            return Decision.noOpinion(
                    request.name().isEmpty()
                            ? "node '" + node + "' cannot read all nodes, only its own Node object"
                            : "node '" + node + "' cannot read '" + request.name() + "', only its own Node object");
        }

        private Decision writes() {
            return switch (request.verb()) {
                case "update", "patch" -> ALLOW;
                default -> NO_OPINION;
            };
        }

        private Decision pod() {
            return switch (request.subresource()) {
                case "" ->
                    switch (request.verb()) {
                        case "get" -> get(this::runsPod);
                        case "list", "watch" -> pods();
                        case "create", "delete" -> ALLOW;
                        default -> NO_OPINION;
                    };
                case "status" -> writes();
                case "eviction" -> request.verb().equals("create") ? ALLOW : NO_OPINION;
                default -> NO_OPINION;
            };
        }

        private Decision pods() {
            if (selects("spec.nodeName")) {
                return ALLOW;
            }
            return request.name().isEmpty()
                    ? Decision.noOpinion("can only list/watch pods with spec.nodeName field selector")
                    : related(this::runsPod);
        }

        private boolean runsPod() {
            return graph.runs(node, request.namespace(), request.name());
        }
    }

    private interface Relation {
        boolean holds();
    }
}
