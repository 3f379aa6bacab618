package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Classes of storage, and of what can be changed about a volume later.
 *
 * <p>Source: kubernetes pkg/apis/storage/v1/defaults.go, pkg/apis/storage/validation/validation.go,
 * pkg/registry/storage/storageclass/strategy.go.
 */
final class StorageClassRules {
    private static final int MOST_PARAMETERS = 512;
    private static final int MOST_PARAMETER_BYTES = 256 * 1024;

    private StorageClassRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                "storage.k8s.io/StorageClass", storageClass(),
                "storage.k8s.io/VolumeAttributesClass", attributesClass());
    }

    private static KindRules storageClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .createsOnUpdate()
                .defaults(storageClass -> {
                    Defaults.put(storageClass, "reclaimPolicy", "Delete");
                    Defaults.put(storageClass, "volumeBindingMode", "Immediate");
                })
                .check((storageClass, problems) -> {
                    provisioner(storageClass.at("provisioner"), problems);
                    parameters(storageClass.at("parameters"), problems);
                    problems.oneOfIfSet(storageClass.at("reclaimPolicy"), List.of("Delete", "Retain"));
                    problems.oneOf(storageClass.at("volumeBindingMode"), List.of("Immediate", "WaitForFirstConsumer"));
                    topologies(storageClass.at("allowedTopologies"), problems);
                })
                .checkUpdate((now, old, problems) -> {
                    for (String field : List.of("parameters", "provisioner", "reclaimPolicy")) {
                        problems.notUpdated(now.at(field), old.at(field));
                    }
                })
                .immutable("volumeBindingMode")
                .build();
    }

    private static KindRules attributesClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .check((attributes, problems) -> {
                    provisioner(attributes.at("driverName"), problems);
                    parameters(attributes.at("parameters"), problems);
                    if (attributes.at("parameters").isEmpty()) {
                        problems.required(attributes.at("parameters"), "must contain at least one key/value pair");
                    }
                })
                .checkUpdate((now, old, problems) -> {
                    problems.notUpdated(now.at("driverName"), old.at("driverName"));
                    problems.notUpdated(now.at("parameters"), old.at("parameters"));
                })
                .build();
    }

    /** Upstream shows the name in lower case. */
    private static void provisioner(At provisioner, Problems problems) {
        if (provisioner.isEmpty()) {
            problems.required(provisioner, "");
            return;
        }
        String lower = provisioner.text().toLowerCase(Locale.ROOT);
        Names.qualifiedName(lower).forEach(complaint -> problems.invalid(provisioner, lower, complaint));
    }

    private static void parameters(At parameters, Problems problems) {
        if (parameters.size() > MOST_PARAMETERS) {
            problems.tooLong(parameters, MOST_PARAMETERS);
            return;
        }
        long total = 0;
        for (Map.Entry<String, At> parameter : parameters.entries()) {
            if (parameter.getKey().isEmpty()) {
                problems.invalid(parameters, "", "field can not be empty.");
            }
            total += Names.utf8Length(parameter.getKey())
                    + (long) Names.utf8Length(parameter.getValue().text());
        }
        if (total > MOST_PARAMETER_BYTES) {
            problems.tooLong(parameters, MOST_PARAMETER_BYTES);
        }
    }

    private static void topologies(At topologies, Problems problems) {
        Set<Map<String, Set<String>>> seen = new HashSet<>();
        for (At term : topologies.items()) {
            Map<String, Set<String>> keys = new HashMap<>();
            for (At expression : term.at("matchLabelExpressions").items()) {
                At values = expression.at("values");
                if (values.isEmpty()) {
                    problems.required(values, "");
                }
                problems.unique(values, At::text);
                problems.grammar(expression.at("key"), Names::qualifiedName);
                if (keys.put(expression.at("key").text(), Set.copyOf(new HashSet<>(values.texts()))) != null) {
                    problems.duplicate(
                            expression.at("key"), expression.at("key").text());
                }
            }
            if (!seen.add(keys)) {
                problems.duplicate(term.at("matchLabelExpressions"), "");
            }
        }
    }
}
