package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Config maps, secrets and service accounts.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateConfigMap, ValidateSecret).
 */
final class ConfigRules {
    private static final int MOST_BYTES = 1024 * 1024;

    /** The keys without which a secret of a type is useless. */
    private static final Map<String, List<String>> KEYS = Map.of(
            "kubernetes.io/dockercfg", List.of(".dockercfg"),
            "kubernetes.io/dockerconfigjson", List.of(".dockerconfigjson"),
            "kubernetes.io/tls", List.of("tls.crt", "tls.key"));

    private ConfigRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/ConfigMap", configMap(), "/Secret", secret(), "/ServiceAccount", serviceAccount());
    }

    private static KindRules configMap() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .check(ConfigRules::configMap)
                .checkUpdate((now, old, problems) -> frozen(now, old, List.of("data", "binaryData"), problems))
                .build();
    }

    private static void configMap(At map, Problems problems) {
        long total = 0;
        Set<String> binary = new HashSet<>();
        for (Map.Entry<String, At> entry : map.at("binaryData").entries()) {
            binary.add(entry.getKey());
            key(entry, problems);
            total += decodedLength(entry.getValue());
        }
        for (Map.Entry<String, At> entry : map.at("data").entries()) {
            key(entry, problems);
            if (binary.contains(entry.getKey())) {
                problems.invalid(entry.getValue(), entry.getKey(), "duplicate of key present in binaryData");
            }
            total += Names.utf8Length(entry.getValue().text());
        }
        if (total > MOST_BYTES) {
            problems.tooLong(map, MOST_BYTES);
        }
    }

    private static void key(Map.Entry<String, At> entry, Problems problems) {
        Names.configKey(entry.getKey())
                .forEach(complaint -> problems.invalid(entry.getValue(), entry.getKey(), complaint));
    }

    static long decodedLength(At base64) {
        return base64.text().length() / 4 * 3L;
    }

    /** Once immutable, always immutable. */
    private static void frozen(At now, At old, List<String> parts, Problems problems) {
        if (!old.at("immutable").isTrue()) {
            return;
        }
        if (!now.at("immutable").isTrue()) {
            problems.forbidden(now.at("immutable"), "field is immutable when `immutable` is set");
        }
        for (String part : parts) {
            if (!Trees.same(now.at(part).node(), old.at(part).node())) {
                problems.forbidden(now.at(part), "field is immutable when `immutable` is set");
            }
        }
    }

    private static KindRules secret() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(secret -> {
                    mergeStringData(secret);
                    Defaults.put(secret, "type", "Opaque");
                })
                .check(ConfigRules::secret)
                .checkUpdate((now, old, problems) -> frozen(now, old, List.of("data"), problems))
                .immutable("type")
                .selectable("type")
                .build();
    }

    /** Plain texts become data; they win over data of the same key. */
    private static void mergeStringData(ObjectNode secret) {
        if (secret.path("stringData") instanceof ObjectNode plain && !plain.isEmpty()) {
            ObjectNode data = At.object(secret, "data");
            for (Map.Entry<String, JsonNode> entry : plain.properties()) {
                byte[] bytes = entry.getValue().asString("").getBytes(StandardCharsets.UTF_8);
                data.put(entry.getKey(), Base64.getEncoder().encodeToString(bytes));
            }
        }
        secret.remove("stringData");
    }

    private static void secret(At secret, Problems problems) {
        At data = secret.at("data");
        long total = 0;
        for (Map.Entry<String, At> entry : data.entries()) {
            key(entry, problems);
            total += decodedLength(entry.getValue());
        }
        if (total > MOST_BYTES) {
            problems.tooLong(data, MOST_BYTES);
        }
        String type = secret.at("type").text();
        for (String key : KEYS.getOrDefault(type, List.of())) {
            if (!data.key(key).isSet()) {
                problems.required(data.key(key), "");
            }
        }
        switch (type) {
            case "kubernetes.io/service-account-token" -> {
                At account = secret.at("metadata", "annotations").key("kubernetes.io/service-account.name");
                if (account.isEmpty()) {
                    problems.required(account, "");
                }
            }
            case "kubernetes.io/ssh-auth" -> problems.requiredText(data.key("ssh-privatekey"));
            case "kubernetes.io/basic-auth" -> {
                if (!data.key("username").isSet() && !data.key("password").isSet()) {
                    problems.required(data.key("username"), "");
                    problems.required(data.key("password"), "");
                }
            }
            default -> {}
        }
    }

    private static KindRules serviceAccount() {
        return Kind.namespaced(Names::dns1123Subdomain).build();
    }
}
