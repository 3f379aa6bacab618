package dev.navarch.apiserver.match;

import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.ValueType;
import dev.navarch.cel.library.AuthorizerLibrary;
import java.util.HashMap;
import java.util.Map;

/** What expressions about writes can name (source: k8s.io/apiserver pkg/admission/plugin/cel/compile.go). */
public final class RequestVariables {
    public static final String OBJECT = "object";
    public static final String OLD_OBJECT = "oldObject";
    public static final String PARAMS = "params";
    static final String REQUEST = "request";
    static final String NAMESPACE = "namespaceObject";
    static final String AUTHORIZER = "authorizer";
    static final String REQUEST_RESOURCE = "authorizer.requestResource";

    private static final ValueType STRINGS = ValueType.list(ValueType.STRING);
    static final ValueType REQUEST_TYPE = requestType();
    static final ValueType NAMESPACE_TYPE = namespaceType();

    private RequestVariables() {}

    /**
     * An environment of its own, which costs milliseconds.
     *
     * @param params whether there are parameters
     * @param authorizer whether the authorizer may be asked
     */
    public static CelEnvironment environment(boolean params, boolean authorizer) {
        return environment(params, authorizer, ValueType.DYN, ValueType.DYN);
    }

    /**
     * Likewise, where more is known of the types.
     *
     * @param object of objects old and new
     * @param paramType of parameters
     */
    public static CelEnvironment environment(
            boolean params, boolean authorizer, ValueType object, ValueType paramType) {
        Map<String, ValueType> variables = new HashMap<>();
        variables.put(OBJECT, object);
        variables.put(OLD_OBJECT, object);
        variables.put(REQUEST, REQUEST_TYPE);
        variables.put(NAMESPACE, NAMESPACE_TYPE);
        if (params) {
            variables.put(PARAMS, paramType);
        }
        if (authorizer) {
            variables.put(AUTHORIZER, ValueType.opaque(AuthorizerLibrary.AUTHORIZER));
            variables.put(REQUEST_RESOURCE, ValueType.opaque(AuthorizerLibrary.RESOURCE_CHECK));
        }
        return new CelEnvironment(variables);
    }

    private static ValueType strings(String name, String... fields) {
        Map<String, ValueType> types = new HashMap<>();
        for (var field : fields) {
            types.put(field, ValueType.STRING);
        }
        return ValueType.struct(name, types);
    }

    private static ValueType requestType() {
        var kind = strings("kubernetes.GroupVersionKind", "group", "version", "kind");
        var resource = strings("kubernetes.GroupVersionResource", "group", "version", "resource");
        var user = ValueType.struct(
                "kubernetes.UserInfo",
                Map.of(
                        "username",
                        ValueType.STRING,
                        "uid",
                        ValueType.STRING,
                        "groups",
                        STRINGS,
                        "extra",
                        ValueType.map(STRINGS)));
        Map<String, ValueType> fields = new HashMap<>();
        fields.put("kind", kind);
        fields.put("resource", resource);
        fields.put("subResource", ValueType.STRING);
        fields.put("requestKind", kind);
        fields.put("requestResource", resource);
        fields.put("requestSubResource", ValueType.STRING);
        fields.put("name", ValueType.STRING);
        fields.put("namespace", ValueType.STRING);
        fields.put("operation", ValueType.STRING);
        fields.put("userInfo", user);
        fields.put("dryRun", ValueType.BOOL);
        fields.put("options", ValueType.DYN);
        return ValueType.struct("kubernetes.AdmissionRequest", fields);
    }

    private static ValueType namespaceType() {
        Map<String, ValueType> meta = new HashMap<>();
        for (var field : new String[] {"name", "generateName", "namespace", "UID", "resourceVersion"}) {
            meta.put(field, ValueType.STRING);
        }
        meta.put("labels", ValueType.map(ValueType.STRING));
        meta.put("annotations", ValueType.map(ValueType.STRING));
        meta.put("creationTimestamp", ValueType.TIMESTAMP);
        meta.put("deletionTimestamp", ValueType.TIMESTAMP);
        meta.put("deletionGracePeriodSeconds", ValueType.INT);
        meta.put("generation", ValueType.INT);
        meta.put("finalizers", STRINGS);
        Map<String, ValueType> condition = new HashMap<>();
        for (var field : new String[] {"status", "type", "message", "reason"}) {
            condition.put(field, ValueType.STRING);
        }
        condition.put("lastTransitionTime", ValueType.TIMESTAMP);
        return ValueType.struct(
                "kubernetes.Namespace",
                Map.of(
                        "metadata", ValueType.struct("kubernetes.NamespaceMetadata", meta),
                        "spec", ValueType.struct("kubernetes.NamespaceSpec", Map.of("finalizers", STRINGS)),
                        "status",
                                ValueType.struct(
                                        "kubernetes.NamespaceStatus",
                                        Map.of(
                                                "conditions",
                                                ValueType.list(
                                                        ValueType.struct("kubernetes.NamespaceCondition", condition)),
                                                "phase",
                                                ValueType.STRING))));
    }
}
