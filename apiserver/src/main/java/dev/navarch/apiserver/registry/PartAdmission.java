package dev.navarch.apiserver.registry;

import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionContext;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.AdmittedKind;
import dev.navarch.apiserver.fields.Versions;
import dev.navarch.apiserver.request.ApiRequest;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks admission about what subresources take that have a kind of their own: a scale, a binding, an eviction. What becomes
 * of the resource's object then is nobody else's business (source: k8s.io/apiserver
 * pkg/endpoints/handlers/create.go and update.go, which admit the object that they have read).
 *
 * @param admission those plugins that look at subresources
 */
record PartAdmission(AdmissionChain admission, KindRulesCatalogue rules) {

    /**
     * @param object changed in place
     * @throws dev.navarch.apiserver.request.ApiFailure if it is refused
     */
    void admit(
            Operation operation,
            ApiRequest request,
            ServedResource resource,
            String name,
            SubresourceType part,
            ObjectNode object,
            Optional<ObjectNode> old,
            boolean dryRun,
            Consumer<String> warnings)
            throws InterruptedException {
        var info = request.info();
        var own = resource.type();
        var type = new ResourceType(
                own.groupVersion(),
                own.plural(),
                own.singular(),
                part.kind(),
                own.scope(),
                own.verbs(),
                own.subresources(),
                own.shortNames(),
                own.categories(),
                own.level(),
                part.schema(),
                "");
        var apiVersion = own.groupVersion().apiVersion();
        var asked = new AdmissionRequest(
                operation,
                own.group(),
                own.version(),
                own.plural(),
                part.kind(),
                part.name(),
                own.namespaced(),
                info.namespace(),
                name,
                Optional.of(object),
                old,
                request.user(),
                dryRun,
                new AdmittedKind(
                        type,
                        apiVersion,
                        Versions.only(apiVersion, part.schema()),
                        rules.of(type),
                        part.groupVersion().apiVersion()),
                new AdmissionContext(warnings, () -> WriteVerbs.options(operation, dryRun)));
        admission.admit(asked);
        admission.validate(asked);
    }
}
