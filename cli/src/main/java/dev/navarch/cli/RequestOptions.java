package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.RequestLimits;
import dev.navarch.cluster.ConfigException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many requests are served at a time and for how long, and how long events are kept. */
final class RequestOptions implements ServerTopic {
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

    @Override
    public Set<String> keys() {
        return Set.of("maxRequestsInflight", "maxMutatingRequestsInflight", "requestTimeout", "eventTtl");
    }

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var limits = limits(file);
        var timeout = timeout(file);
        var lifetime = lifetime(file);
        return server -> server.limits(limits).requestTimeout(timeout).eventTtl(lifetime);
    }

    private RequestLimits limits(SettingsFile file) {
        var usual = RequestLimits.STANDARD;
        int reading = file.number(maxRequestsInflight, "maxRequestsInflight", usual.reading());
        int mutating = file.number(maxMutatingRequestsInflight, "maxMutatingRequestsInflight", usual.mutating());
        try {
            return new RequestLimits(reading, mutating);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "max-requests-inflight", reading + " and " + mutating, String.valueOf(e.getMessage()));
        }
    }

    private Duration timeout(SettingsFile file) {
        var timeout = file.duration("request-timeout", requestTimeout, "requestTimeout", "1m");
        if (!timeout.isPositive()) {
            throw new ConfigException("request-timeout", timeout, "must be longer than nothing");
        }
        return timeout;
    }

    private Duration lifetime(SettingsFile file) {
        var lifetime = file.duration("event-ttl", eventTtl, "eventTtl", "1h");
        if (lifetime.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new ConfigException("event-ttl", lifetime, "must be at least a second");
        }
        return lifetime;
    }
}
