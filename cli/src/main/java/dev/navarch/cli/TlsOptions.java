package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.cluster.ConfigException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How TLS is spoken, by the API server and by the API of the nodes. */
final class TlsOptions implements ServerTopic {
    @Option(
            names = "--tls-min-version",
            paramLabel = "VERSION",
            description = "The oldest TLS that is spoken: VersionTLS12 or VersionTLS13; default VersionTLS12.")
    @Nullable
    String tlsMinVersion;

    @Option(
            names = "--tls-cipher-suites",
            paramLabel = "SUITE",
            split = ",",
            description = "The cipher suites of TLS 1.2 that are spoken; default all that are strong.")
    @Nullable
    List<String> tlsCipherSuites;

    @Override
    public Set<String> keys() {
        return Set.of("tlsMinVersion", "tlsCipherSuites");
    }

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var minimum = file.text(tlsMinVersion, "tlsMinVersion").orElse("VersionTLS12");
        var suites = file.texts(tlsCipherSuites, "tlsCipherSuites");
        try {
            var tls = TlsSettings.of(minimum, suites);
            return server -> server.tls(tls);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    suites.isEmpty() ? "tls-min-version" : "tls-cipher-suites",
                    suites.isEmpty() ? minimum : suites,
                    String.valueOf(e.getMessage()));
        }
    }
}
