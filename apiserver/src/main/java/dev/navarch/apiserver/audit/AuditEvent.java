package dev.navarch.apiserver.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Timestamps;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.User;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/**
 * One stage of one request, as {@code Event} of {@code audit.k8s.io/v1} (sources: k8s.io/apiserver
 * pkg/apis/audit/v1/types.go; of the text, pkg/audit/format.go).
 *
 * @param user null where nobody could be authenticated
 * @param object what the request names, and its body
 * @param requestObject JSON, or null
 * @param responseObject likewise
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record AuditEvent(
        Head head,
        AuditStage stage,
        Instant at,
        @Nullable Impersonated impersonated,
        ObjectRef object,
        @Nullable Status status,
        byte @Nullable [] requestObject,
        byte @Nullable [] responseObject,
        Map<String, String> annotations) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** What all stages of a request have in common. */
    record Head(
            AuditLevel level,
            String auditId,
            String uri,
            RequestInfo info,
            @Nullable User user,
            List<String> sourceIps,
            String userAgent,
            Instant received) {}

    /** As whom the request was served, and the verb of constrained impersonation that allowed it, if one did. */
    record Impersonated(User user, String constraint) {}

    /** What an object's own metadata adds to what the URL says. */
    record ObjectRef(String namespace, String name, String uid, String resourceVersion) {
        static final ObjectRef NONE = new ObjectRef("", "", "", "");
    }

    /** Without its objects, which were too large. */
    AuditEvent truncated() {
        var more = new HashMap<>(annotations);
        more.put("audit.k8s.io/truncated", "true");
        return new AuditEvent(head, stage, at, impersonated, object, status, null, null, Map.copyOf(more));
    }

    /** The document. */
    byte[] json() {
        var out = new ByteArrayOutputStream(1024);
        try (var to = JSON.createGenerator(out)) {
            write(to);
        }
        return out.toByteArray();
    }

    private void write(JsonGenerator to) {
        to.writeStartObject();
        to.writeStringProperty("kind", "Event");
        to.writeStringProperty("apiVersion", "audit.k8s.io/v1");
        to.writeStringProperty("level", head.level.toString());
        to.writeStringProperty("auditID", head.auditId);
        to.writeStringProperty("stage", stage.toString());
        to.writeStringProperty("requestURI", head.uri);
        to.writeStringProperty("verb", head.info.verb());
        user(to, "user", head.user);
        if (impersonated != null) {
            user(to, "impersonatedUser", impersonated.user);
            if (!impersonated.constraint.isEmpty()) {
                to.writeObjectPropertyStart("authenticationMetadata");
                to.writeStringProperty("impersonationConstraint", impersonated.constraint);
                to.writeEndObject();
            }
        }
        texts(to, "sourceIPs", head.sourceIps);
        text(to, "userAgent", head.userAgent);
        if (head.info.resourceRequest()) {
            object(to);
        }
        if (status != null) {
            to.writeName("responseStatus");
            to.writeRawValue(shown(status));
        }
        raw(to, "requestObject", requestObject);
        raw(to, "responseObject", responseObject);
        to.writeStringProperty("requestReceivedTimestamp", Timestamps.micros(head.received));
        to.writeStringProperty("stageTimestamp", Timestamps.micros(at));
        if (!annotations.isEmpty()) {
            to.writeObjectPropertyStart("annotations");
            new TreeMap<>(annotations).forEach(to::writeStringProperty);
            to.writeEndObject();
        }
        to.writeEndObject();
    }

    private static void user(JsonGenerator to, String name, @Nullable User user) {
        to.writeObjectPropertyStart(name);
        if (user != null) {
            text(to, "username", user.name());
            text(to, "uid", user.uid());
            texts(to, "groups", user.groups());
            if (!user.extra().isEmpty()) {
                to.writeObjectPropertyStart("extra");
                new TreeMap<>(user.extra()).forEach((key, values) -> {
                    to.writeArrayPropertyStart(key);
                    values.forEach(to::writeString);
                    to.writeEndArray();
                });
                to.writeEndObject();
            }
        }
        to.writeEndObject();
    }

    private void object(JsonGenerator to) {
        var info = head.info;
        to.writeObjectPropertyStart("objectRef");
        text(to, "resource", info.resource());
        text(to, "namespace", info.namespace().isEmpty() ? object.namespace : info.namespace());
        text(to, "name", info.name().isEmpty() ? object.name : info.name());
        text(to, "uid", object.uid);
        text(to, "apiGroup", info.group());
        text(to, "apiVersion", info.version());
        text(to, "resourceVersion", object.resourceVersion);
        text(to, "subresource", info.subresource());
        to.writeEndObject();
    }

    /** A Status as a field, without kind and version. */
    private static String shown(Status status) {
        var tree = status.tree();
        tree.remove(List.of("kind", "apiVersion"));
        return tree.toString();
    }

    private static void text(JsonGenerator to, String name, String value) {
        if (!value.isEmpty()) {
            to.writeStringProperty(name, value);
        }
    }

    private static void texts(JsonGenerator to, String name, List<String> values) {
        if (!values.isEmpty()) {
            to.writeArrayPropertyStart(name);
            values.forEach(to::writeString);
            to.writeEndArray();
        }
    }

    private static void raw(JsonGenerator to, String name, byte @Nullable [] json) {
        if (json != null) {
            to.writeName(name);
            to.writeRawValue(new String(json, UTF_8));
        }
    }

    /** One line for people, as the format "legacy" has it. */
    String line() {
        var info = head.info;
        boolean known = head.user != null && !head.user.name().isEmpty();
        var namespace = info.namespace().isEmpty() ? object.namespace : info.namespace();
        return nanos(head.received)
                + " AUDIT: id=" + GoText.quote(head.auditId)
                + " stage=" + GoText.quote(stage.toString())
                + " ip=" + GoText.quote(head.sourceIps.isEmpty() ? "<unknown>" : head.sourceIps.getFirst())
                + " method=" + GoText.quote(info.verb())
                + " user=" + GoText.quote(known ? head.user.name() : "<none>")
                + " groups=" + GoText.quote(known && !head.user.groups().isEmpty() ? quoted(head.user) : "<none>")
                + " as=" + GoText.quote(impersonated == null ? "<self>" : impersonated.user.name())
                + " asgroups=" + GoText.quote(impersonated == null ? "<lookup>" : quoted(impersonated.user))
                + " user-agent=" + GoText.quote(head.userAgent)
                + " namespace=" + GoText.quote(namespace.isEmpty() ? "<none>" : namespace)
                + " uri=" + GoText.quote(head.uri)
                + " response=\"" + (status == null ? "<deferred>" : status.code()) + "\"";
    }

    /** As Go's RFC3339Nano. */
    private static String nanos(Instant instant) {
        var text = instant.toString();
        return text.indexOf('.') < 0 ? text : text.replaceAll("0*Z$", "Z");
    }

    private static String quoted(User user) {
        return user.groups().stream().map(GoText::quote).collect(Collectors.joining(","));
    }
}
