package dev.navarch.api.kinds;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** What to know of a pod or a pod's template (source: kubernetes pkg/api/pod/warnings.go). */
final class PodWarnings {
    private static final Map<String, String> VOLUMES = Map.of(
            "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+",
            "gitRepo", "deprecated in v1.11",
            "scaleIO", "deprecated in v1.16, non-functional in v1.22+",
            "flocker", "deprecated in v1.22, non-functional in v1.25+",
            "storageos", "deprecated in v1.22, non-functional in v1.25+",
            "quobyte", "deprecated in v1.22, non-functional in v1.25+",
            "glusterfs", "deprecated in v1.25, non-functional in v1.26+",
            "cephfs", "deprecated in v1.28, non-functional in v1.31+",
            "rbd", "deprecated in v1.28, non-functional in v1.31+");
    private static final Map<String, String> ANNOTATIONS = Map.of(
            "scheduler.alpha.kubernetes.io/critical-pod",
                    "non-functional in v1.16+; use the \"priorityClassName\" field instead",
            "security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead",
            "security.alpha.kubernetes.io/unsafe-sysctls",
                    "non-functional in v1.11+; use the \"sysctls\" field instead",
            "seccomp.security.alpha.kubernetes.io/pod",
                    "non-functional in v1.27+; use the \"seccompProfile\" field instead");
    private static final String SECCOMP = "container.seccomp.security.alpha.kubernetes.io/";
    private static final String APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

    private static final String SAME_PATH = ": has duplicated path with ServiceAccountToken ";

    private PodWarnings() {}

    static void pod(At pod, List<String> found) {
        name(pod, "the Pod's hostname", found);
        check(pod, false, found);
    }

    /** @param path to the template */
    static BiConsumer<At, List<String>> template(String... path) {
        return (object, found) -> check(object.at(path), true, found);
    }

    static void name(At object, String use, List<String> found) {
        var wrong = Names.dns1123Label(object.at("metadata", "name").text());
        if (!wrong.isEmpty()) {
            found.add("metadata.name: this is used in " + use
                    + ", which can result in surprising behavior; a DNS label is recommended: ["
                    + String.join(" ", wrong) + "]");
        }
    }

    private static void check(At pod, boolean template, List<String> found) {
        At spec = pod.at("spec");
        placement(spec, found);
        At annotations = pod.at("metadata", "annotations");
        annotations(annotations, spec, found);
        for (At volume : spec.at("volumes").items()) {
            for (var source : volume.node().propertyNames()) {
                var why = VOLUMES.get(source);
                if (why != null && volume.at(source).isSet()) {
                    found.add(volume.path() + "." + (source.equals("storageos") ? "storageOS" : source) + ": " + why);
                }
            }
            At claim = volume.at("ephemeral", "volumeClaimTemplate");
            if (claim.isSet()) {
                ObjectWarnings.claimSpec(claim.at("spec"), found);
            }
        }
        tokenPaths(spec.at("volumes"), found);
        twice(spec.at("hostAliases"), "ip", "duplicate ip", found);
        twice(spec.at("imagePullSecrets"), "name", "duplicate name", found);
        for (At secret : spec.at("imagePullSecrets").items()) {
            if (secret.at("name").isEmpty()) {
                found.add(secret.at("name").path() + ": invalid empty name \"\"");
            }
        }
        IpWarnings.addresses(spec.at("dnsConfig", "nameservers"), found);
        spec.at("hostAliases").items().forEach(alias -> IpWarnings.address(alias.at("ip"), found));
        wholeBytes(spec.at("overhead"), found);
        List<Port> ports = new ArrayList<>();
        var containers = Containers.of(spec);
        for (var container : containers) {
            At at = container.at();
            profiles(at, spec, annotations, template, found);
            wholeBytes(at.at("resources", "limits"), found);
            wholeBytes(at.at("resources", "requests"), found);
            environment(at.at("env"), found);
        }
        for (var container : containers) {
            container.at().at("ports").items().forEach(port -> port(Port.of(port), ports, found));
        }
        At grace = spec.at("terminationGracePeriodSeconds");
        if (grace.isSet() && grace.number() < 0) {
            found.add(grace.path() + ": must be >= 0; negative values are invalid and will be treated as 1");
        }
        At affinities = spec.at("affinity");
        if (!affinities.isSet()) {
            return;
        }
        for (var affinity : List.of("podAffinity", "podAntiAffinity")) {
            At terms = affinities.at(affinity);
            terms.at("requiredDuringSchedulingIgnoredDuringExecution")
                    .items()
                    .forEach(term -> selects(term.at("labelSelector"), found));
            terms.at("preferredDuringSchedulingIgnoredDuringExecution")
                    .items()
                    .forEach(term -> selects(term.at("podAffinityTerm", "labelSelector"), found));
        }
    }

