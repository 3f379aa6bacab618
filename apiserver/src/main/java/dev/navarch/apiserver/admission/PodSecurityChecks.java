package dev.navarch.apiserver.admission;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Pod Security Standards: what a pod, or a template of one, must not have (source:
 * k8s.io/pod-security-admission policy/check_*.go; their order: policy/registry.go). All of its fixtures
 * (test/testdata) up to 1.36 are judged alike.
 */
final class PodSecurityChecks {
    private static final String CONTEXT = "securityContext";
    private static final String ANY_PROFILE = "container.apparmor.security.beta.kubernetes.io/";
    private static final String SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
    private static final String SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
    private static final Set<String> PROFILES = Set.of("RuntimeDefault", "Localhost");
    private static final Set<String> DEFAULT_CAPABILITIES = Set.of(
            "AUDIT_WRITE",
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "MKNOD",
            "NET_BIND_SERVICE",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT");
    private static final Set<String> VOLUMES = Set.of(
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "image",
            "persistentVolumeClaim",
            "projected",
            "secret");

    private final ObjectNode pod;
    private final JsonNode spec;
    private final int minor;
    private final List<ObjectNode> containers = new ArrayList<>();
    private final List<Violation> found = new ArrayList<>();

    /** What a pod has that it must not: what it is called, and where it is. */
    record Violation(String reason, String detail) {}

    private PodSecurityChecks(ObjectNode pod, int minor) {
        this.pod = pod;
        this.spec = pod.path("spec");
        this.minor = minor;
        for (var list : List.of("initContainers", "containers", "ephemeralContainers")) {
            containers.addAll(Tree.objects(spec, list));
        }
    }

    static List<Violation> of(ObjectNode pod, PodSecurityPolicy.Standard standard) {
        var checks = new PodSecurityChecks(pod, standard.minor());
        switch (standard.level()) {
            case PRIVILEGED -> {}
            case BASELINE -> checks.baseline(false);
            case RESTRICTED -> {
                checks.baseline(true);
                checks.restricted();
            }
        }
        return checks.found;
    }

    /** @param restricted leaves out what a restricted check sees to */
    private void baseline(boolean restricted) {
        appArmor();
        if (!restricted || minor < 22) {
            capabilities();
        }
        hostNamespaces();
        if (!restricted) {
            hostPaths();
        }
        hostPorts();
        if (minor >= 34) {
            hosts();
        }
        forContainers(
                "privileged",
                c -> Tree.flag(c, false, CONTEXT, "privileged"),
                "must not set securityContext.privileged=true");
        if (minor < 35 || !restricted && !ownUsers()) {
            procMount();
        }
        seLinux();
        if (minor < 19) {
            seccompAnnotations();
        } else if (!restricted) {
            seccomp(false);
        }
        sysctls();
        setters(o -> Tree.flag(o, false, CONTEXT, "windowsOptions", "hostProcess"))
                .ifPresent(who ->
                        add("hostProcess", who + " must not set securityContext.windowsOptions.hostProcess=true"));
    }

    private void restricted() {
        boolean windows = minor >= 25 && text(spec, "os", "name").equals("windows");
        if (minor >= 8 && !windows) {
            forContainers(
                    "allowPrivilegeEscalation != false",
                    c -> Tree.flag(c, true, CONTEXT, "allowPrivilegeEscalation"),
                    "must set securityContext.allowPrivilegeEscalation=false");
        }
        if (minor >= 22 && !windows) {
            unrestrictedCapabilities();
        }
        if (minor >= 35) {
            procMount();
        }
        volumes();
        if (!(minor >= 35 && ownUsers())) {
            nonRoot();
            if (minor >= 23) {
                setters(o -> Tree.number(o, -1, CONTEXT, "runAsUser") == 0)
                        .ifPresent(who -> add("runAsUser=0", who + " must not set runAsUser=0"));
            }
        }
        if (minor >= 19 && !windows) {
            seccomp(true);
        }
    }

    private void add(String reason, String detail) {
        found.add(new Violation(reason, detail));
    }

    private static String text(JsonNode from, String... path) {
        return Tree.text(from, path);
    }

    /** With user namespaces of its own, root is nobody outside. */
    private boolean ownUsers() {
        return !Tree.flag(spec, true, "hostUsers");
    }

    private static String quoted(Collection<String> texts) {
        return texts.stream().map(GoText::quote).collect(Collectors.joining(", "));
    }

    private static String plural(String one, int count) {
        return count == 1 ? one : one + "s";
    }

    private static String named(List<String> containers) {
        return plural("container", containers.size()) + " " + quoted(containers);
    }

    private List<String> names(Predicate<ObjectNode> which) {
        return containers.stream().filter(which).map(c -> text(c, "name")).toList();
    }

    private void forContainers(String reason, Predicate<ObjectNode> bad, String must) {
        var names = names(bad);
        if (!names.isEmpty()) {
            add(reason, named(names) + " " + must);
        }
    }

    /** The pod and the containers that set something bad; empty if none does. */
    private Optional<String> setters(Predicate<JsonNode> bad) {
        List<String> who = new ArrayList<>();
        if (bad.test(spec)) {
            who.add("pod");
        }
        var names = names(bad::test);
        if (!names.isEmpty()) {
            who.add(named(names));
        }
        return who.isEmpty() ? Optional.empty() : Optional.of(String.join(" and ", who));
    }

    /** Who sets which values that may not be. */
    private record Bad(String who, Set<String> set) {
        String values() {
            return quoted(set);
        }
    }

    private Optional<Bad> values(Function<JsonNode, String> value, Predicate<String> good) {
        Set<String> bad = new TreeSet<>();
        return setters(o -> {
                    var set = value.apply(o);
                    boolean wrong = !set.isEmpty() && !good.test(set);
                    if (wrong) {
                        bad.add(set);
                    }
                    return wrong;
                })
                .map(who -> new Bad(who, bad));
    }

    private void procMount() {
        values(c -> text(c, CONTEXT, "procMount"), v -> v.equals("Default"))
                .ifPresent(bad ->
                        add("procMount", bad.who + " must not set securityContext.procMount to " + bad.values()));
    }

    private void appArmor() {
        List<String> annotations = new ArrayList<>();
        Meta.annotations(pod).forEach((key, value) -> {
            if (key.startsWith(ANY_PROFILE)
                    && !(value.isEmpty() || value.equals("runtime/default") || value.startsWith("localhost/"))) {
                annotations.add(key + "=" + GoText.quote(value));
            }
        });
        annotations.sort(null);
        var bad = values(o -> text(o, CONTEXT, "appArmorProfile", "type"), PROFILES::contains);
        List<String> who = new ArrayList<>();
        List<String> profiles = new ArrayList<>();
        bad.ifPresent(b -> {
            who.add(b.who);
            profiles.addAll(b.set);
        });
        if (!annotations.isEmpty()) {
            who.add(plural("annotation", annotations.size()));
            profiles.addAll(annotations);
        }
        if (!who.isEmpty()) {
            add(
                    plural("forbidden AppArmor profile", profiles.size()),
                    String.join(" and ", who) + " must not set AppArmor profile type to " + quoted(profiles));
        }
    }

    private void capabilities() {
        Set<String> bad = new TreeSet<>();
        var names = names(c -> addsBeyond(c, DEFAULT_CAPABILITIES, bad));
        if (!names.isEmpty()) {
            add(
                    "non-default capabilities",
                    named(names) + " must not include " + quoted(bad) + " in securityContext.capabilities.add");
        }
    }

    private static boolean addsBeyond(ObjectNode container, Set<String> allowed, Set<String> bad) {
        var beyond = new ArrayList<>(Tree.strings(container, CONTEXT, "capabilities", "add"));
        beyond.removeAll(allowed);
        bad.addAll(beyond);
        return !beyond.isEmpty();
    }

    private void hostNamespaces() {
        List<String> set = new ArrayList<>();
        for (var field : List.of("hostNetwork", "hostPID", "hostIPC")) {
            if (Tree.flag(spec, false, field)) {
                set.add(field + "=true");
            }
        }
        if (!set.isEmpty()) {
            add("host namespaces", String.join(", ", set));
        }
    }

    private void hostPaths() {
        var names = Tree.objects(spec, "volumes").stream()
                .filter(v -> Tree.has(v, "hostPath"))
                .map(v -> text(v, "name"))
                .toList();
        if (!names.isEmpty()) {
            add("hostPath volumes", plural("volume", names.size()) + " " + quoted(names));
        }
    }

    private void hostPorts() {
        Set<String> ports = new TreeSet<>();
        var names = names(c -> {
            var mine = Tree.objects(c, "ports").stream()
                    .map(p -> Tree.number(p, 0, "hostPort"))
                    .filter(p -> p != 0)
                    .map(p -> Long.toString(p))
                    .toList();
            ports.addAll(mine);
            return !mine.isEmpty();
        });
        if (!names.isEmpty()) {
            add(
                    "hostPort",
                    named(names) + (names.size() == 1 ? " uses " : " use ") + plural("hostPort", ports.size()) + " "
                            + String.join(", ", ports));
        }
    }

    private void hosts() {
        Set<String> hosts = new TreeSet<>();
        var names = new TreeSet<>(names(c -> {
            List<JsonNode> handlers = new ArrayList<>();
            for (var probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
                handlers.add(c.path(probe));
            }
            handlers.add(Tree.at(c, "lifecycle", "postStart"));
            handlers.add(Tree.at(c, "lifecycle", "preStop"));
            List<String> mine = new ArrayList<>();
            for (var handler : handlers) {
                mine.add(text(handler, "httpGet", "host"));
                mine.add(text(handler, "tcpSocket", "host"));
            }
            mine.removeIf(String::isEmpty);
            hosts.addAll(mine);
            return !mine.isEmpty();
        }));
        if (!names.isEmpty()) {
            add(
                    "probe or lifecycle host",
                    named(List.copyOf(names))
                            + (names.size() == 1 ? " uses " : " use ")
                            + plural("probe or lifecycle host", hosts.size()) + " " + quoted(hosts));
        }
    }

    private void seLinux() {
        Set<String> allowed = new TreeSet<>(Set.of("", "container_t", "container_init_t", "container_kvm_t"));
        if (minor >= 31) {
            allowed.add("container_engine_t");
        }
        Set<String> types = new TreeSet<>();
        Set<String> fields = new TreeSet<>();
        setters(o -> {
                    var options = Tree.at(o, CONTEXT, "seLinuxOptions");
                    boolean bad = !allowed.contains(text(options, "type"));
                    if (bad) {
                        types.add(text(options, "type"));
                    }
                    for (var field : List.of("user", "role")) {
                        if (!text(options, field).isEmpty()) {
                            fields.add(field);
                            bad = true;
                        }
                    }
                    return bad;
                })
                .ifPresent(who -> {
                    List<String> data = new ArrayList<>();
                    if (!types.isEmpty()) {
                        data.add(plural("type", types.size()) + " " + quoted(types));
                    }
                    for (var field : List.of("user", "role")) {
                        if (fields.contains(field)) {
                            data.add(field + " may not be set");
                        }
                    }
                    add(
                            "seLinuxOptions",
                            who + " set forbidden securityContext.seLinuxOptions: " + String.join("; ", data));
                });
    }

    private void seccompAnnotations() {
        Set<String> bad = new TreeSet<>();
        List<String> keys = new ArrayList<>(List.of(SECCOMP_POD));
        containers.forEach(c -> keys.add(SECCOMP_CONTAINER + text(c, "name")));
        for (var key : keys) {
            var value = Meta.annotations(pod).get(key);
            if (value != null
                    && !Set.of("runtime/default", "docker/default").contains(value)
                    && !value.startsWith("localhost/")) {
                bad.add(key + "=" + GoText.quote(value));
            }
        }
        if (!bad.isEmpty()) {
            add("seccompProfile", "forbidden " + plural("annotation", bad.size()) + " " + String.join(", ", bad));
        }
    }

    private void seccomp(boolean required) {
        var bad = values(o -> text(o, CONTEXT, "seccompProfile", "type"), PROFILES::contains);
        if (bad.isPresent()) {
            add(
                    "seccompProfile",
                    bad.get().who + " must not set securityContext.seccompProfile.type to "
                            + bad.get().values());
        } else if (required && !Tree.has(spec, CONTEXT, "seccompProfile")) {
            var unset = names(c -> !Tree.has(c, CONTEXT, "seccompProfile"));
            if (!unset.isEmpty()) {
                add(
                        "seccompProfile",
                        "pod or " + named(unset)
                                + " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or"
                                + " \"Localhost\"");
            }
        }
    }

    private void sysctls() {
        Set<String> allowed = new TreeSet<>(Set.of(
                "kernel.shm_rmid_forced",
                "net.ipv4.ip_local_port_range",
                "net.ipv4.tcp_syncookies",
                "net.ipv4.ping_group_range",
                "net.ipv4.ip_unprivileged_port_start"));
        if (minor >= 27) {
            allowed.add("net.ipv4.ip_local_reserved_ports");
        }
        if (minor >= 29) {
            allowed.addAll(Set.of(
                    "net.ipv4.tcp_keepalive_time",
                    "net.ipv4.tcp_fin_timeout",
                    "net.ipv4.tcp_keepalive_intvl",
                    "net.ipv4.tcp_keepalive_probes"));
        }
        if (minor >= 32) {
            allowed.addAll(Set.of("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"));
        }
        var bad = Tree.objects(spec, CONTEXT, "sysctls").stream()
                .map(s -> text(s, "name"))
                .filter(n -> !allowed.contains(n))
                .toList();
        if (!bad.isEmpty()) {
            add("forbidden sysctls", String.join(", ", bad));
        }
    }

    private void unrestrictedCapabilities() {
        Set<String> bad = new TreeSet<>();
        var keeping =
                names(c -> !Tree.strings(c, CONTEXT, "capabilities", "drop").contains("ALL"));
        var adding = names(c -> addsBeyond(c, Set.of("NET_BIND_SERVICE"), bad));
        List<String> details = new ArrayList<>();
        if (!keeping.isEmpty()) {
            details.add(named(keeping) + " must set securityContext.capabilities.drop=[\"ALL\"]");
        }
        if (!adding.isEmpty()) {
            details.add(named(adding) + " must not include " + quoted(bad) + " in securityContext.capabilities.add");
        }
        if (!details.isEmpty()) {
            add("unrestricted capabilities", String.join("; ", details));
        }
    }

    private void volumes() {
        List<String> names = new ArrayList<>();
        Set<String> types = new TreeSet<>();
        for (var volume : Tree.objects(spec, "volumes")) {
            if (VOLUMES.stream().noneMatch(type -> Tree.has(volume, type))) {
                names.add(text(volume, "name"));
                types.add(volume.propertyNames().stream()
                        .filter(p -> !p.equals("name"))
                        .findFirst()
                        .orElse("unknown"));
            }
        }
        if (!names.isEmpty()) {
            add(
                    "restricted volume types",
                    plural("volume", names.size()) + " " + quoted(names) + (names.size() == 1 ? " uses " : " use ")
                            + plural("restricted volume type", types.size()) + " " + quoted(types));
        }
    }

    private void nonRoot() {
        var field = "runAsNonRoot";
        var bad = setters(o -> !Tree.flag(o, true, CONTEXT, field));
        if (bad.isPresent()) {
            add("runAsNonRoot != true", bad.get() + " must not set securityContext.runAsNonRoot=false");
        } else if (!Tree.flag(spec, false, CONTEXT, field)) {
            var unset = names(c -> !Tree.has(c, CONTEXT, field));
            if (!unset.isEmpty()) {
                add("runAsNonRoot != true", "pod or " + named(unset) + " must set securityContext.runAsNonRoot=true");
            }
        }
    }
}
