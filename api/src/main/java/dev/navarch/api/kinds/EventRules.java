package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Events, in the form of the core group and in that of {@code events.k8s.io}.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/events.go, pkg/registry/core/event/strategy.go.
 */
final class EventRules {
    private EventRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/Event", core(), "events.k8s.io/Event", regarding());
    }

    private static KindRules core() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .createsOnUpdate()
                .check((event, problems) -> check(event, "reportingComponent", "message", problems))
                .selectable(
                        "involvedObject.kind",
                        "involvedObject.namespace",
                        "involvedObject.name",
                        "involvedObject.uid",
                        "involvedObject.apiVersion",
                        "involvedObject.resourceVersion",
                        "involvedObject.fieldPath",
                        "reason",
                        "type")
                .selectable(
                        "reportingComponent",
                        event -> event.path("reportingComponent").asString(""))
                .selectable("source", EventRules::source)
                .build();
    }

    /** Of events that come in the form of {@code events.k8s.io}; like all rules these are about the stored form. */
    private static KindRules regarding() {
        var kind = Kind.namespaced(Names::dns1123Subdomain)
                .createsOnUpdate()
                .check((event, problems) -> check(event, "reportingController", "note", problems))
                .checkCreate((event, problems) -> {
                    if (!event.at("eventTime").isSet()) {
                        problems.required(event.at("eventTime"), "");
                    }
                    problems.oneOf(event.at("type"), List.of("Normal", "Warning"));
                })
                .selectable("reason", "type")
                .selectable(
                        "reportingController",
                        event -> event.path("reportingComponent").asString(""));
        for (var field : List.of("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")) {
            kind.selectable(
                    "regarding." + field,
                    event -> event.path("involvedObject").path(field).asString(""));
        }
        return kind.build();
    }

    private static String source(ObjectNode event) {
        String component = event.path("source").path("component").asString("");
        return component.isEmpty() ? event.path("reportingComponent").asString("") : component;
    }

    /**
     * @param controllerName what the form that was sent calls the reporting component
     * @param messageName what it calls the message
     */
    private static void check(At event, String controllerName, String messageName, Problems problems) {
        At about = event.at("involvedObject");
        boolean timed = event.at("eventTime").isSet();
        if (!agrees(
                event.at("metadata", "namespace").text(), about.at("namespace").text(), timed)) {
            problems.invalid(about.at("namespace"), about.at("namespace").text(), "does not match event.namespace");
        }
        if (!timed) {
            return;
        }
        At controller =
                event.at(controllerName).with(event.at("reportingComponent").node());
        if (controller.isEmpty()) {
            problems.required(controller, "");
        } else {
            problems.grammar(controller, Names::qualifiedName);
        }
        for (String field : List.of("reportingInstance", "action", "reason")) {
            At at = event.at(field);
            if (at.isEmpty()) {
                problems.required(at, "");
            } else if (Names.utf8Length(at.text()) > 128) {
                problems.invalid(at, "", "can have at most 128 characters");
            }
        }
        At message = event.at(messageName).with(event.at("message").node());
        if (Names.utf8Length(message.text()) > 1024) {
            problems.invalid(message, "", "can have at most 1024 characters");
        }
    }

    /** Whether the event is where the object is; events of the cluster's own objects are in a namespace of the system. */
    private static boolean agrees(String namespace, String aboutNamespace, boolean timed) {
        if (aboutNamespace.isEmpty()) {
            return namespace.isEmpty() || namespace.equals("default") || (timed && namespace.equals("kube-system"));
        }
        return timed || namespace.equals(aboutNamespace);
    }
}