    private static void placement(At spec, List<String> found) {
        NodeLabelWarnings.labels(spec.at("nodeSelector"), found);
        At nodes = spec.at("affinity", "nodeAffinity");
        nodes.at("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
                .items()
                .forEach(term -> NodeLabelWarnings.term(term, found));
        nodes.at("preferredDuringSchedulingIgnoredDuringExecution")
                .items()
                .forEach(term -> NodeLabelWarnings.term(term.at("preference"), found));
        for (At spread : spec.at("topologySpreadConstraints").items()) {
            NodeLabelWarnings.name(spread.at("topologyKey"), found);
            selects(spread.at("labelSelector"), found);
        }
    }

    private static void selects(At selector, List<String> found) {
        if (!selector.isSet()) {
            found.add(selector.path() + ": a null labelSelector results in matching no pod");
        }
    }

    private static void annotations(At annotations, At spec, List<String> found) {
        if (annotations.isEmpty()) {
            return;
        }
        ANNOTATIONS.keySet().stream().sorted().forEach(key -> {
            boolean replaced = key.startsWith("seccomp")
                    && spec.at("securityContext", "seccompProfile").isSet();
            if (annotations.key(key).isSet() && !replaced) {
                found.add(annotations.key(key).path() + ": " + ANNOTATIONS.get(key));
            }
        });
    }

    private static void profiles(At container, At spec, At annotations, boolean template, List<String> found) {
        if (annotations.isEmpty()) {
            return;
        }
        var name = container.at("name").text();
        At seccomp = annotations.key(SECCOMP + name);
        if (seccomp.isSet()
                && !container.at("securityContext", "seccompProfile").isSet()) {
            found.add(seccomp.path() + ": non-functional in v1.27+; use the \"seccompProfile\" field instead");
        }
        At appArmor = annotations.key(APP_ARMOR + name);
        boolean said = container.at("securityContext", "appArmorProfile").isSet()
                || spec.at("securityContext", "appArmorProfile").isSet();
        if (template && appArmor.isSet() && !said) {
            found.add(appArmor.path() + ": deprecated since v1.30; use the \"appArmorProfile\" field instead");
        }
    }

    /** What is projected over a token. Upstream counts the items of a source, but not the sources. */
    private static void tokenPaths(At volumes, List<String> found) {
        Set<String> tokens = Set.of();
        for (At volume : volumes.items()) {
            for (At source : volume.at("projected", "sources").items()) {
                At token = source.at("serviceAccountToken");
                if (token.isSet()) {
                    tokens = tokens.isEmpty() ? new HashSet<>() : tokens;
                    tokens.add(token.at("path").text());
                }
            }
        }
        if (tokens.isEmpty()) {
            return;
        }
        for (At volume : volumes.items()) {
            for (At source : volume.at("projected", "sources").items()) {
                for (var kind : source.node().propertyNames()) {
                    projected(volume, kind, source.at(kind), tokens, found);
                }
            }
        }
    }

    private static void projected(At volume, String kind, At source, Set<String> tokens, List<String> found) {
        switch (kind) {
            case "configMap", "downwardAPI" -> tokenPaths(volume, kind, source.at("items"), tokens, found);
            case "secret" -> tokenPaths(volume, "secrets", source.at("items"), tokens, found);
            case "clusterTrustBundle" -> {
                var path = source.at("path").text();
                if (source.isSet() && tokens.contains(path)) {
                    found.add(volume.path() + ".projected.sources.ClusterTrustBundle" + SAME_PATH + GoText.quote(path));
                }
            }
            default -> {}
        }
    }

    private static void tokenPaths(At volume, String kind, At items, Set<String> tokens, List<String> found) {
        int index = 0;
        for (At item : items.items()) {
            var where = item.at("path").text();
            if (tokens.contains(where)) {
                found.add(volume.path() + ".projected.sources." + kind + "[" + index + "]" + SAME_PATH
                        + GoText.quote(where));
            }
            index++;
        }
    }

    private static void twice(At list, String field, String complaint, List<String> found) {
        Set<String> seen = new HashSet<>();
        for (At item : list.items()) {
            if (!seen.add(item.at(field).text())) {
                found.add(item.at(field).path() + ": " + complaint + " "
                        + GoText.quote(item.at(field).text()));
            }
        }
    }

    static void wholeBytes(At amounts, List<String> found) {
        for (var resource : List.of("memory", "ephemeral-storage")) {
            wholeBytes(amounts, resource, found);
        }
    }

    static void wholeBytes(At amounts, String resource, List<String> found) {
        At amount = amounts.key(resource);
        try {
            if (amount.isSet()
                    && mayBeFractional(amount.text())
                    && Quantity.parse(amount.text()).milliValue() % 1000 != 0) {
                found.add(amount.path() + ": fractional byte value " + GoText.quote(amount.text())
                        + " is invalid, must be an integer");
            }
        } catch (QuantityException _) {
            // validation has refused it, or will
        }
    }

    /** Most amounts are seen to be whole without being read. */
    private static boolean mayBeFractional(String amount) {
        for (int i = 0; i < amount.length(); i++) {
            if (".numeE".indexOf(amount.charAt(i)) >= 0) {
                return true;
            }
        }
        return false;
    }

    private static void environment(At variables, List<String> found) {
        Set<String> seen = new HashSet<>();
        for (At variable : variables.items()) {
            var name = variable.at("name").text();
            if (!seen.add(name) && hides(variable, "$(" + name + ")")) {
                found.add(variable.path() + ": hides previous definition of " + GoText.quote(name)
                        + ", which may be dropped when using apply");
            }
        }
    }

    private static boolean hides(At variable, String reference) {
        var value = variable.at("value").text();
        return variable.at("valueFrom").isSet() || value.equals(reference) || !value.contains(reference);
    }

    private record Port(At at, long port, String protocol, long hostPort, String hostIp) {
        static Port of(At at) {
            return new Port(
                    at,
                    at.at("containerPort").number(),
                    at.at("protocol").text(),
                    at.at("hostPort").number(),
                    at.at("hostIP").text());
        }

        /** As Go prints the struct. */
        String text() {
            return "{Name:" + at.at("name").text() + " HostPort:" + hostPort + " ContainerPort:" + port + " Protocol:"
                    + protocol + " HostIP:" + hostIp + "}";
        }
    }

    private static void port(Port port, List<Port> before, List<String> found) {
        var path = port.at.path();
        if (!port.hostIp.isEmpty() && port.hostPort == 0) {
            found.add(path + ": hostIP set without hostPort: " + port.text());
        }
        for (var other : before) {
            if (other.port != port.port || !other.protocol.equals(port.protocol)) {
                continue;
            }
            boolean samePort = port.hostPort == other.hostPort;
            if (samePort && port.hostIp.equals(other.hostIp)) {
                found.add(path + ": duplicate port definition with " + other.at.path());
            } else if (port.hostPort == 0 || other.hostPort == 0) {
                found.add(path + ": overlapping port definition with " + other.at.path());
            } else if (samePort && port.hostIp.isEmpty() != other.hostIp.isEmpty()) {
                found.add(path + ": dangerously ambiguous port definition with " + other.at.path());
            }
        }
        before.add(port);
    }
}
