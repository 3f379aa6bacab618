package dev.navarch.apiserver.authn.oidc;

import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.ValueType;
import dev.navarch.cel.Values;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What expressions of an AuthenticationConfiguration can name (source: k8s.io/apiserver
 * pkg/authentication/cel/compile.go).
 */
final class ClaimVariables {
    static final String CLAIMS = "claims";
    static final String USER = "user";

    private static final ValueType CLAIMS_TYPE = ValueType.map(ValueType.DYN);
    private static final ValueType USER_TYPE = ValueType.struct("kubernetes.UserInfo", userFields());

    private ClaimVariables() {}

    /** Made when there are expressions. */
    private static final class OfClaims {
        static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of(CLAIMS, CLAIMS_TYPE));
    }

    private static final class OfUsers {
        static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of(USER, USER_TYPE));
    }

    private static Map<String, ValueType> userFields() {
        var texts = ValueType.list(ValueType.STRING);
        Map<String, ValueType> fields = new LinkedHashMap<>();
        fields.put("username", ValueType.STRING);
        fields.put("uid", ValueType.STRING);
        fields.put("groups", texts);
        fields.put("extra", ValueType.map(texts));
        return fields;
    }

    static CelEnvironment ofClaims() {
        return OfClaims.ENVIRONMENT;
    }

    static CelEnvironment ofUsers() {
        return OfUsers.ENVIRONMENT;
    }

    /** Numbers are floating, as those of JSON are in Go. */
    static Map<String, Object> claims(ObjectNode claims) {
        return Map.of(CLAIMS, Values.of(floating(claims), CLAIMS_TYPE));
    }

    private static JsonNode floating(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                var copy = Tree.object();
                object.forEachEntry((name, value) -> copy.set(name, floating(value)));
                yield copy;
            }
            case ArrayNode array -> {
                var copy = Tree.array();
                array.forEach(value -> copy.add(floating(value)));
                yield copy;
            }
            case JsonNode number
            when number.isIntegralNumber() -> JsonNodeFactory.instance.numberNode(number.doubleValue());
            default -> node;
        };
    }

    static Map<String, Object> user(User user) {
        var tree = Tree.object().put("username", user.name()).put("uid", user.uid());
        tree.set("groups", Tree.arrayOf(user.groups()));
        var extra = tree.putObject("extra");
        user.extra().forEach((key, values) -> extra.set(key, Tree.arrayOf(values)));
        return Map.of(USER, Values.of(tree, USER_TYPE));
    }
}
