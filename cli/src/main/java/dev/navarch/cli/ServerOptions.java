package dev.navarch.cli;

import dev.navarch.api.values.GoDuration;
import dev.navarch.apiserver.AdmissionSettings;
import dev.navarch.apiserver.RequestLimits;
import dev.navarch.apiserver.admission.PluginSelection;
import dev.navarch.cluster.AdmissionConfigFile;
import dev.navarch.cluster.Cidr;
import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.StoreConfig;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine.Option;

/** What all commands that start a server can be told; by the command line, or by a file where that is silent. */
abstract class ServerOptions {
    @Option(names = "--port", paramLabel = "PORT", description = "Port of the API server; default 6443.")
    @Nullable
    Integer port;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "File that gets a context \"navarch\" (\"navarch-api\" of an API server alone); default $KUBECONFIG or ~/.kube/config.")
    @Nullable
    Path kubeconfig;

    @Option(
            names = "--relaxed-durability",
            paramLabel = "RESOURCE",
            split = ",",
            description = "Doesn't wait until writes of these are on disk, such as events,leases.coordination.k8s.io: a"
                    + " loss of power may take the last ones.")
    @Nullable
    List<String> relaxedDurability;

    @Option(
            names = "--etcd-servers",
            paramLabel = "URL",
            split = ",",
            description = "Keeps the state in this etcd, such as http://127.0.0.1:2379, instead of the data directory.")
    @Nullable
    List<String> etcdServers;

    @Option(names = "--etcd-cafile", paramLabel = "FILE", description = "Authorities of etcd's certificates, PEM.")
    @Nullable
    Path etcdCaFile;

    @Option(names = "--etcd-certfile", paramLabel = "FILE", description = "The certificate to show etcd, PEM.")
    @Nullable
    Path etcdCertFile;

    @Option(names = "--etcd-keyfile", paramLabel = "FILE", description = "The key of that certificate, PEM.")
    @Nullable
    Path etcdKeyFile;

    @Option(
            names = "--etcd-prefix",
            paramLabel = "PATH",
            description = "Prefix of all keys in etcd; default /registry.")
    @Nullable
    String etcdPrefix;

    @Option(
            names = "--runtime-config",
            paramLabel = "API=BOOL,...",
            description = "APIs to switch on or off, such as api/beta=true or resource.k8s.io/v1beta1=true;"
                    + " default is the stable ones.")
    @Nullable
    String runtimeConfig;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A YAML file with the same settings, such as \"port: 7443\" or \"podCidr: 10.10.0.0/16\".")
    @Nullable
    Path config;

    @Option(
            names = "--max-requests-inflight",
            paramLabel = "N",
            description = "So many gets and lists are served at a time, 0 for any number; default 400.")
    @Nullable
    Integer maxRequestsInflight;

    @Option(
            names = "--max-mutating-requests-inflight",
            paramLabel = "N",
            description = "So many other requests are served at a time, 0 for any number; default 200.")
    @Nullable
    Integer maxMutatingRequestsInflight;

    @Option(
            names = "--request-timeout",
            paramLabel = "DURATION",
            description = "How long a request may take that is no watch or other stream, such as 1m30s; default 1m.")
    @Nullable
    String requestTimeout;

    @Option(
            names = "--event-ttl",
            paramLabel = "DURATION",
            description = "How long events are kept, such as 30m; default 1h.")
    @Nullable
    String eventTtl;

    @Option(
            names = "--admission-control-config-file",
            paramLabel = "FILE",
            description =
                    "An AdmissionConfiguration of apiserver.config.k8s.io/v1: kubeconfig files whose users webhooks"
                            + " are called as, and what PodSecurity asks by default.")
    @Nullable
    Path admissionControlConfigFile;

    @Option(
            names = "--enable-admission-plugins",
            paramLabel = "PLUGIN",
            split = ",",
            description = "Plugins of admission that take part beside the usual ones, such as AlwaysPullImages.")
    @Nullable
    Set<String> enableAdmissionPlugins;

    @Option(
            names = "--disable-admission-plugins",
            paramLabel = "PLUGIN",
            split = ",",
            description = "Plugins of admission that take no part, such as DenyServiceExternalIPs.")
    @Nullable
    Set<String> disableAdmissionPlugins;

    static final Set<String> SHARED_KEYS = Set.of(
            "dataDir",
            "port",
            "bind",
            "kubeconfig",
            "runtimeConfig",
            "relaxedDurability",
            "etcdServers",
            "etcdCaFile",
            "etcdCertFile",
            "etcdKeyFile",
            "etcdPrefix",
            "maxRequestsInflight",
            "maxMutatingRequestsInflight",
            "requestTimeout",
            "eventTtl",
            "admissionControlConfigFile",
            "enableAdmissionPlugins",
            "disableAdmissionPlugins");

    /** The settings that a file may have. */
    abstract Set<String> keys();

    final Optional<Path> kubeconfig(Map<?, ?> file) {
        var chosen = kubeconfig != null
                ? Optional.of(kubeconfig)
                : text(file, "kubeconfig").map(Path::of);
        return chosen.or(ServerOptions::defaultKubeconfig);
    }

    final String runtimeConfig(Map<?, ?> file) {
        return runtimeConfig != null
                ? runtimeConfig
                : text(file, "runtimeConfig").orElse("");
    }

    final RequestLimits limits(Map<?, ?> file) {
        var usual = RequestLimits.STANDARD;
        int reading = maxRequestsInflight != null
                ? maxRequestsInflight
                : number(file, "maxRequestsInflight", usual.reading());
        int mutating = maxMutatingRequestsInflight != null
                ? maxMutatingRequestsInflight
                : number(file, "maxMutatingRequestsInflight", usual.mutating());
        try {
            return new RequestLimits(reading, mutating);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "max-requests-inflight", reading + " and " + mutating, String.valueOf(e.getMessage()));
        }
    }

    final Duration timeout(Map<?, ?> file) {
        return duration("request-timeout", requestTimeout, file, "requestTimeout", "1m");
    }

    final Duration eventTtl(Map<?, ?> file) {
        return duration("event-ttl", eventTtl, file, "eventTtl", "1h");
    }

    /** The clock tells only how old a token is: it has no timers that would have to end. */
    final AdmissionSettings admission(Map<?, ?> file) {
        return path(admissionControlConfigFile, file, "admissionControlConfigFile")
                .map(given -> AdmissionConfigFile.read(given, new SystemTime()))
                .orElse(AdmissionSettings.STANDARD)
                .withPlugins(plugins(file));
    }

    private PluginSelection plugins(Map<?, ?> file) {
        var enabled = names(enableAdmissionPlugins, file, "enableAdmissionPlugins");
        var disabled = names(disableAdmissionPlugins, file, "disableAdmissionPlugins");
        try {
            return new PluginSelection(enabled, disabled);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "enable-admission-plugins and disable-admission-plugins",
                    enabled + " and " + disabled,
                    String.valueOf(e.getMessage()));
        }
    }

    private static Set<String> names(@Nullable Set<String> given, Map<?, ?> file, String key) {
        return given != null ? given : Set.copyOf(texts(file, key));
    }

    private static Duration duration(
            String option, @Nullable String given, Map<?, ?> file, String key, String otherwise) {
        var text = given != null ? given : text(file, key).orElse(otherwise);
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(option, text, String.valueOf(e.getMessage()));
        }
    }

    final StoreConfig store(Map<?, ?> file) {
        var servers = etcdServers != null ? etcdServers : texts(file, "etcdServers");
        var relaxed = relaxedDurability != null ? relaxedDurability : texts(file, "relaxedDurability");
        if (servers.isEmpty()) {
            return new StoreConfig.Embedded(Set.copyOf(relaxed));
        }
        if (!relaxed.isEmpty()) {
            throw new ConfigException("relaxed-durability", relaxed, "is for the embedded store, not for etcd");
        }
        return new StoreConfig.Etcd(
                servers,
                path(etcdCaFile, file, "etcdCaFile"),
                path(etcdCertFile, file, "etcdCertFile"),
                path(etcdKeyFile, file, "etcdKeyFile"),
                etcdPrefix != null ? etcdPrefix : text(file, "etcdPrefix").orElse(StoreConfig.Etcd.DEFAULT_PREFIX));
    }

    private static Optional<Path> path(@Nullable Path given, Map<?, ?> file, String key) {
        return given != null ? Optional.of(given) : text(file, key).map(Path::of);
    }

    /** A list, or a text with commas. */
    private static List<String> texts(Map<?, ?> file, String key) {
        return switch (file.get(key)) {
            case null -> List.of();
            case List<?> list -> list.stream().map(Object::toString).toList();
            case Object text -> List.of(text.toString().split(","));
        };
    }

    static Cidr cidr(@Nullable String given, Map<?, ?> file, String key, Cidr otherwise) {
        var text = given != null ? Optional.of(given) : text(file, key);
        return text.map(Cidr::parse).orElse(otherwise);
    }

    static <E extends Enum<E>> E constant(Class<E> type, String key, String text, String choices) {
        try {
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException _) {
            throw new ConfigException(key, text, "must be " + choices);
        }
    }

    private static Optional<Path> defaultKubeconfig() {
        var named = System.getenv("KUBECONFIG");
        if (named != null && !named.isBlank()) {
            return Optional.of(Path.of(named.split(":")[0]));
        }
        return Optional.of(DataDirOption.home().resolve(".kube").resolve("config"));
    }

    static Optional<String> text(Map<?, ?> file, String key) {
        return Optional.ofNullable(file.get(key)).map(Object::toString);
    }

    static int number(Map<?, ?> file, String key, int otherwise) {
        var value = file.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer number) {
            return number;
        }
        throw new ConfigException(key, value, "must be a number");
    }

    final Map<?, ?> read() throws IOException {
        var file = config;
        if (file == null) {
            return Map.of();
        }
        Object document;
        try {
            document = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        } catch (YamlEngineException e) {
            throw new ConfigException("config", file, "is not YAML: " + e.getMessage());
        }
        if (document == null) {
            return Map.of();
        }
        if (!(document instanceof Map<?, ?> settings)) {
            throw new ConfigException("config", file, "must be a map of settings");
        }
        var unknown = new HashSet<Object>(settings.keySet());
        unknown.removeAll(keys());
        if (!unknown.isEmpty()) {
            throw new ConfigException("config", file, "has unknown settings " + unknown + "; known are " + keys());
        }
        return settings;
    }
}
