package dev.navarch.apiserver.admission;

import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a write has beside its object.
 *
 * @param warnings takes what the client is to be told
 * @param options of the operation, such as CreateOptions; made when they are asked for
 */
public record AdmissionContext(Consumer<String> warnings, Supplier<ObjectNode> options) {}
