package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.request.AuditAnnotations;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * What a write has beside its object.
 *
 * @param warnings takes what the client is to be told
 * @param options of the operation, such as CreateOptions; null for connections; made when they are asked for
 * @param annotations takes what the audit log is to be told
 */
public record AdmissionContext(
        Consumer<String> warnings,
        Supplier<? extends JsonNode> options,
        AuditAnnotations annotations,
        Reinvocation reinvocation) {

    public AdmissionContext(Consumer<String> warnings, Supplier<? extends JsonNode> options) {
        this(warnings, options, AuditAnnotations.current(), new Reinvocation());
    }
}
