package dev.navarch.api.kinds;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a container has its pod's volumes, as directories or as devices.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateVolumeMounts, ValidateVolumeDevices).
 */
final class MountChecks {
    private static final List<String> PROPAGATIONS = List.of("Bidirectional", "HostToContainer", "None");
    private static final List<String> RECURSIVE = List.of("Disabled", "Enabled", "IfPossible");

    private MountChecks() {}

    static void check(At container, At volumes, Problems problems) {
        At mounts = container.at("volumeMounts");
        At devices = container.at("volumeDevices");
        if (mounts.size() == 0 && devices.size() == 0) {
            return;
        }
        Map<String, At> byName = new HashMap<>();
        volumes.items().forEach(volume -> byName.put(volume.at("name").text(), volume));
        mounts(container, byName, problems);
        devices(devices, mounts, byName, problems);
    }

    private static void mounts(At container, Map<String, At> volumes, Problems problems) {
        At mounts = container.at("volumeMounts");
        At devices = container.at("volumeDevices");
        Set<String> paths = new HashSet<>();
        for (At mount : mounts.items()) {
            At name = mount.at("name");
            At path = mount.at("mountPath");
            problems.requiredText(name);
            if (!volumes.containsKey(name.text())) {
                problems.notFound(name, name.text());
            }
            problems.requiredText(path);
            if (!paths.add(path.text())) {
                problems.invalid(path, path.text(), "must be unique");
            }
            if (has(devices, "name", name.text())) {
                problems.invalid(name, "must not already exist in volumeDevices");
            }
            if (has(devices, "devicePath", path.text())) {
                problems.invalid(path, "must not already exist as a path in volumeDevices");
            }
            boolean image = volumes.containsKey(name.text())
                    && volumes.get(name.text()).at("image").isSet();
            subPaths(mounts, mount, image, problems);
            propagation(container, mounts, mount, problems);
        }
    }

    private static boolean has(At list, String field, String value) {
        for (At item : list.items()) {
            if (item.at(field).is(value)) {
                return true;
            }
        }
        return false;
    }

    /** Upstream names the list in most complaints, not its item. */
    private static void subPaths(At mounts, At mount, boolean image, Problems problems) {
        At path = mount.at("subPath");
        At expression = mount.at("subPathExpr");
        if (image) {
            for (At at : List.of(path, expression)) {
                if (!at.isEmpty()) {
                    problems.invalid(at, "not allowed in image volume sources");
                }
            }
        }
        if (!path.isEmpty()) {
            PathChecks.localDescending(mounts.at("subPath").with(path.node()), problems);
        }
        if (!expression.isEmpty()) {
            if (!path.isEmpty()) {
                problems.invalid(expression, "subPathExpr and subPath are mutually exclusive");
            }
            PathChecks.localDescending(mounts.at("subPathExpr").with(expression.node()), problems);
        }
    }

    private static void propagation(At container, At mounts, At mount, Problems problems) {
        At propagation =
                mounts.at("mountPropagation").with(mount.at("mountPropagation").node());
        if (propagation.isSet()) {
            if (!PROPAGATIONS.contains(propagation.text())) {
                problems.notSupported(propagation, propagation.text(), PROPAGATIONS);
            }
            if (propagation.is("Bidirectional")
                    && !container.at("securityContext", "privileged").isTrue()) {
                problems.forbidden(
                        propagation, "Bidirectional mount propagation is available only to privileged containers");
            }
        }
        At recursive = mounts.at("recursiveReadOnly")
                .with(mount.at("recursiveReadOnly").node());
        if (!recursive.isSet() || recursive.is("Disabled")) {
            return;
        }
        if (!RECURSIVE.contains(recursive.text())) {
            problems.notSupported(recursive, recursive.text(), RECURSIVE);
            return;
        }
        if (!mount.at("readOnly").isTrue()) {
            problems.forbidden(recursive, "may only be specified when readOnly is true");
        }
        if (propagation.isSet() && !propagation.is("None")) {
            problems.forbidden(recursive, "may only be specified when mountPropagation is None or not specified");
        }
    }

    private static void devices(At devices, At mounts, Map<String, At> volumes, Problems problems) {
        Set<String> names = new HashSet<>();
        Set<String> paths = new HashSet<>();
        for (At device : devices.items()) {
            At name = device.at("name");
            At path = device.at("devicePath");
            At volume = volumes.get(name.text());
            problems.requiredText(name);
            if (!name.isEmpty() && !names.add(name.text())) {
                problems.invalid(name, "must be unique");
            }
            if (volume == null) {
                problems.notFound(name, name.text());
            } else if (!volume.at("persistentVolumeClaim").isSet()
                    && !volume.at("ephemeral").isSet()) {
                problems.invalid(
                        name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            }
            problems.requiredText(path);
            if (!paths.add(path.text())) {
                problems.invalid(path, path.text(), "must be unique");
            }
            if (List.of(path.text().split("/", -1)).contains("..")) {
                problems.invalid(path, "can not contain backsteps ('..')");
            }
            if (has(mounts, "name", name.text())) {
                problems.invalid(name, "must not already exist in volumeMounts");
            }
            if (has(mounts, "mountPath", path.text())) {
                problems.invalid(path, "must not already exist as a path in volumeMounts");
            }
        }
    }
}
