package dev.navarch.cluster;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.Pem;
import dev.navarch.storage.Retention;
import dev.navarch.storage.etcd.EtcdConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Where a cluster keeps its state. */
public sealed interface StoreConfig {

    /**
     * In the data directory.
     *
     * @param relaxed resources, such as {@code events} or {@code leases.coordination.k8s.io}, whose writes are not waited
     *     for until they are on disk: a loss of power may take the last ones
     * @param history how long changes are kept for watches and for further pages of lists
     */
    record Embedded(Set<String> relaxed, Duration history) implements StoreConfig {
        private static final Pattern RESOURCE = Pattern.compile("[a-z0-9]+(\\.[a-z0-9.-]+)?");

        public Embedded {
            relaxed = Set.copyOf(relaxed);
            if (history.isNegative()) {
                throw new ConfigException("history", history, "must not be negative");
            }
            for (var resource : relaxed) {
                if (!RESOURCE.matcher(resource).matches()) {
                    throw new ConfigException(
                            "relaxed-durability", resource, "must be a resource, such as leases.coordination.k8s.io");
                }
            }
        }

        /** With every write on disk. */
        public Embedded() {
            this(Set.of());
        }

        /** With the usual history. */
        public Embedded(Set<String> relaxed) {
            this(relaxed, Retention.DEFAULT.age());
        }

        Retention retention() {
            return new Retention(history, Retention.DEFAULT.events(), Retention.DEFAULT.bytes());
        }

        /** What their keys in the store begin with. */
        Set<String> relaxedPrefixes() {
            return relaxed.stream()
                    .map(resource -> {
                        int dot = resource.indexOf('.');
                        var group = dot < 0 ? "core" : resource.substring(dot + 1);
                        return "/registry/" + group + "/" + (dot < 0 ? resource : resource.substring(0, dot)) + "/";
                    })
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    /**
     * In etcd; named as kube-apiserver's flags {@code --etcd-...}.
     *
     * @param servers of one etcd cluster, as {@code http://host:port} or {@code https://host:port}
     * @param caFile PEM file of the authorities of the servers' certificates; empty for the system's
     * @param certFile PEM file of the certificate to show them
     * @param keyFile and of its key; both or none
     * @param prefix that all keys are under
     */
    record Etcd(
            List<String> servers, Optional<Path> caFile, Optional<Path> certFile, Optional<Path> keyFile, String prefix)
            implements StoreConfig {
        public static final String DEFAULT_PREFIX = EtcdConfig.DEFAULT_PREFIX;

        public Etcd {
            servers = List.copyOf(servers);
            requireNonNull(caFile);
            requireNonNull(prefix);
            if (certFile.isPresent() != keyFile.isPresent()) {
                throw new ConfigException(
                        "etcd-certfile", certFile.map(Path::toString).orElse(""), "must be given with --etcd-keyfile");
            }
            settings(servers, prefix);
        }

        /** @throws ConfigException if a file can't be used */
        EtcdConfig settings() {
            var authorities = caFile.map(file -> read("etcd-cafile", file, Pem::certificates));
            var identity = certFile.map(file -> new EtcdConfig.Identity(
                    read("etcd-certfile", file, Pem::certificates),
                    read("etcd-keyfile", keyFile.orElseThrow(), Pem::privateKey)));
            return settings(servers, prefix).withTls(authorities.orElse(List.of()), identity);
        }

        private interface Reading<T> {
            T of(byte[] pem) throws GeneralSecurityException;
        }

        private static <T> T read(String setting, Path file, Reading<T> reading) {
            try {
                return reading.of(Files.readAllBytes(file));
            } catch (IOException e) {
                throw new ConfigException(setting, file, "can't be read: " + e.getMessage());
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new ConfigException(setting, file, String.valueOf(e.getMessage()));
            }
        }

        private static EtcdConfig settings(List<String> servers, String prefix) {
            try {
                List<URI> parsed = new ArrayList<>();
                for (var server : servers) {
                    parsed.add(new URI(server));
                }
                return EtcdConfig.of(parsed).withPrefix(prefix);
            } catch (URISyntaxException | IllegalArgumentException e) {
                throw new ConfigException("etcd-servers", String.join(",", servers), e.getMessage());
            }
        }
    }
}
