package dev.navarch.cli;

import dev.navarch.api.values.GoDuration;
import dev.navarch.apiserver.RequestLimits;
import dev.navarch.cluster.Cidr;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.StoreConfig;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The settings of {@code up}: the command line's before the configuration file's before the defaults. */
final class UpOptions {
    @Mixin
    DataDirOption dataDir = new DataDirOption();

    @Option(names = "--port", paramLabel = "PORT", description = "Port of the API server; default 6443.")
    @Nullable
    Integer port;

    @Option(
            names = "--bind",
            paramLabel = "ADDR",
            description = "Address that the API server listens on; default 0.0.0.0, since pods must reach it.")
    @Nullable
    String bind;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "File that gets a context \"navarch\"; default $KUBECONFIG or ~/.kube/config.")
    @Nullable
    Path kubeconfig;

    @Option(
            names = "--runtime",
            paramLabel = "auto|containerd|simulated",
            description = "What runs the pods; auto takes containerd where it can.")
    ClusterConfig.@Nullable RuntimeKind runtime;

    @Option(names = "--nodes", paramLabel = "N", description = "So many simulated nodes beside this machine's own.")
    @Nullable
    Integer nodes;

    @Option(names = "--pod-cidr", paramLabel = "CIDR", description = "Addresses of pods; default 10.244.0.0/16.")
    @Nullable
    String podCidr;

    @Option(names = "--service-cidr", paramLabel = "CIDR", description = "Addresses of services; default 10.96.0.0/16.")
    @Nullable
    String serviceCidr;

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
            names = "--legacy-apis",
            description = "Also serve the workloads of apps/v1beta1, apps/v1beta2 and extensions/v1beta1, for older"
                    + " manifests.")
    boolean legacyApis;

    @Option(
            names = "--components",
            paramLabel = "all|control-plane|scheduler|apiserver",
            description =
                    "control-plane leaves out nodes, scheduler also controllers, apiserver the scheduler too; default"
                            + " all.")
    ClusterConfig.@Nullable Components components;

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

    @Option(names = "--no-install", description = "Don't install missing Debian packages.")
    boolean noInstall;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A YAML file with the same settings, such as \"port: 7443\" or \"podCidr: 10.10.0.0/16\".")
    @Nullable
    Path config;

    private static final Set<String> KEYS = Set.of(
            "dataDir",
            "port",
            "bind",
            "kubeconfig",
            "components",
            "runtime",
            "nodes",
            "podCidr",
            "serviceCidr",
            "runtimeConfig",
            "legacyApis",
            "maxRequestsInflight",
            "maxMutatingRequestsInflight",
            "requestTimeout",
            "noInstall",
            "relaxedDurability",
            "etcdServers",
            "etcdCaFile",
            "etcdCertFile",
            "etcdKeyFile",
            "etcdPrefix");

    /** What was chosen. */
    ClusterConfig resolve() throws IOException {
        var file = read(config);
        var given = dataDir.dataDir;
        var dir = given != null ? given : text(file, "dataDir").map(Path::of).orElse(null);
        var chosenKubeconfig = kubeconfig != null
                ? Optional.of(kubeconfig)
                : text(file, "kubeconfig").map(Path::of);
        var chosenRuntime = runtime != null
                ? runtime
                : text(file, "runtime")
                        .map(t -> constant(
                                ClusterConfig.RuntimeKind.class, "runtime", t, "auto, containerd or simulated"))
                        .orElse(ClusterConfig.RuntimeKind.AUTO);
        var chosenComponents = components != null
                ? components
                : text(file, "components")
                        .map(t -> constant(
                                ClusterConfig.Components.class,
                                "components",
                                t,
                                "all, control-plane, scheduler or apiserver"))
                        .orElse(ClusterConfig.Components.ALL);
        boolean install = !noInstall && !Boolean.TRUE.equals(file.get("noInstall"));
        return new ClusterConfig(
                DataDirOption.orDefault(dir),
                bind != null ? bind : text(file, "bind").orElse("0.0.0.0"),
                port != null ? port : number(file, "port", ClusterConfig.DEFAULT_PORT),
                chosenComponents,
                chosenRuntime,
                nodes != null ? nodes : number(file, "nodes", 0),
                cidr(podCidr, file, "podCidr", ClusterConfig.DEFAULT_POD_CIDR),
                cidr(serviceCidr, file, "serviceCidr", ClusterConfig.DEFAULT_SERVICE_CIDR),
                store(file),
                runtimeConfig != null
                        ? runtimeConfig
                        : text(file, "runtimeConfig").orElse(""),
                legacyApis || Boolean.TRUE.equals(file.get("legacyApis")),
                limits(file),
                timeout(file),
                chosenKubeconfig.or(UpOptions::defaultKubeconfig),
                install);
    }

    private RequestLimits limits(Map<?, ?> file) {
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

    private Duration timeout(Map<?, ?> file) {
        var text = requestTimeout != null
                ? requestTimeout
                : text(file, "requestTimeout").orElse("1m");
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("request-timeout", text, String.valueOf(e.getMessage()));
        }
    }

    private StoreConfig store(Map<?, ?> file) {
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

    private static Cidr cidr(@Nullable String given, Map<?, ?> file, String key, Cidr otherwise) {
        var text = given != null ? Optional.of(given) : text(file, key);
        return text.map(Cidr::parse).orElse(otherwise);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String key, String text, String choices) {
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

    private static Optional<String> text(Map<?, ?> file, String key) {
        return Optional.ofNullable(file.get(key)).map(Object::toString);
    }

    private static int number(Map<?, ?> file, String key, int otherwise) {
        var value = file.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer number) {
            return number;
        }
        throw new ConfigException(key, value, "must be a number");
    }

    private static Map<?, ?> read(@Nullable Path file) throws IOException {
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
        unknown.removeAll(KEYS);
        if (!unknown.isEmpty()) {
            throw new ConfigException("config", file, "has unknown settings " + unknown + "; known are " + KEYS);
        }
        return settings;
    }
}
