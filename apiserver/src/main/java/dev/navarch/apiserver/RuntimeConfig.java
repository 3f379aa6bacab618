package dev.navarch.apiserver;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Level;
import dev.navarch.api.ResourceType;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of the known APIs are served: the stable ones, and what is switched on or off by {@code --runtime-config}, in
 * this order: {@code api/all}, {@code api/ga}, {@code api/beta}, {@code api/alpha}, {@code <group>/<version>}, {@code
 * <group>/<version>/<resource>} (source: k8s.io/apiserver pkg/server/resourceconfig/helpers.go; pkg/server/options/api_enablement.go).
 *
 * @param settings {@code true} or {@code false} by what it is about
 * @param legacy whether the workloads of {@code apps/v1beta1}, {@code apps/v1beta2} and {@code extensions/v1beta1} are
 *     served too, which Kubernetes has removed in 1.16
 * @param offer from which APIs these are taken
 */
public record RuntimeConfig(Map<String, Boolean> settings, boolean legacy, Offer offer) {
    /** What is served when nothing is said. */
    public static final RuntimeConfig STANDARD = new RuntimeConfig(Map.of(), false, Offer.CLUSTER);

    /** From which APIs the served ones are taken. */
    public enum Offer {
        /** All of Kubernetes. */
        CLUSTER,
        /**
         * What every control plane needs, whatever it controls: nothing of pods, nodes, services and volumes (source:
         * kubernetes pkg/controlplane/apiserver/apis.go, GenericStorageProviders).
         */
        GENERIC;

        private static final Set<String> GENERIC_GROUPS = Set.of(
                "admissionregistration.k8s.io",
                "apiextensions.k8s.io",
                "apiregistration.k8s.io",
                "authentication.k8s.io",
                "authorization.k8s.io",
                "certificates.k8s.io",
                "coordination.k8s.io",
                "events.k8s.io",
                "flowcontrol.apiserver.k8s.io",
                "internal.apiserver.k8s.io",
                "rbac.authorization.k8s.io",
                "storagemigration.k8s.io");
        private static final Set<String> GENERIC_CORE =
                Set.of("configmaps", "events", "namespaces", "resourcequotas", "secrets", "serviceaccounts");

        private boolean has(ResourceType type) {
            return this == CLUSTER
                    || (type.group().isEmpty()
                            ? GENERIC_CORE.contains(type.plural())
                            : GENERIC_GROUPS.contains(type.group()));
        }
    }

    /** Settings about all versions of a form. */
    private enum Versions {
        ALL("api/all", "v.*"),
        GA("api/ga", "v\\d+"),
        BETA("api/beta", "v\\d+beta\\d+"),
        ALPHA("api/alpha", "v\\d+alpha\\d+");

        final String setting;
        final Pattern form;

        Versions(String setting, String form) {
            this.setting = setting;
            this.form = Pattern.compile(form);
        }
    }

    /** The core group is always served; these are taken, as upstream takes them, and do nothing. */
    private static final List<String> CORE = List.of("v1", "api/v1");

    /** @throws IllegalArgumentException if a setting names a group or version that is not known */
    public RuntimeConfig {
        settings = Map.copyOf(settings);
        requireNonNull(offer);
        for (var key : settings.keySet()) {
            check(key, legacy);
        }
    }

    /**
     * @param settings such as {@code api/beta=true,apps/v1=false}; one without a value is true
     * @throws IllegalArgumentException with upstream's words if that cannot be
     */
    public static RuntimeConfig parse(String settings, boolean legacy) {
        var parsed = new LinkedHashMap<String, Boolean>();
        for (var setting : settings.split(",")) {
            if (!setting.isBlank()) {
                int equals = setting.indexOf('=');
                var key = (equals < 0 ? setting : setting.substring(0, equals)).strip();
                parsed.put(
                        key,
                        truth(
                                key,
                                equals < 0 ? "" : setting.substring(equals + 1).strip()));
            }
        }
        return new RuntimeConfig(parsed, legacy, Offer.CLUSTER);
    }

    /** These settings, for other APIs. */
    public RuntimeConfig of(Offer other) {
        return new RuntimeConfig(settings, legacy, other);
    }

    private static boolean truth(String key, String value) {
        return switch (value) {
            case "", "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new IllegalArgumentException("invalid value " + key + "=" + value);
        };
    }

    private static void check(String key, boolean legacy) {
        if (CORE.contains(key) || Stream.of(Versions.values()).anyMatch(v -> v.setting.equals(key))) {
            return;
        }
        var parts = key.split("/", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException("runtime-config invalid key " + key);
        }
        if (parts.length == 3 && !parts[2].equals(parts[2].toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("invalid key " + key
                    + ": group/version/resource and resource is always lowercase plural, not \"" + parts[2] + "\"");
        }
        Set<String> groups = new HashSet<>();
        Set<String> versions = new HashSet<>();
        for (var known :
                Catalogue.builtIn(t -> legacy || t.level() != Level.REMOVED).groupVersions()) {
            groups.add(known.group());
            versions.add(known.apiVersion());
        }
        if (!groups.contains(parts[0])) {
            throw new IllegalArgumentException("unknown api groups " + parts[0]);
        }
        if (!versions.contains(parts[0] + "/" + parts[1])) {
            throw new IllegalArgumentException(
                    "group version " + parts[0] + "/" + parts[1] + " that has not been registered");
        }
    }

    /** The kinds that are served. */
    public Catalogue catalogue() {
        return settings.isEmpty() && !legacy && offer == Offer.CLUSTER
                ? Catalogue.builtIn()
                : Catalogue.builtIn(this::serves);
    }

    /** Whether a kind is served in some version. */
    public boolean serves(String group, String plural) {
        return catalogue().types().stream()
                .anyMatch(type -> type.group().equals(group) && type.plural().equals(plural));
    }

    private boolean serves(ResourceType type) {
        if (type.level() == Level.REMOVED && !legacy || !offer.has(type)) {
            return false;
        }
        boolean serves = type.level() == Level.STABLE || type.level() == Level.REMOVED;
        for (var versions : Versions.values()) {
            if (versions.form.matcher(type.version()).matches()) {
                serves = settings.getOrDefault(versions.setting, serves);
            }
        }
        var version = type.group() + "/" + type.version();
        serves = settings.getOrDefault(version, serves);
        return settings.getOrDefault(version + "/" + type.plural(), serves);
    }
}
