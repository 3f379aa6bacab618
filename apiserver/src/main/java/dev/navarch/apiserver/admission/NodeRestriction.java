package dev.navarch.apiserver.admission;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A node writes what is its own and nothing else: its object but for taints, owners and the labels that others rely on, the
 * status of its pods, its lease, its slices of devices, and tokens for its pods (source: kubernetes
 * plugin/pkg/admission/noderestriction/admission.go).
 */
final class NodeRestriction implements AdmissionPlugin {
    private static final String NODE = "system:node:";
    private static final String NODES = "system:nodes";
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String LEASES = "kube-node-lease";
    private static final String EXTENDED = "extendedResourceClaimStatus";
    private static final Set<String> SIGNERS =
            Set.of("kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet");

    private final StoredObjects objects;
    private final Authorizer authorizer;

    /** @param authorizer asked whether a node may have tokens for whom its pods do not name */
    NodeRestriction(StoredObjects objects, Authorizer authorizer) {
        this.objects = objects;
        this.authorizer = authorizer;
    }

    @Override
    public String name() {
        return "NodeRestriction";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() == Operation.CONNECT || !request.user().isMemberOf(NODES)) {
            return;
        }
        var node = nodeOf(request.user()).orElse("");
        if (node.isEmpty()) {
            throw request.forbidden("could not determine node from user "
                    + GoText.quote(request.user().name()));
        }
        new Restriction(request, node).check();
    }

    private static Optional<String> nodeOf(User user) {
        return user.name().startsWith(NODE) ? Optional.of(user.name().substring(NODE.length())) : Optional.empty();
    }

    /** What one node may make of one request. */
    private final class Restriction {
        private final AdmissionRequest request;
        private final String node;
        private final String quoted;

        Restriction(AdmissionRequest request, String node) {
            this.request = request;
            this.node = node;
            quoted = GoText.quote(node);
        }

        void check() {
            switch (request.group().isEmpty() ? request.resource() : request.resource() + "." + request.group()) {
                case "pods" -> pods();
                case "nodes" -> node();
                case "persistentvolumeclaims" -> claim();
                case "serviceaccounts" -> token();
                case "leases.coordination.k8s.io" -> {
                    require(
                            request.namespace().equals(LEASES),
                            "can only access leases in the \"kube-node-lease\" system namespace");
                    require(named(), "can only access node lease with the same name as the requesting node");
                }
                case "csinodes.storage.k8s.io" ->
                    require(named(), "can only access CSINode with the same name as the requesting node");
                case "resourceslices.resource.k8s.io" -> slice();
                case "certificatesigningrequests.certificates.k8s.io" -> signingRequest();
                case "podcertificaterequests.certificates.k8s.io" -> podCertificate();
                default -> {}
            }
        }

        private void require(boolean allowed, String otherwise) {
            if (!allowed) {
                throw request.forbidden(otherwise);
            }
        }

        private boolean named() {
            return node.equals(
                    request.operation() == Operation.CREATE
                            ? request.object().map(Meta::name).orElse("")
                            : request.name());
        }

        private ObjectNode object() {
            return request.object().orElseGet(Tree::object);
        }

        private ObjectNode old() {
            return request.old().orElseGet(Tree::object);
        }

        private ApiFailure unexpected() {
            return request.forbidden(
                    "unexpected operation " + GoText.quote(request.operation().name()));
        }

        private void pods() {
            switch (request.subresource()) {
                case "" -> pod();
                case "status" -> podStatus();
                case "eviction" -> {
                    require(
                            request.operation() == Operation.CREATE,
                            "unexpected operation " + request.operation().name());
                    var name = request.name().isEmpty() ? Meta.name(object()) : request.name();
                    require(!name.isEmpty(), "could not determine pod from request data");
                    require(
                            mine(storedPod(name)),
                            "node " + node + " can only evict pods with spec.nodeName set to itself");
                }
                default ->
                    throw request.forbidden("unexpected pod subresource " + GoText.quote(request.subresource())
                            + ", only 'status' and 'eviction' are allowed");
            }
        }

        private ObjectNode storedPod(String name) {
            return objects.read("", "pods", request.namespace(), name)
                    .orElseThrow(() -> ApiFailure.notFound("", "pods", name));
        }

        private boolean mine(JsonNode pod) {
            return Tree.text(pod, "spec", "nodeName").equals(node);
        }

        private void pod() {
            switch (request.operation()) {
                case CREATE -> mirrorPod(object());
                case DELETE ->
                    require(
                            mine(request.old().orElseGet(() -> storedPod(request.name()))),
                            "node " + quoted + " can only delete pods with spec.nodeName set to itself");
                default ->
                    throw request.forbidden("unexpected operation "
                            + GoText.quote(request.operation().name())
                            + ", node " + quoted + " can only create and delete mirror pods");
            }
        }

        private void mirrorPod(ObjectNode pod) {
            require(
                    Meta.annotations(pod).containsKey(MIRROR),
                    "pod does not have " + GoText.quote(MIRROR) + " annotation, node " + quoted
                            + " can only create mirror pods");
            require(mine(pod), "node " + quoted + " can only create pods with spec.nodeName set to itself");
            owner(Tree.objects(pod, "metadata", "ownerReferences"));
            PodReferences.first(pod).ifPresent(what -> {
                throw request.forbidden("node " + quoted + " can not create pods that reference " + what);
            });
        }

        private void owner(List<ObjectNode> owners) {
            var only = "node " + quoted + " can only create pods with ";
            require(owners.size() <= 1, only + "a single owner reference set to itself");
            require(!owners.isEmpty(), only + "an owner reference set to itself");
            var owner = owners.getFirst();
            require(
                    Tree.text(owner, "apiVersion").equals("v1")
                            && Tree.text(owner, "kind").equals("Node")
                            && Tree.text(owner, "name").equals(node),
                    only + "an owner reference set to itself");
            require(Tree.flag(owner, false, "controller"), only + "a controller owner reference set to itself");
            require(
                    !Tree.flag(owner, false, "blockOwnerDeletion"),
                    "node " + quoted + " must not set blockOwnerDeletion on an owner reference");
            var stored = objects.read("", "nodes", "", node).orElseThrow(() -> ApiFailure.notFound("", "nodes", node));
            require(
                    Tree.text(owner, "uid").equals(Meta.uid(stored)),
                    "node " + node + " UID mismatch: expected " + Tree.text(owner, "uid") + " got " + Meta.uid(stored));
        }

        private void podStatus() {
            if (request.operation() != Operation.UPDATE) {
                throw unexpected();
            }
            require(
                    mine(old()),
                    "node " + quoted + " can only update pod status for pods with spec.nodeName set to itself");
            require(
                    Meta.labels(old()).equals(Meta.labels(object())),
                    "node " + quoted + " cannot update labels through pod status");
            require(
                    claimsOf(old()).equals(claimsOf(object())),
                    "node " + quoted + " cannot update resource claim statues");
            require(
                    Tree.at(old(), "status", EXTENDED).equals(Tree.at(object(), "status", EXTENDED)),
                    "node " + quoted + " cannot update extended resource claim status");
        }

        private static List<List<String>> claimsOf(ObjectNode pod) {
            return Tree.objects(pod, "status", "resourceClaimStatuses").stream()
                    .map(claim -> List.of(Tree.text(claim, "name"), Tree.text(claim, "resourceClaimName")))
                    .toList();
        }

        private void claim() {
            require(request.subresource().equals("status"), "may only update PVC status");
            if (request.operation() != Operation.UPDATE) {
                throw unexpected();
            }
            require(
                    withoutWhatNodesWrite(old()).equals(withoutWhatNodesWrite(object())),
                    "node " + quoted
                            + " is not allowed to update fields other than status.quantity and status.conditions");
        }

        private static ObjectNode withoutWhatNodesWrite(ObjectNode claim) {
            var copy = claim.deepCopy();
            Meta.of(copy).remove(List.of("resourceVersion", "managedFields"));
            Tree.childObject(copy, "status")
                    .remove(List.of("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"));
            return copy;
        }

        private void node() {
            var asked =
                    request.operation() == Operation.CREATE && request.name().isEmpty()
                            ? Meta.name(object())
                            : request.name();
            require(asked.equals(node), "node " + quoted + " is not allowed to modify node " + GoText.quote(asked));
            switch (request.operation()) {
                case CREATE -> {
                    require(
                            !Tree.has(object(), "spec", "configSource"),
                            "node " + quoted + " is not allowed to create pods with a non-nil configSource");
                    labels("node " + quoted + " is not allowed to set the following labels: ");
                    // upstream lets them, and the garbage collector then makes room for another node of this name
                    require(
                            Tree.objects(object(), "metadata", "ownerReferences")
                                    .isEmpty(),
                            "node " + quoted + " is not allowed to set ownerReferences");
                }
                case UPDATE -> {
                    var source = Tree.at(object(), "spec", "configSource");
                    require(
                            source.isMissingNode() || source.equals(Tree.at(old(), "spec", "configSource")),
                            "node " + quoted + " is not allowed to update configSource to a new non-nil configSource");
                    require(same("spec", "taints"), "node " + quoted + " is not allowed to modify taints");
                    labels("is not allowed to modify labels: ");
                    require(
                            same("metadata", "ownerReferences"),
                            "node " + quoted + " is not allowed to modify ownerReferences");
                }
                default -> {}
            }
        }

        private boolean same(String... path) {
            return Tree.objects(object(), path).equals(Tree.objects(old(), path));
        }

        private void labels(String why) {
            var now = Meta.labels(object());
            var before = Meta.labels(old());
            Set<String> wrong = new TreeSet<>();
            changed(now, before, wrong);
            changed(before, now, wrong);
            wrong.removeIf(key -> !NodeLabels.forbidden(key));
            require(wrong.isEmpty(), why + String.join(", ", wrong));
        }

        private static void changed(Map<String, String> some, Map<String, String> others, Set<String> found) {
            some.forEach((key, value) -> {
                if (!value.equals(others.get(key))) {
                    found.add(key);
                }
            });
        }

        private void token() {
            if (request.operation() != Operation.CREATE
                    || !request.subresource().equals("token")) {
                return;
            }
            var bound = Tree.at(object(), "spec", "boundObjectRef");
            var name = Tree.text(bound, "name");
            require(
                    Tree.text(bound, "apiVersion").equals("v1")
                            && Tree.text(bound, "kind").equals("Pod")
                            && !name.isEmpty(),
                    "node requested token not bound to a pod");
            var uid = Tree.text(bound, "uid");
            require(!uid.isEmpty(), "node requested token with a pod binding without a uid");
            var pod = storedPod(name);
            require(
                    uid.equals(Meta.uid(pod)),
                    "the UID in the bound object reference (" + uid
                            + ") does not match the UID in record. The object might have been deleted and then recreated");
            require(mine(pod), "node requested token bound to a pod scheduled on a different node");
            audience(pod);
        }

        private void audience(ObjectNode pod) {
            var audiences = Tree.strings(object(), "spec", "audiences");
            require(audiences.size() <= 1, "node may only request 0 or 1 audiences");
            var audience = audiences.isEmpty() ? "" : audiences.getFirst();
            var permission = new RequestInfo(
                    true,
                    "request-serviceaccounts-token-audience",
                    "",
                    "",
                    audience,
                    "",
                    request.namespace(),
                    request.name(),
                    "");
            require(
                    new TokenAudiences(objects).needs(pod, audience)
                            || authorizer.authorize(request.user(), permission).allowed(),
                    "audience " + GoText.quote(audience) + " not found in pod spec volume, "
                            + request.user().name() + " is not authorized to request tokens for this audience");
        }

        private void slice() {
            var of = switch (request.operation()) {
                case CREATE -> object();
                default -> old();
            };
            require(
                    Tree.text(of, "spec", "nodeName").equals(node),
                    request.operation() == Operation.CREATE
                            ? "can only create ResourceSlice with the same NodeName as the requesting node"
                            : "can only " + request.operation().name().toLowerCase(Locale.ROOT)
                                    + " ResourceSlice with the same NodeName as the requesting node");
        }

        /** A certificate by which to be, or to serve as, a node is the node's own. */
        private void signingRequest() {
            if (request.operation() != Operation.CREATE
                    || !SIGNERS.contains(Tree.text(object(), "spec", "signerName"))) {
                return;
            }
            String name;
            try {
                name = DerReader.subject(Tree.text(object(), "spec", "request")).commonName();
            } catch (IllegalArgumentException e) {
                throw request.forbidden("unable to parse csr: " + e.getMessage());
            }
            require(name.equals(NODE + node), "can only create a node CSR with CN=" + NODE + node);
        }

        /** A certificate for a pod of its own. */
        private void podCertificate() {
            require(
                    request.operation() == Operation.CREATE,
                    "unexpected operation " + request.operation().name());
            require(request.subresource().isEmpty(), "unexpected subresource " + request.subresource());
            var asked = Tree.at(object(), "spec");
            var named = Tree.text(asked, "nodeName");
            require(
                    named.equals(node),
                    "PodCertificateRequest.Spec.NodeName=" + GoText.quote(named) + ", which is not the requesting node "
                            + quoted);
            var pod = storedPod(Tree.text(asked, "podName"));
            var which = GoText.quote(request.namespace() + "/" + Meta.name(pod));
            require(
                    mine(pod),
                    "pod " + which + " is not running on node " + quoted + " named in the PodCertificateRequest");
            require(!Meta.annotations(pod).containsKey(MIRROR), "pod " + which + " is a mirror pod");
            same("pod UID", Tree.text(asked, "podUID"), Meta.uid(pod), which);
            var account = Tree.text(asked, "serviceAccountName");
            same("serviceAccountName", account, Tree.text(pod, "spec", "serviceAccountName"), which);
            same("node UID", Tree.text(asked, "nodeUID"), uid("nodes", "", node), which);
            same(
                    "service account UID",
                    Tree.text(asked, "serviceAccountUID"),
                    uid("serviceaccounts", request.namespace(), account),
                    which);
        }

        private String uid(String resource, String namespace, String name) {
            return Meta.uid(objects.read("", resource, namespace, name)
                    .orElseThrow(() -> ApiFailure.notFound("", resource, name)));
        }

        private void same(String what, String asked, String there, String pod) {
            require(
                    asked.equals(there),
                    "PodCertificateRequest for pod " + pod + " contains " + what + " (" + GoText.quote(asked)
                            + ") which differs from running pod " + GoText.quote(there));
        }
    }
}
