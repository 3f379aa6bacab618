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
    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
    private static final List<String> HOOKS = List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe");
    private static final List<String> PROBES = List.of("livenessProbe", "readinessProbe", "startupProbe");

    private ContainerChecks() {}

    /** All containers of a pod spec. */
    static void check(At spec, Problems problems) {
        if (spec.at("containers").isEmpty()) {
            problems.required(spec.at("containers"), "");
        }
        Set<String> volumes = new HashSet<>();
        Set<String> claims = new HashSet<>();
        for (At volume : spec.at("volumes").items()) {
            volumes.add(volume.at("name").text());
            if (volume.at("persistentVolumeClaim").isSet()
                    || volume.at("ephemeral").isSet()) {
                claims.add(volume.at("name").text());
            }
        }
        Set<String> names = new HashSet<>();
        Set<String> hostPorts = new HashSet<>();
        for (Container container : Containers.of(spec)) {
            common(container, volumes, claims, problems);
            role(container, spec, problems);
            String name = container.name();
            if (!name.isEmpty() && !names.add(name)) {
                problems.duplicate(container.at().at("name"), name);
            }
            hostPorts(container, spec.at("hostNetwork").isTrue(), hostPorts, problems);
        }
    }

    private static void common(Container container, Set<String> volumes, Set<String> claims, Problems problems) {
        At at = container.at();
        problems.requiredGrammar(at.at("name"), Names::dns1123Label);
        image(at.at("image"), problems);
        problems.oneOf(at.at("imagePullPolicy"), PULL_POLICIES);
        problems.oneOf(at.at("terminationMessagePolicy"), List.of("FallbackToLogsOnError", "File"));
        ports(at.at("ports"), problems);
        EnvironmentChecks.env(at.at("env"), problems);
        EnvironmentChecks.envFrom(at.at("envFrom"), problems);
        mounts(at, volumes, claims, problems);
        ResourceChecks.requirements(at.at("resources"), problems);
        SecurityChecks.container(at.at("securityContext"), problems);
        for (String probe : PROBES) {
            ProbeChecks.probe(at.at(probe), problems);
        }
        ProbeChecks.hook(at.at("lifecycle", "postStart"), problems);
        ProbeChecks.hook(at.at("lifecycle", "preStop"), problems);
    }

    private static void image(At image, Problems problems) {
        if (image.isEmpty()) {
            problems.required(image, "");
        } else if (!image.text().equals(image.text().strip())) {
            problems.invalid(image, "must not have leading or trailing whitespace");
        }
    }

    /** What a container's role forbids. */
    private static void role(Container container, At spec, Problems problems) {
        At at = container.at();
        switch (container.role()) {
            case REGULAR -> {
                if (at.at("restartPolicy").isSet()) {
                    problems.oneOfIfSet(at.at("restartPolicy"), List.of("Always", "OnFailure", "Never"));
                }
            }
            case INIT -> {
                for (String hook : HOOKS) {
                    if (at.at(hook).isSet() && !container.isSidecar()) {
                        problems.forbidden(
                                at.at(hook), "may not be set for init containers without restartPolicy=Always");
                    }
                }
                problems.oneOfIfSet(at.at("restartPolicy"), List.of("Always", "OnFailure", "Never"));
            }
            case EPHEMERAL -> {
                for (String field :
                        List.of("ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources")) {
                    if (!at.at(field).isEmpty()) {
                        problems.forbidden(at.at(field), "cannot be set for an Ephemeral Container");
                    }
                }
                String target = at.at("targetContainerName").text();
                boolean known = Containers.of(spec).stream()
                        .anyMatch(other ->
                                other.role() != Role.EPHEMERAL && other.name().equals(target));
                if (!target.isEmpty() && !known) {
                    problems.notFound(at.at("targetContainerName"), target);
                }
            }
        }
        if (container.staysUp()) {
            for (String probe : List.of("livenessProbe", "startupProbe")) {
                At threshold = at.at(probe, "successThreshold");
                if (at.at(probe).isSet() && threshold.number() != 1) {
                    problems.invalid(threshold, threshold.number(), "must be 1");
                }
            }
            if (at.at("readinessProbe", "terminationGracePeriodSeconds").isSet()) {
                problems.invalid(
                        at.at("readinessProbe", "terminationGracePeriodSeconds"),
                        "must not be set for readinessProbes");
            }
        }
    }

    private static void ports(At ports, Problems problems) {
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
            IpChecks.addressIfSet(port.at("hostIP"), problems);
        }
    }

    private static void hostPorts(Container container, boolean hostNetwork, Set<String> taken, Problems problems) {
        for (At port : container.at().at("ports").items()) {
            At host = port.at("hostPort");
            if (hostNetwork && host.number() != port.at("containerPort").number()) {
                problems.invalid(port.at("containerPort"), "must match `hostPort` when `hostNetwork` is true");
            }
            boolean counts = host.number() != 0 && (container.role() == Role.REGULAR || container.isSidecar());
            String key = port.at("protocol").text() + "/" + port.at("hostIP").text() + "/" + host.number();
            if (counts && !taken.add(key)) {
                problems.duplicate(host, key);
            }
        }
    }

    private static void mounts(At container, Set<String> volumes, Set<String> claims, Problems problems) {
        Set<String> paths = new HashSet<>();
        for (At mount : container.at("volumeMounts").items()) {
            At name = mount.at("name");
            problems.requiredText(name);
            if (!name.isEmpty() && !volumes.contains(name.text())) {
                problems.notFound(name, name.text());
            }
            At path = mount.at("mountPath");
            problems.requiredText(path);
            if (!path.isEmpty() && !paths.add(path.text())) {
                problems.invalid(path, "must be unique");
            }
            if (!mount.at("subPath").isEmpty() && !mount.at("subPathExpr").isEmpty()) {
                problems.invalid(mount.at("subPathExpr"), "subPathExpr and subPath are mutually exclusive");
            }
            PathChecks.localDescending(mount.at("subPath"), problems);
            PathChecks.localDescending(mount.at("subPathExpr"), problems);
            problems.oneOfIfSet(mount.at("mountPropagation"), List.of("Bidirectional", "HostToContainer", "None"));
            if (mount.at("mountPropagation").is("Bidirectional")
                    && !container.at("securityContext", "privileged").isTrue()) {
                problems.forbidden(
                        mount.at("mountPropagation"),
                        "Bidirectional mount propagation is available only to privileged containers");
            }
        }
        for (At device : container.at("volumeDevices").items()) {
            At name = device.at("name");
            problems.requiredText(name);
            if (!name.isEmpty() && !claims.contains(name.text())) {
                problems.invalid(
                        name,
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for" + " block mode");
            }
            At path = device.at("devicePath");
            problems.requiredText(path);
            if (!path.isEmpty() && !paths.add(path.text())) {
                problems.invalid(path, "must be unique");
            }
        }
    }
}
