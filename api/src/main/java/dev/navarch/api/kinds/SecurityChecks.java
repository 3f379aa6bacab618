package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Container;
import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Security contexts of pods and containers.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validatePodSpecSecurityContext,
 * ValidateSecurityContext); component-helpers node/util/sysctl/namespace.go.
 */
final class SecurityChecks {
    private static final List<String> PROFILES = List.of("Localhost", "RuntimeDefault", "Unconfined");
    private static final Set<String> IPC_SYSCTLS = Set.of(
            "kernel/msgmax",
            "kernel/msgmnb",
            "kernel/msgmni",
            "kernel/sem",
            "kernel/shmall",
            "kernel/shmmax",
            "kernel/shmmni",
            "kernel/shm_rmid_forced");
    private static final int LONGEST_CREDENTIALS = 64 * 1024;
    private static final int LONGEST_PROFILE = 4095;

    private SecurityChecks() {}

    static void container(At context, boolean hostUsers, Problems problems) {
        if (!context.isSet()) {
            return;
        }
        id(context.at("runAsUser"), problems);
        id(context.at("runAsGroup"), problems);
        At mount = context.at("procMount");
        if (mount.isSet()) {
            if (!List.of("Default", "Unmasked").contains(mount.text())) {
                problems.notSupported(mount, mount.text(), List.of("Default", "Unmasked"));
            }
            if (hostUsers && mount.is("Unmasked")) {
                problems.invalid(mount, "`hostUsers` must be false to use `Unmasked`");
            }
        }
        seccomp(context.at("seccompProfile"), problems);
        At escalation = context.at("allowPrivilegeEscalation");
        if (escalation.isSet() && !escalation.isTrue()) {
            if (context.at("privileged").isTrue()) {
                problems.invalid(context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
            }
            for (At capability : context.at("capabilities", "add").items()) {
                if (capability.is("CAP_SYS_ADMIN")) {
                    problems.invalid(
                            context,
                            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
                }
            }
        }
        windows(context.at("windowsOptions"), problems);
        appArmor(context.at("appArmorProfile"), problems);
    }

    static void pod(At spec, Problems problems) {
        At context = spec.at("securityContext");
        if (context.isEmpty() && !spec.at("shareProcessNamespace").isTrue()) {
            return;
        }
        for (String field : List.of("fsGroup", "runAsUser", "runAsGroup")) {
            id(context.at(field), problems);
        }
        context.at("supplementalGroups").items().forEach(group -> id(group, problems));
        if (spec.at("shareProcessNamespace").isTrue() && spec.at("hostPID").isTrue()) {
            problems.invalid(
                    context.at("shareProcessNamespace"),
                    true,
                    "ShareProcessNamespace and HostPID cannot both be enabled");
        }
        sysctls(spec, context.at("sysctls"), problems);
        oneOf(context.at("fsGroupChangePolicy"), List.of("Always", "OnRootMismatch"), problems);
        seccomp(context.at("seccompProfile"), problems);
        windows(context.at("windowsOptions"), problems);
        appArmor(context.at("appArmorProfile"), problems);
        oneOf(context.at("supplementalGroupsPolicy"), List.of("Merge", "Strict"), problems);
        oneOf(context.at("seLinuxChangePolicy"), List.of("MountOption", "Recursive"), problems);
    }

    private static void oneOf(At at, List<String> supported, Problems problems) {
        if (at.isSet() && !supported.contains(at.text())) {
            problems.notSupported(at, at.text(), supported);
        }
    }

    /** A pod with users of its own shares no other namespaces with the host. */
    static void hostUsers(At spec, Problems problems) {
        hostProcesses(spec, problems);
        At users = spec.at("hostUsers");
        if (!users.isSet() || users.isTrue()) {
            return;
        }
        String why = "when `pod.Spec.HostUsers` is false";
        if (spec.at("hostNetwork").isTrue()) {
            problems.forbidden(spec.at("hostNetwork"), why);
        }
        if (spec.at("hostPID").isTrue()) {
            problems.forbidden(spec.at("HostPID"), why);
        }
        if (spec.at("hostIPC").isTrue()) {
            problems.forbidden(spec.at("HostIPC"), why);
        }
    }

    /** Either all containers are processes of a Windows host, or none is. */
    private static void hostProcesses(At spec, Problems problems) {
        At ofPod = spec.at("securityContext", "windowsOptions", "hostProcess");
        int all = 0;
        int onHost = 0;
        for (Container container : Containers.initFirst(spec)) {
            At own = container.at().at("securityContext", "windowsOptions", "hostProcess");
            all++;
            if (ofPod.isSet() && own.isSet() && ofPod.isTrue() != own.isTrue()) {
                problems.invalid(
                        own, "pod hostProcess value must be identical if both are specified, was " + ofPod.isTrue());
            }
            onHost += own.isSet() ? own.isTrue() ? 1 : 0 : ofPod.isTrue() ? 1 : 0;
        }
        if (onHost == 0) {
            return;
        }
        if (onHost != all) {
            problems.invalid(
                    spec,
                    "",
                    "If pod contains any hostProcess containers then all containers must be HostProcess containers");
        }
        if (!spec.at("hostNetwork").isTrue()) {
            problems.invalid(
                    spec.at("hostNetwork"),
                    false,
                    "hostNetwork must be true if pod contains any hostProcess containers");
        }
    }

    private static void sysctls(At spec, At sysctls, Problems problems) {
        Set<String> names = new HashSet<>();
        for (At sysctl : sysctls.items()) {
            At name = sysctl.at("name");
            if (name.isEmpty()) {
                problems.required(name, "");
            } else if (!isSysctl(name.text())) {
                problems.invalid(
                        name,
                        "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*"
                                + "[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
            } else if (!names.add(name.text())) {
                problems.duplicate(name, name.text());
            }
            String slashed = slashed(name.text());
            if (spec.at("hostNetwork").isTrue() && slashed.startsWith("net/")) {
                problems.invalid(name, "may not be specified when 'hostNetwork' is true");
            }
            if (spec.at("hostIPC").isTrue() && (IPC_SYSCTLS.contains(slashed) || slashed.startsWith("fs/mqueue/"))) {
                problems.invalid(name, "may not be specified when 'hostIPC' is true");
            }
        }
    }

    /** Names may have dots or slashes between their parts; whichever comes first says which. */
    private static String slashed(String name) {
        int dot = name.indexOf('.');
        int slash = name.indexOf('/');
        return dot >= 0 && (slash < 0 || dot < slash) ? name.replace('.', '/') : name;
    }

    private static boolean isSysctl(String name) {
        if (name.length() > 253) {
            return false;
        }
        for (String part : name.split("[./]", -1)) {
            if (!Names.dns1123Label(part.replace('_', '-')).isEmpty() || part.startsWith("_") || part.endsWith("_")) {
                return false;
            }
        }
        return true;
    }

    private static void id(At id, Problems problems) {
        if (id.isSet()) {
            Names.inRange(id.number(), 0, Integer.MAX_VALUE).forEach(complaint -> problems.invalid(id, complaint));
        }
    }

    private static void seccomp(At profile, Problems problems) {
        if (!profile.isSet()) {
            return;
        }
        At type = profile.at("type");
        At local = profile.at("localhostProfile");
        if (type.isEmpty()) {
            problems.required(type, "type is required when seccompProfile is set");
        } else if (!PROFILES.contains(type.text())) {
            problems.notSupported(type, PROFILES);
        }
        if (!type.is("Localhost")) {
            if (local.isSet()) {
                problems.invalid(local, profile.value(), "can only be set when seccomp type is Localhost");
            }
        } else if (!local.isSet()) {
            problems.required(local, "must be set when seccomp type is Localhost");
        } else {
            PathChecks.localDescending(local, problems);
        }
    }

    private static void appArmor(At profile, Problems problems) {
        if (!profile.isSet()) {
            return;
        }
        At type = profile.at("type");
        At local = profile.at("localhostProfile");
        switch (type.text()) {
            case "Localhost" -> {
                if (local.isEmpty()) {
                    problems.required(local, "must be set when AppArmor type is Localhost");
                } else if (!local.text().equals(local.text().strip())) {
                    problems.invalid(local, "must not be padded with whitespace");
                }
                problems.notLonger(local, LONGEST_PROFILE);
            }
            case "RuntimeDefault", "Unconfined" -> {
                if (local.isSet()) {
                    problems.invalid(local, "can only be set when AppArmor type is Localhost");
                }
            }
            case "" -> problems.required(type, "type is required when appArmorProfile is set");
            default -> problems.notSupported(type, PROFILES);
        }
    }

    private static void windows(At options, Problems problems) {
        if (!options.isSet()) {
            return;
        }
        At name = options.at("gmsaCredentialSpecName");
        if (name.isSet()) {
            problems.grammar(name, Names::dns1123Subdomain);
        }
        At credentials = options.at("gmsaCredentialSpec");
        if (credentials.isSet()) {
            int length = Names.utf8Length(credentials.text());
            if (length == 0) {
                problems.invalid(credentials, "gmsaCredentialSpec cannot be an empty string");
            } else if (length > LONGEST_CREDENTIALS) {
                problems.invalid(credentials, "gmsaCredentialSpec size must be under 64 KiB");
            }
        }
        if (options.at("runAsUserName").isSet()) {
            user(options.at("runAsUserName"), problems);
        }
    }

    /** A user of Windows, which may be of a domain. */
    private static void user(At at, Problems problems) {
        String[] parts = at.text().split("\\\\", -1);
        if (at.isEmpty()) {
            problems.invalid(at, "runAsUserName cannot be an empty string");
            return;
        }
        if (at.text().chars().anyMatch(Character::isISOControl)) {
            problems.invalid(at, "runAsUserName cannot contain control characters");
            return;
        }
        if (parts.length > 2) {
            problems.invalid(at, "runAsUserName cannot contain more than one backslash");
            return;
        }
        String domain = parts.length == 2 ? parts[0] : "";
        String user = parts[parts.length - 1];
        if (domain.length() >= 256) {
            problems.invalid(at, "runAsUserName's Domain length must be under 256 characters");
        }
        String label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
        boolean named = parts.length < 2
                || domain.matches("[^\\\\/:*?\"<>|.][^\\\\/:*?\"<>|]{0,14}")
                || domain.matches(label + "(?:\\." + label + ")*");
        if (!named) {
            problems.invalid(at, "runAsUserName's Domain doesn't match the NetBios nor the DNS format");
        }
        if (user.isEmpty()) {
            problems.invalid(at, "runAsUserName's User cannot be empty");
        } else if (user.length() > 104) {
            problems.invalid(at, "runAsUserName's User length must not be longer than 104 characters");
        }
        if (user.matches("[. ]+")) {
            problems.invalid(at, "runAsUserName's User cannot contain only periods or spaces");
        }
        if (user.chars().anyMatch(c -> "\"/\\:;|=,+*?<>@[]".indexOf(c) >= 0)) {
            problems.invalid(at, "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
        }
    }
}
