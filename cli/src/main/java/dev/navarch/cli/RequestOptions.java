package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.flowcontrol.RequestLimits;
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
            description = "Seats for requests, beside those of --max-mutating-requests-inflight; default 400. Without"
                    + " priority and fairness, so many gets and lists are served at a time, 0 for any number.")
    @Nullable
    Integer maxRequestsInflight;

    @Option(
            names = "--max-mutating-requests-inflight",
            paramLabel = "N",
            description = "More seats for requests; default 200. Without priority and fairness, so many requests that"
                    + " are no gets and lists are served at a time, 0 for any number.")
    @Nullable
    Integer maxMutatingRequestsInflight;

    @Option(
            names = "--enable-priority-and-fairness",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "BOOL",
            description = "Whether flow schemas and priority levels say whose turn it is; default true.")
    @Nullable
    Boolean enablePriorityAndFairness;

    @Option(
            names = "--goaway-chance",
            paramLabel = "FRACTION",
            description = "Of so many requests over HTTP/2 the client is told to connect anew, such as 0.001, so that"
                    + " clients spread over several servers; default 0, at most 0.02.")
    @Nullable
    Double goawayChance;

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
        return Set.of(
                "maxRequestsInflight",
                "maxMutatingRequestsInflight",
                "enablePriorityAndFairness",
                "goawayChance",
                "requestTimeout",
                "eventTtl");
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
        boolean fair = file.choice(enablePriorityAndFairness, "enablePriorityAndFairness", usual.fair());
        double chance = chance(file);
        try {
            return new RequestLimits(reading, mutating, fair, chance);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "max-requests-inflight, max-mutating-requests-inflight or goaway-chance",
                    reading + ", " + mutating + " and " + chance,
                    String.valueOf(e.getMessage()));
        }
    }

    private double chance(SettingsFile file) {
        var text = file.text(goawayChance == null ? null : goawayChance.toString(), "goawayChance")
                .orElse("0");
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            throw new ConfigException("goaway-chance", text, "must be a number");
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
