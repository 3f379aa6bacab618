package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;

/**
 * Security contexts of pods and containers.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validatePodSpecSecurityContext,
 * ValidateSecurityContext).
 */
final class SecurityChecks {
    private static final long MAX_ID = 0xffff_ffffL;

    private SecurityChecks() {}

    static void container(At context, Problems problems) {
        if (!context.isSet()) {
            return;
        }
        id(context.at("runAsUser"), problems);
        id(context.at("runAsGroup"), problems);
        problems.oneOfIfSet(context.at("procMount"), List.of("Default", "Unmasked"));
        profile(context.at("seccompProfile"), problems);
        profile(context.at("appArmorProfile"), problems);
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
    }

    static void pod(At spec, Problems problems) {
        At context = spec.at("securityContext");
        for (String field : List.of("runAsUser", "runAsGroup", "fsGroup")) {
            id(context.at(field), problems);
        }
        context.at("supplementalGroups").items().forEach(group -> id(group, problems));
        if (spec.at("shareProcessNamespace").isTrue() && spec.at("hostPID").isTrue()) {
            problems.invalid(
                    context.at("shareProcessNamespace"),
                    true,
                    "ShareProcessNamespace and HostPID cannot both be enabled");
        }
        problems.oneOfIfSet(context.at("fsGroupChangePolicy"), List.of("Always", "OnRootMismatch"));
        problems.oneOfIfSet(context.at("supplementalGroupsPolicy"), List.of("Merge", "Strict"));
        for (At sysctl : context.at("sysctls").items()) {
            if (sysctl.at("name").isEmpty()) {
                problems.required(sysctl.at("name"), "");
            } else if (!isSysctl(sysctl.at("name").text())) {
                problems.invalid(
                        sysctl.at("name"),
                        "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*"
                                + "[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
            }
        }
        profile(context.at("seccompProfile"), problems);
        profile(context.at("appArmorProfile"), problems);
    }

    private static boolean isSysctl(String name) {
        if (name.length() > 253) {
            return false;
        }
        for (String part : name.split("[./]", -1)) {
            if (!Names.dns1123Label(part.replace('_', '-')).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static void id(At id, Problems problems) {
        if (id.isSet() && (id.number() < 0 || id.number() > MAX_ID)) {
            problems.invalid(id, "must be between 0 and " + MAX_ID + ", inclusive");
        }
    }

    private static void profile(At profile, Problems problems) {
        if (!profile.isSet()) {
            return;
        }
        At type = profile.at("type");
        At local = profile.at("localhostProfile");
        problems.oneOf(type, List.of("Localhost", "RuntimeDefault", "Unconfined"));
        if (type.is("Localhost")) {
            if (local.isEmpty()) {
                problems.required(local, "must be set when seccomp type is Localhost");
            } else {
                PathChecks.localDescending(local, problems);
            }
        } else if (local.isSet()) {
            problems.invalid(local, "can only be set when seccomp type is Localhost");
        }
    }
}
