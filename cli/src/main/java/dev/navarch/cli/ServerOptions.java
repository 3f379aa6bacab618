package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.cluster.Cidr;
import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
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

    @Mixin
    RequestOptions requests = new RequestOptions();

    @Mixin
    KeyOptions keys = new KeyOptions();

    @Mixin
    ServiceAccountOptions serviceAccounts = new ServiceAccountOptions();

    @Mixin
    AuthenticationOptions authentication = new AuthenticationOptions(serviceAccounts);

    @Mixin
    AuthorizationOptions authorization = new AuthorizationOptions();

    @Mixin
    TlsOptions tls = new TlsOptions();

    @Mixin
    AdmissionOptions admission = new AdmissionOptions();

    @Mixin
    AuditOptions audit = new AuditOptions();

    @Mixin
    EncryptionOptions encryption = new EncryptionOptions();

    private static final Set<String> SHARED_KEYS = Set.of(
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
            "etcdPrefix");

    /** What the API server is told beside what all of the cluster is. */
    private List<ServerTopic> topics() {
        return List.of(requests, tls, serviceAccounts, authentication, authorization, admission, audit);
    }

    /** The settings that a file may have. */
    Set<String> keys() {
        var keys = new HashSet<>(SHARED_KEYS);
        keys.addAll(EncryptionOptions.KEYS);
        keys.addAll(KeyOptions.KEYS);
        topics().forEach(topic -> keys.addAll(topic.keys()));
        return keys;
    }

    final SettingsFile read() throws IOException {
        return config == null ? SettingsFile.NONE : SettingsFile.read(config, keys());
    }

    final Consumer<ApiServerConfig.Builder> server(SettingsFile file) {
        var chosen = topics().stream().map(topic -> topic.chosen(file)).toList();
        return server -> chosen.forEach(topic -> topic.accept(server));
    }

    final Optional<Path> kubeconfig(SettingsFile file) {
        return file.path(kubeconfig, "kubeconfig").or(ServerOptions::defaultKubeconfig);
    }

    final String runtimeConfig(SettingsFile file) {
        return file.text(runtimeConfig, "runtimeConfig").orElse("");
    }

    final StoreConfig store(SettingsFile file) {
        var servers = file.texts(etcdServers, "etcdServers");
        var relaxed = file.texts(relaxedDurability, "relaxedDurability");
        if (servers.isEmpty()) {
            return new StoreConfig.Embedded(Set.copyOf(relaxed));
        }
        if (!relaxed.isEmpty()) {
            throw new ConfigException("relaxed-durability", relaxed, "is for the embedded store, not for etcd");
        }
        return new StoreConfig.Etcd(
                servers,
                file.path(etcdCaFile, "etcdCaFile"),
                file.path(etcdCertFile, "etcdCertFile"),
                file.path(etcdKeyFile, "etcdKeyFile"),
                file.text(etcdPrefix, "etcdPrefix").orElse(StoreConfig.Etcd.DEFAULT_PREFIX));
    }

    static Cidr cidr(@Nullable String given, SettingsFile file, String key, Cidr otherwise) {
        return file.text(given, key).map(Cidr::parse).orElse(otherwise);
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
}
