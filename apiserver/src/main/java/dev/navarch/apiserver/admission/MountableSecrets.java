package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The secrets that a service account lets its pods use, where its annotation asks for that: nothing else may be named,
 * whichever way, by whichever kind of container (source: kubernetes plugin/pkg/admission/serviceaccount/admission.go,
 * limitSecretReferences; CVE-2023-2727, CVE-2023-2728, CVE-2024-3177. Projected volumes, which upstream overlooks, count).
 */
final class MountableSecrets {
    private static final String ENFORCED = "kubernetes.io/enforce-mountable-secrets";

    private final String account;
    private final Set<String> secrets;
    private final Set<String> pullSecrets;

    private MountableSecrets(ObjectNode account) {
        this.account = Meta.name(account);
        secrets = names(account, "secrets");
        pullSecrets = names(account, "imagePullSecrets");
    }

    private static Set<String> names(ObjectNode account, String field) {
        return Tree.objects(account, field).stream()
                .map(s -> Tree.text(s, "name"))
                .collect(Collectors.toSet());
    }

    /** Empty if the account lets its pods use whatever there is. */
    static Optional<MountableSecrets> of(ObjectNode account) {
        return Boolean.parseBoolean(Meta.annotations(account).getOrDefault(ENFORCED, ""))
                ? Optional.of(new MountableSecrets(account))
                : Optional.empty();
    }

    /** Why a pod is not allowed; empty if it is. */
    Optional<String> objection(ObjectNode pod) {
        for (var volume : Tree.objects(pod, "spec", "volumes")) {
            if (denied(volume, "secret", "secretName")) {
                return Optional.of(inVolume(Tree.text(volume, "secret", "secretName")));
            }
            for (var source : Tree.objects(volume, "projected", "sources")) {
                if (denied(source, "secret", "name")) {
                    return Optional.of(inVolume(Tree.text(source, "secret", "name")));
                }
            }
        }
        for (var kind : List.of("initContainers", "containers", "ephemeralContainers")) {
            for (var container : Tree.objects(pod, "spec", kind)) {
                var objection = inContainer(kind, container);
                if (objection.isPresent()) {
                    return objection;
                }
            }
        }
        var pulls = Tree.objects(pod, "spec", "imagePullSecrets");
        for (int i = 0; i < pulls.size(); i++) {
            var name = Tree.text(pulls.get(i), "name");
            if (!pullSecrets.contains(name)) {
                return Optional.of("imagePullSecrets[" + i + "].name=\"" + name
                        + "\" is not allowed because service account " + account
                        + " does not reference that imagePullSecret");
            }
        }
        return Optional.empty();
    }

    private boolean denied(JsonNode from, String... path) {
        return Tree.has(from, path) && !secrets.contains(Tree.text(from, path));
    }

    private String inVolume(String secret) {
        return "volume with" + refused(secret);
    }

    private String refused(String secret) {
        return " secret.secretName=\"" + secret + "\" is not allowed because service account " + account
                + " does not reference that secret";
    }

    private Optional<String> inContainer(String list, ObjectNode container) {
        var who = switch (list) {
                    case "initContainers" -> "init container ";
                    case "ephemeralContainers" -> "ephemeral container ";
                    default -> "container ";
                }
                + Tree.text(container, "name");
        for (var variable : Tree.objects(container, "env")) {
            if (denied(variable, "valueFrom", "secretKeyRef", "name")) {
                return Optional.of(who + " with envVar " + Tree.text(variable, "name") + " referencing"
                        + refused(Tree.text(variable, "valueFrom", "secretKeyRef", "name")));
            }
        }
        for (var from : Tree.objects(container, "envFrom")) {
            if (denied(from, "secretRef", "name")) {
                return Optional.of(who + " with envFrom referencing" + refused(Tree.text(from, "secretRef", "name")));
            }
        }
        return Optional.empty();
    }
}
