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
        long grace = spec.at("terminationGracePeriodSeconds").number();
        for (Container container : Containers.of(spec)) {
            common(container, volumes, claims, grace, problems);
            role(container, spec, problems);
            String name = container.name();
            if (!name.isEmpty() && !names.add(name)) {
                problems.duplicate(container.at().at("name"), name);
            }
            // Init containers run one after the other, so their ports only meet those of their own.
            hostPorts(container, container.role() == Role.REGULAR ? hostPorts : new HashSet<>(), problems);
        }
    }

    private static void common(
            Container container, Set<String> volumes, Set<String> claims, long grace, Problems problems) {
        At at = container.at();
        problems.requiredGrammar(at.at("name"), Names::dns1123Label);
        problems.requiredText(at.at("image"));
        problems.oneOf(at.at("imagePullPolicy"), PULL_POLICIES);
        problems.oneOf(at.at("terminationMessagePolicy"), List.of("File", "FallbackToLogsOnError"));
        ports(at.at("ports"), problems);
        EnvironmentChecks.env(at.at("env"), problems);
        EnvironmentChecks.envFrom(at.at("envFrom"), problems);
        mounts(at, volumes, claims, problems);
        ResourceChecks.requirements(at.at("resources"), problems);
        SecurityChecks.container(at.at("securityContext"), problems);
        for (String probe : PROBES) {
            ProbeChecks.probe(at.at(probe), grace, problems);
        }
        ProbeChecks.hook(at.at("lifecycle", "postStart"), grace, problems);
        ProbeChecks.hook(at.at("lifecycle", "preStop"), grace, problems);
    }

    /** What holds for the containers of a pod, but not for those of a template. */
    static void checkOfPod(At spec, Problems problems) {
        for (Container container : Containers.of(spec)) {
            At image = container.at().at("image");
            if (!image.text().equals(image.text().strip())) {
                problems.invalid(image, "must not have leading or trailing whitespace");
            }
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
                for (At mount : at.at("volumeMounts").items()) {
                    for (String field : List.of("subPath", "subPathExpr")) {
                        if (!mount.at(field).isEmpty()) {
                            problems.forbidden(mount.at(field), "cannot be set for an Ephemeral Container");
                        }
                    }
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

    private static void hostPorts(Container container, Set<String> taken, Problems problems) {
        for (At port : container.at().at("ports").items()) {
            At host = port.at("hostPort");
            String key = port.at("protocol").text() + "/" + port.at("hostIP").text() + "/" + host.number();
            if (host.number() != 0 && !taken.add(key)) {
                problems.duplicate(host, key);
            }
        }
    }

    private static void mounts(At container, Set<String> volumes, Set<String> claims, Problems problems) {
        Set<String> paths = new HashSet<>();
        for (At mount : container.at("volumeMounts").items()) {
            At name = mount.at("name");
            problems.requiredText(name);
            if (!volumes.contains(name.text())) {
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
            for (String field : List.of("subPath", "subPathExpr")) {
                // Upstream names the list here, not its item.
                PathChecks.localDescending(
                        container.at("volumeMounts", field), mount.at(field).text(), problems);
            }
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
            if (!volumes.contains(name.text())) {
                problems.notFound(name, name.text());
            } else if (!claims.contains(name.text())) {
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
