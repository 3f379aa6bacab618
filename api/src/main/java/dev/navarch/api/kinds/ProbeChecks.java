package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;

/**
 * Probes and lifecycle hooks.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateProbe, validateHandler).
 */
final class ProbeChecks {
    private static final List<String> HANDLERS = List.of("exec", "httpGet", "tcpSocket", "grpc", "sleep");

    private ProbeChecks() {}

    static void probe(At probe, Problems problems) {
        if (!probe.isSet()) {
            return;
        }
        handler(probe, problems);
        for (String field : List.of(
                "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")) {
            problems.notNegative(probe.at(field));
        }
        At grace = probe.at("terminationGracePeriodSeconds");
        if (grace.isSet() && grace.number() <= 0) {
            problems.invalid(grace, "must be greater than 0");
        }
    }

    static void hook(At hook, Problems problems) {
        if (hook.isSet()) {
            handler(hook, problems);
        }
    }

    private static void handler(At at, Problems problems) {
        int count = 0;
        for (String kind : HANDLERS) {
            At handler = at.at(kind);
            if (!handler.isSet()) {
                continue;
            }
            count++;
            if (count > 1) {
                problems.forbidden(handler, "may not specify more than 1 handler type");
                continue;
            }
            switch (kind) {
                case "exec" -> problems.requiredText(handler.at("command"));
                case "httpGet" -> httpGet(handler, problems);
                case "tcpSocket" -> port(handler.at("port"), problems);
                case "grpc" -> numericPort(handler.at("port"), problems);
                default -> problems.notNegative(handler.at("seconds"));
            }
        }
        if (count == 0) {
            problems.required(at, "must specify a handler type");
        }
    }

    private static void httpGet(At get, Problems problems) {
        problems.requiredText(get.at("path"));
        port(get.at("port"), problems);
        problems.oneOf(get.at("scheme"), List.of("HTTP", "HTTPS"));
        for (At header : get.at("httpHeaders").items()) {
            problems.grammar(header.at("name"), Names::httpHeader);
        }
    }

    /** A port by number or name. */
    static void port(At port, Problems problems) {
        if (port.node().isString()) {
            problems.grammar(port, Names::portName);
        } else {
            numericPort(port, problems);
        }
    }

    private static void numericPort(At port, Problems problems) {
        Names.portNumber(port.number()).forEach(complaint -> problems.invalid(port, port.number(), complaint));
    }
}
