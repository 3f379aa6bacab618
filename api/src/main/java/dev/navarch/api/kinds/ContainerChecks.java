package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Container;
import dev.navarch.api.kinds.Containers.Role;
import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules of containers, whatever their role.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers,
 * validateEphemeralContainers, validateContainerCommon).
 */
final class ContainerChecks {
    private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
    private static final List<String> RESTART_POLICIES = List.of("Always", "Never", "OnFailure");
    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
    private static final List<String> HOOKS = List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe");
    private static final List<String> NOT_EPHEMERAL = List.of(
            "ports",
            "resources",
            "resizePolicy",
            "restartPolicy",
            "restartPolicyRules",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle");
    private static final List<String> RESIZABLE = List.of("cpu", "memory");
    private static final List<String> RESIZE_POLICIES = List.of("NotRequired", "RestartContainer");
    private static final int MOST_RESTART_RULES = 20;
    private static final int MOST_EXIT_CODES = 255;

    /** What containers are checked against: the spec that they are in. */
    private record Pod(At spec, Set<String> claims, long grace, boolean hostUsers, String restartPolicy) {}

    private ContainerChecks() {}

    /** All containers of a pod spec. */
    static void check(At spec, Problems problems) {
        At users = spec.at("hostUsers");
        Pod pod = new Pod(
                spec,
                claims(spec),
                spec.at("terminationGracePeriodSeconds").number(),
                !users.isSet() || users.isTrue(),
                spec.at("restartPolicy").text());
        if (spec.at("containers").isEmpty()) {
            problems.required(spec.at("containers"), "");
        }
        Set<String> names = new HashSet<>();
        Set<String> hostPorts = new HashSet<>();
        for (At at : spec.at("containers").items()) {
            common(at, pod, problems);
            name(at.at("name"), names, problems);
            hooks(at, pod.grace(), problems);
            restart(at, problems);
        }
        spec.at("containers").items().forEach(at -> hostPorts(at, hostPorts, problems));
        for (At at : spec.at("initContainers").items()) {
            init(at, pod, names, problems);
        }
        for (At at : spec.at("ephemeralContainers").items()) {
            ephemeral(at, pod, names, problems);
        }
    }

    private static Set<String> claims(At spec) {
        if (spec.at("resourceClaims").isEmpty()) {
            return Set.of();
        }
        Set<String> names = new HashSet<>();
        spec.at("resourceClaims")
                .items()
                .forEach(claim -> names.add(claim.at("name").text()));
        return names;
    }

    private static void name(At name, Set<String> names, Problems problems) {
        if (!name.isEmpty() && !names.add(name.text())) {
            problems.duplicate(name, name.text());
        }
    }

    private static void common(At at, Pod pod, Problems problems) {
        problems.requiredGrammar(at.at("name"), Names::dns1123Label);
        problems.requiredText(at.at("image"));
        problems.oneOf(at.at("terminationMessagePolicy"), List.of("File", "FallbackToLogsOnError"));
        ports(at.at("ports"), problems);
        EnvironmentChecks.env(at.at("env"), pod.spec(), problems);
        EnvironmentChecks.envFrom(at.at("envFrom"), problems);
        MountChecks.check(at, pod.spec().at("volumes"), problems);
        problems.oneOf(at.at("imagePullPolicy"), PULL_POLICIES);
        ResourceChecks.ofContainer(at.at("resources"), pod.claims(), problems);
        resize(at.at("resizePolicy"), pod.restartPolicy(), problems);
        SecurityChecks.container(at.at("securityContext"), pod.hostUsers(), problems);
    }

    private static void hooks(At at, long grace, Problems problems) {
        ProbeChecks.hook(at.at("lifecycle", "postStart"), grace, problems);
        ProbeChecks.hook(at.at("lifecycle", "preStop"), grace, problems);
        for (String probe : ProbeChecks.PROBES) {
            ProbeChecks.probe(at.at(probe), grace, problems);
        }
    }

    /** Init containers run one after the other, so their ports only meet those of their own. */
    private static void init(At at, Pod pod, Set<String> names, Problems problems) {
        common(at, pod, problems);
        restart(at, problems);
        name(at.at("name"), names, problems);
        hostPorts(at, new HashSet<>(), problems);
        if (new Container(at, Role.INIT).isSidecar()) {
            hooks(at, pod.grace(), problems);
            return;
        }
        for (String hook : HOOKS) {
            if (at.at(hook).isSet()) {
                problems.forbidden(at.at(hook), "may not be set for init containers without restartPolicy=Always");
            }
        }
    }

    private static void ephemeral(At at, Pod pod, Set<String> names, Problems problems) {
        common(at, pod, problems);
        trimmedImage(at, problems);
        name(at.at("name"), names, problems);
        String target = at.at("targetContainerName").text();
        boolean known = Containers.of(pod.spec()).stream()
                .anyMatch(
                        other -> other.role() != Role.EPHEMERAL && other.name().equals(target));
        if (!target.isEmpty() && !known) {
            problems.notFound(at.at("targetContainerName"), target);
        }
        for (String field : NOT_EPHEMERAL) {
            if (!at.at(field).isEmpty()) {
                problems.forbidden(at.at(field), "cannot be set for an Ephemeral Container");
            }
        }
        for (At mount : at.at("volumeMounts").items()) {
            for (String field : List.of("subPath", "subPathExpr")) {
                if (!mount.at(field).isEmpty()) {
                    problems.forbidden(mount.at(field), "cannot be set for an Ephemeral Container");
                }
            }
        }
    }

    /** When a container runs again, by itself or by its pod's policy. */
    private static void restart(At at, Problems problems) {
        At policy = at.at("restartPolicy");
        At rules = at.at("restartPolicyRules");
        if (policy.isSet()) {
            if (!RESTART_POLICIES.contains(policy.text())) {
                problems.notSupported(policy, policy.text(), RESTART_POLICIES);
            }
        } else if (!rules.isEmpty()) {
            problems.required(policy, "must specify restartPolicy when restart rules are used");
        }
        if (rules.size() > MOST_RESTART_RULES) {
            problems.tooMany(rules, MOST_RESTART_RULES);
            return;
        }
        for (At rule : rules.items()) {
            problems.oneOf(rule.at("action"), List.of("Restart", "RestartAllContainers"));
            At codes = rule.at("exitCodes");
            if (!codes.isSet()) {
                problems.required(codes, "must be specified");
                continue;
            }
            problems.oneOf(codes.at("operator"), List.of("In", "NotIn"));
            if (codes.at("values").size() > MOST_EXIT_CODES) {
                problems.tooMany(codes.at("values"), MOST_EXIT_CODES);
            }
        }
    }

    private static void resize(At policies, String restartPolicy, Problems problems) {
        Set<String> resources = new HashSet<>();
        for (At policy : policies.items()) {
            String resource = policy.at("resourceName").text();
            if (!resources.add(resource)) {
                problems.duplicate(policy, resource);
            }
            // Upstream names the list here, not its item.
            problems.oneOf(policies.with(policy.at("resourceName").node()), RESIZABLE);
            At restart = policies.with(policy.at("restartPolicy").node());
            problems.oneOf(restart, RESIZE_POLICIES);
            if (restartPolicy.equals("Never") && !restart.is("NotRequired")) {
                problems.invalid(restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
            }
        }
    }

    /** What holds for the containers of a pod, but not for those of a template. */
    static void checkOfPod(At spec, Problems problems) {
        for (Role role : List.of(Role.REGULAR, Role.INIT)) {
            spec.at(role.field()).items().forEach(at -> trimmedImage(at, problems));
        }
    }

    static void trimmedImage(At container, Problems problems) {
        At image = container.at("image");
        String text = image.text();
        boolean padded = !text.isEmpty()
                && (Character.isWhitespace(text.charAt(0)) || Character.isWhitespace(text.charAt(text.length() - 1)));
        if (padded) {
            problems.invalid(image, "must not have leading or trailing whitespace");
        }
    }

    /** In the host's network the ports are the host's; a template may leave that to be filled in. */
    static void checkHostNetwork(At spec, boolean ofPod, Problems problems) {
        if (!spec.at("hostNetwork").isTrue()) {
            return;
        }
        for (At container : spec.at("containers").items()) {
            for (At port : container.at("ports").items()) {
                At host = port.at("hostPort");
                boolean counts = ofPod || host.number() != 0;
                if (counts && host.number() != port.at("containerPort").number()) {
                    problems.invalid(host, host.number(), "must match `containerPort` when `hostNetwork` is true");
                }
            }
        }
    }

    private static void ports(At ports, Problems problems) {
        if (ports.size() == 0) {
            return;
        }
        Set<String> names = new HashSet<>();
        for (At port : ports.items()) {
            At name = port.at("name");
            if (!name.isEmpty()) {
                List<String> complaints = Names.portName(name.text());
                complaints.forEach(complaint -> problems.invalid(name, complaint));
                if (complaints.isEmpty() && !names.add(name.text())) {
                    problems.duplicate(name, name.text());
                }
            }
            At number = port.at("containerPort");
            if (number.number() == 0) {
                problems.required(number, "");
            } else {
                Names.portNumber(number.number()).forEach(complaint -> problems.invalid(number, complaint));
            }
            At host = port.at("hostPort");
            if (host.number() != 0) {
                Names.portNumber(host.number()).forEach(complaint -> problems.invalid(host, complaint));
            }
            problems.oneOf(port.at("protocol"), PROTOCOLS);
        }
    }

    private static void hostPorts(At container, Set<String> taken, Problems problems) {
        for (At port : container.at("ports").items()) {
            At host = port.at("hostPort");
            if (host.number() == 0) {
                continue;
            }
            String key = port.at("protocol").text() + "/" + port.at("hostIP").text() + "/" + host.number();
            if (!taken.add(key)) {
                problems.duplicate(host, key);
            }
        }
    }
}
