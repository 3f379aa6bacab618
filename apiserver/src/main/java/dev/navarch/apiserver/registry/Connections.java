package dev.navarch.apiserver.registry;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.Level;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.Scope;
import dev.navarch.api.kinds.KindRules;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionContext;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.AdmittedKind;
import dev.navarch.apiserver.fields.Versions;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.tree.Tree;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks admission about requests that join a client to a pod, a service or a node. What is admitted are the options, which
 * the query has; what admission makes of them is not heeded (source: k8s.io/apiserver pkg/endpoints/handlers/rest.go,
 * ConnectResource).
 */
final class Connections {
    private static final GroupVersion CORE = new GroupVersion("", "v1");
    private static final Map<String, String> KINDS = Map.of(
            "pods/exec", "PodExecOptions",
            "pods/attach", "PodAttachOptions",
            "pods/portforward", "PodPortForwardOptions",
            "pods/proxy", "PodProxyOptions",
            "services/proxy", "ServiceProxyOptions",
            "nodes/proxy", "NodeProxyOptions");

    private final AdmissionChain admission;
    private final KindRulesCatalogue rules;
    private final Map<String, ResourceType> types = new HashMap<>();

    /** @param admission those plugins that look at connections */
    Connections(Catalogue catalogue, KindRulesCatalogue rules, AdmissionChain admission) {
        this.admission = admission;
        this.rules = rules;
        KINDS.forEach((path, kind) -> catalogue
                .schema("io.k8s.api.core.v1." + kind)
                .ifPresent(schema -> types.put(
                        path,
                        new ResourceType(
                                CORE,
                                path.substring(0, path.indexOf('/')),
                                "",
                                kind,
                                path.startsWith("nodes/") ? Scope.CLUSTER : Scope.NAMESPACED,
                                Set.of(),
                                Map.of(),
                                List.of(),
                                List.of(),
                                Level.STABLE,
                                schema,
                                ""))));
    }

    /** @throws dev.navarch.apiserver.request.ApiFailure if it is refused */
    void admit(ApiRequest request) throws InterruptedException {
        var info = request.info();
        var type = types.get(info.resource() + "/" + info.subresource());
        if (type == null) {
            return;
        }
        var apiVersion = CORE.apiVersion();
        KindRules ofKind = rules.of(type);
        var asked = new AdmissionRequest(
                Operation.CONNECT,
                type.group(),
                type.version(),
                type.plural(),
                type.kind(),
                info.subresource(),
                type.namespaced(),
                info.namespace(),
                info.name(),
                Optional.of(options(type, request.query())),
                Optional.empty(),
                request.user(),
                false,
                new AdmittedKind(type, apiVersion, Versions.only(apiVersion, type.schema()), ofKind),
                new AdmissionContext(_ -> {}, NullNode::getInstance));
        admission.admit(asked);
        admission.validate(asked);
    }

    private static ObjectNode options(ResourceType type, Query query) {
        var options = Tree.object().put("kind", type.kind()).put("apiVersion", CORE.apiVersion());
        type.schema().fields().forEach((name, field) -> {
            if (!query.has(name)) {
                return;
            }
            if (field.schema() instanceof ListSchema list) {
                boolean numbers = list.element().goType().equals("int32");
                var values = options.putArray(name);
                query.all(name).forEach(text -> put(values, text, numbers));
            } else if (field.schema().goType().equals("bool")) {
                options.put(name, query.flag(name));
            } else {
                options.put(name, query.value(name));
            }
        });
        return options;
    }

    /** Ports may be several in one text. */
    private static void put(ArrayNode values, String text, boolean numbers) {
        if (!numbers) {
            values.add(text);
            return;
        }
        for (var part : text.split(",", -1)) {
            try {
                values.add(Integer.parseInt(part.strip()));
            } catch (NumberFormatException _) {
                throw ApiFailure.badRequest("unable to parse " + GoText.quote(part) + " as a port");
            }
        }
    }
}
