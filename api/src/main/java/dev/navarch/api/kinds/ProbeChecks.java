package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;

/**
 * Probes and lifecycle hooks.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateProbe, validateHandler).
 */
final class ProbeChecks {
    static final List<String> PROBES = List.of("livenessProbe", "readinessProbe", "startupProbe");
    private static final List<String> HANDLERS = List.of("exec", "httpGet", "tcpSocket", "grpc", "sleep");

    private ProbeChecks() {}

    static void probe(At probe, long podGrace, Problems problems) {
        if (!probe.isSet()) {
            return;
        }
        handler(probe, podGrace, problems);
        for (String field : List.of(
                "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")) {
            problems.notNegative(probe.at(field));
        }
        At grace = probe.at("terminationGracePeriodSeconds");
        if (grace.isSet() && grace.number() <= 0) {
            problems.invalid(grace, "must be greater than 0");
        }
        if (probe.name().equals("readinessProbe")) {
            if (grace.isSet()) {
                problems.invalid(grace, "must not be set for readinessProbes");
            }
        } else if (probe.at("successThreshold").number() != 1) {
            problems.invalid(
                    probe.at("successThreshold"), probe.at("successThreshold").number(), "must be 1");
        }
    }

    static void hook(At hook, long podGrace, Problems problems) {
        if (hook.isSet()) {
            handler(hook, podGrace, problems);
        }
    }

    private static void handler(At at, long podGrace, Problems problems) {
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
                default -> sleep(handler, podGrace, problems);
            }
        }
        if (count == 0) {
            problems.required(at, "must specify a handler type");
        }
    }

    private static void sleep(At sleep, long podGrace, Problems problems) {
        long seconds = sleep.at("seconds").number();
        if (seconds < 0 || seconds > podGrace) {
            problems.invalid(
                    sleep,
                    seconds,
                    "must be non-negative and less than terminationGracePeriodSeconds (" + podGrace + ")");
        }
    }

    private static void httpGet(At get, Problems problems) {
        problems.requiredText(get.at("path"));
        port(get.at("port"), problems);
        if (!List.of("HTTP", "HTTPS").contains(get.at("scheme").text())) {
            problems.notSupported(get.at("scheme"), get.at("scheme").text(), List.of("HTTP", "HTTPS"));
        }
        for (At header : get.at("httpHeaders").items()) {
            String name = header.at("name").text();
            Names.httpHeader(name).forEach(complaint -> problems.invalid(get.at("httpHeaders"), name, complaint));
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
