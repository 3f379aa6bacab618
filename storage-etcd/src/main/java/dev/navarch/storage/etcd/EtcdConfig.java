package dev.navarch.storage.etcd;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where etcd is and how it is used; the names are those of kube-apiserver's flags {@code --etcd-...}.
 *
 * @param servers of one etcd cluster; all {@code http} or all {@code https}, host and port
 * @param authorities who signed the servers' certificates; empty for the system's
 * @param identity what this client shows the servers; empty for nothing
 * @param prefix that all keys are under; begins with a slash and doesn't end in one
 * @param compactionInterval how often history is compacted that is older than this; zero for never
 * @param requestTimeout after which a request to etcd has failed
 */
public record EtcdConfig(
        List<URI> servers,
        List<X509Certificate> authorities,
        Optional<Identity> identity,
        String prefix,
        Duration compactionInterval,
        Duration requestTimeout) {

    public static final String DEFAULT_PREFIX = "/registry";
    private static final Duration COMPACTION_INTERVAL = Duration.ofMinutes(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    /**
     * A client certificate and its key.
     *
     * @param chain the certificate itself first
     */
    public record Identity(List<X509Certificate> chain, PrivateKey key) {
        public Identity {
            chain = List.copyOf(chain);
            requireNonNull(key);
            if (chain.isEmpty()) {
                throw new IllegalArgumentException("a client's identity needs a certificate");
            }
        }

        X509Certificate certificate() {
            return chain.getFirst();
        }
    }

    public EtcdConfig {
        servers = List.copyOf(servers);
        authorities = List.copyOf(authorities);
        requireNonNull(identity);
        requireNonNull(compactionInterval);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no etcd server is named");
        }
        for (var server : servers) {
            boolean known = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
            if (!known || server.getHost() == null) {
                throw new IllegalArgumentException(
                        "an etcd server is named as http://host:port or https://host:port, not " + server);
            }
            if (!server.getScheme().equals(servers.getFirst().getScheme())) {
                throw new IllegalArgumentException("etcd's servers must be all http or all https");
            }
        }
        if (!prefix.startsWith("/") || prefix.endsWith("/")) {
            throw new IllegalArgumentException(
                    "etcd's prefix begins with a slash and doesn't end in one: \"" + prefix + "\"");
        }
        if (compactionInterval.isNegative() || !requestTimeout.isPositive()) {
            throw new IllegalArgumentException("negative intervals: " + compactionInterval + ", " + requestTimeout);
        }
    }

    /** With kube-apiserver's defaults. */
    public static EtcdConfig of(List<URI> servers) {
        return new EtcdConfig(
                servers, List.of(), Optional.empty(), DEFAULT_PREFIX, COMPACTION_INTERVAL, REQUEST_TIMEOUT);
    }

    public EtcdConfig withTls(List<X509Certificate> newAuthorities, Optional<Identity> newIdentity) {
        return new EtcdConfig(servers, newAuthorities, newIdentity, prefix, compactionInterval, requestTimeout);
    }

    public EtcdConfig withPrefix(String newPrefix) {
        return new EtcdConfig(servers, authorities, identity, newPrefix, compactionInterval, requestTimeout);
    }

    public EtcdConfig withCompactionInterval(Duration interval) {
        return new EtcdConfig(servers, authorities, identity, prefix, interval, requestTimeout);
    }

    public EtcdConfig withRequestTimeout(Duration timeout) {
        return new EtcdConfig(servers, authorities, identity, prefix, compactionInterval, timeout);
    }

    boolean tls() {
        return servers.getFirst().getScheme().equals("https");
    }
}
