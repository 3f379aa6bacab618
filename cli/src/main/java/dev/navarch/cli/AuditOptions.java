package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.audit.AuditPolicy;
import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.cluster.AuditHookFile;
import dev.navarch.cluster.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is recorded of requests, and where (source: k8s.io/apiserver pkg/server/options/audit.go). */
final class AuditOptions implements ServerTopic {
    @Option(
            names = "--audit-policy-file",
            paramLabel = "FILE",
            description = "A Policy of audit.k8s.io/v1: which requests are recorded; default who changes what and who"
                    + " looks at secrets.")
    @Nullable
    Path policyFile;

    @Option(
            names = "--audit-log-path",
            paramLabel = "FILE",
            description =
                    "Where requests are recorded; \"-\" is standard output, \"\" nowhere; default audit/audit.log in"
                            + " the data directory.")
    @Nullable
    String logPath;

    @Option(
            names = "--audit-log-format",
            paramLabel = "json|legacy",
            description = "An Event as JSON, or a line for people; default json.")
    @Nullable
    String logFormat;

    @Option(
            names = "--audit-log-maxage",
            paramLabel = "DAYS",
            description =
                    "After which old files are deleted, 0 for never; default 30, of a log by --audit-log-path 366.")
    @Nullable
    Integer logMaxAge;

    @Option(
            names = "--audit-log-maxbackup",
            paramLabel = "N",
            description = "So many old files are kept, 0 for all; default 10, of a log by --audit-log-path 100.")
    @Nullable
    Integer logMaxBackup;

    @Option(
            names = "--audit-log-maxsize",
            paramLabel = "MEGABYTES",
            description = "Of a file before another one is begun, 0 for no bound; default 100.")
    @Nullable
    Integer logMaxSize;

    @Option(names = "--audit-log-compress", description = "Compresses old files with gzip.")
    boolean logCompress;

    @Option(
            names = "--audit-log-mode",
            paramLabel = "batch|blocking|blocking-strict",
            description = "Whether requests wait until they are recorded; default batch, of a log by --audit-log-path"
                    + " blocking.")
    @Nullable
    String logMode;

    @Option(
            names = "--audit-log-batch-buffer-size",
            paramLabel = "N",
            description = "So many events may wait to be written; default 10000.")
    @Nullable
    Integer logBuffer;

    @Option(
            names = "--audit-log-batch-max-size",
            paramLabel = "N",
            description = "So many events are written at once; default 1000, of a log by --audit-log-path 1.")
    @Nullable
    Integer logBatch;

    @Option(
            names = "--audit-log-batch-max-wait",
            paramLabel = "DURATION",
            description = "How long an event waits for others; default 1s, of a log by --audit-log-path 0s.")
    @Nullable
    String logWait;

    @Option(
            names = "--audit-log-batch-throttle-enable",
            paramLabel = "true|false",
            arity = "0..1",
            fallbackValue = "true",
            description = "Whether so many batches are written a second only; default false.")
    @Nullable
    Boolean logThrottle;

    @Option(
            names = "--audit-log-batch-throttle-qps",
            paramLabel = "N",
            description = "Batches a second, on average; default 10.")
    @Nullable
    Integer logQps;

    @Option(
            names = "--audit-log-batch-throttle-burst",
            paramLabel = "N",
            description = "Batches at once after a rest; default 15.")
    @Nullable
    Integer logBurst;

    @Option(names = "--audit-log-truncate-enabled", description = "Takes their objects from events that are too large.")
    boolean logTruncate;

    @Option(
            names = "--audit-log-truncate-max-event-size",
            paramLabel = "BYTES",
            description = "Events above this are too large; default 102400.")
    @Nullable
    Integer logMaxEvent;

    @Option(
            names = "--audit-log-truncate-max-batch-size",
            paramLabel = "BYTES",
            description = "Batches above this are cut; default 10485760.")
    @Nullable
    Integer logMaxBatch;

    @Option(
            names = "--audit-log-version",
            paramLabel = "audit.k8s.io/v1",
            description = "Of the events in the log; there is no other one.")
    @Nullable
    String logVersion;

    @Option(
            names = "--audit-webhook-config-file",
            paramLabel = "FILE",
            description = "A kubeconfig file of a server that is told what is recorded.")
    @Nullable
    Path webhookConfigFile;

    @Option(
            names = "--audit-webhook-initial-backoff",
            paramLabel = "DURATION",
            description = "How long after a failure it is told again; default 10s.")
    @Nullable
    String webhookBackoff;

    @Option(
            names = "--audit-webhook-mode",
            paramLabel = "batch|blocking|blocking-strict",
            description = "Whether requests wait until it was told; default batch.")
    @Nullable
    String webhookMode;

    @Option(
            names = "--audit-webhook-batch-buffer-size",
            paramLabel = "N",
            description = "So many events may wait to be sent; default 10000.")
    @Nullable
    Integer webhookBuffer;

    @Option(
            names = "--audit-webhook-batch-max-size",
            paramLabel = "N",
            description = "So many events are sent at once; default 400.")
    @Nullable
    Integer webhookBatch;

    @Option(
            names = "--audit-webhook-batch-max-wait",
            paramLabel = "DURATION",
            description = "How long an event waits for others; default 30s.")
    @Nullable
    String webhookWait;

    @Option(
            names = "--audit-webhook-batch-throttle-enable",
            paramLabel = "BOOL",
            arity = "0..1",
            fallbackValue = "true",
            description = "Whether so many batches are sent a second only; default true.")
    @Nullable
    Boolean webhookThrottle;

    @Option(
            names = "--audit-webhook-batch-throttle-qps",
            paramLabel = "N",
            description = "Batches a second, on average; default 10.")
    @Nullable
    Integer webhookQps;

    @Option(
            names = "--audit-webhook-batch-throttle-burst",
            paramLabel = "N",
            description = "Batches at once after a rest; default 15.")
    @Nullable
    Integer webhookBurst;

    @Option(
            names = "--audit-webhook-truncate-enabled",
            description = "Takes their objects from events that are too large, and cuts batches.")
    boolean webhookTruncate;

    @Option(
            names = "--audit-webhook-truncate-max-event-size",
            paramLabel = "BYTES",
            description = "Events above this are too large; default 102400.")
    @Nullable
    Integer webhookMaxEvent;

    @Option(
            names = "--audit-webhook-truncate-max-batch-size",
            paramLabel = "BYTES",
            description = "Batches above this are cut; default 10485760.")
    @Nullable
    Integer webhookMaxBatch;

    @Option(
            names = "--audit-webhook-version",
            paramLabel = "audit.k8s.io/v1",
            description = "Of the events that the server is told; there is no other one.")
    @Nullable
    String webhookVersion;

    @Override
    public Set<String> keys() {
        return Set.of(
                "auditPolicyFile",
                "auditLogPath",
                "auditLogFormat",
                "auditLogMaxAge",
                "auditLogMaxBackup",
                "auditLogMaxSize",
                "auditLogCompress",
                "auditLogMode",
                "auditLogBatchBufferSize",
                "auditLogBatchMaxSize",
                "auditLogBatchMaxWait",
                "auditLogBatchThrottleEnable",
                "auditLogBatchThrottleQps",
                "auditLogBatchThrottleBurst",
                "auditLogTruncateMaxBatchSize",
                "auditLogVersion",
                "auditWebhookVersion",
                "auditLogTruncateEnabled",
                "auditLogTruncateMaxEventSize",
                "auditWebhookConfigFile",
                "auditWebhookInitialBackoff",
                "auditWebhookMode",
                "auditWebhookBatchBufferSize",
                "auditWebhookBatchMaxSize",
                "auditWebhookBatchMaxWait",
                "auditWebhookBatchThrottleEnable",
                "auditWebhookBatchThrottleQps",
                "auditWebhookBatchThrottleBurst",
                "auditWebhookTruncateEnabled",
                "auditWebhookTruncateMaxEventSize",
                "auditWebhookTruncateMaxBatchSize");
    }

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        version("audit-log-version", file.text(logVersion, "auditLogVersion"));
        version("audit-webhook-version", file.text(webhookVersion, "auditWebhookVersion"));
        var policy = policy(file);
        checked(() -> log(file, AuditSettings.usual(Path.of("any")).log()));
        var webhook = checked(() -> webhook(file));
        return server -> {
            var usual = server.audit();
            server.audit(new AuditSettings(
                    policy.or(() -> Optional.of(usual.policy().orElse(AuditPolicy.USUAL))),
                    checked(() -> log(file, usual.log())),
                    webhook));
        };
    }

    private static void version(String option, Optional<String> given) {
        given.filter(version -> !version.equals("audit.k8s.io/v1")).ifPresent(version -> {
            throw new ConfigException(
                    option, version, "invalid group version, allowed versions are [\"audit.k8s.io/v1\"]");
        });
    }

    private static <T> T checked(Supplier<T> settings) {
        try {
            return settings.get();
        } catch (IllegalArgumentException e) {
            throw new ConfigException("audit-log-... and --audit-webhook-...", "", String.valueOf(e.getMessage()));
        }
    }

    private Optional<AuditPolicy> policy(SettingsFile file) {
        return file.path(policyFile, "auditPolicyFile").map(path -> {
            try {
                return AuditPolicy.parse(Files.readString(path));
            } catch (IOException e) {
                throw new ConfigException("audit-policy-file", path, "can't be read: " + e.getMessage());
            } catch (IllegalArgumentException e) {
                throw new ConfigException("audit-policy-file", path, String.valueOf(e.getMessage()));
            }
        });
    }

    /** @param usual if no file is named */
    private Optional<AuditSettings.Log> log(SettingsFile file, Optional<AuditSettings.Log> usual) {
        var path = file.text(logPath, "auditLogPath");
        if (path.isPresent()) {
            return path.filter(name -> !name.isEmpty())
                    .map(name -> log(
                            file,
                            AuditSettings.Log.to(Path.of(name)),
                            name.equals("-") ? Optional.empty() : Optional.of(Path.of(name))));
        }
        return usual.map(log -> log(file, log, log.path()));
    }

    private AuditSettings.Log log(SettingsFile file, AuditSettings.Log usual, Optional<Path> path) {
        var format = file.text(logFormat, "auditLogFormat").orElse("json");
        if (!List.of("json", "legacy").contains(format)) {
            throw new ConfigException(
                    "audit-log-format",
                    format,
                    "invalid audit log format " + format + ", allowed formats are \"legacy,json\"");
        }
        var batch = usual.batch();
        var truncation = usual.truncation();
        return new AuditSettings.Log(
                path,
                format.equals("legacy"),
                file.number(logMaxAge, "auditLogMaxAge", usual.days()),
                file.number(logMaxBackup, "auditLogMaxBackup", usual.files()),
                file.number(logMaxSize, "auditLogMaxSize", usual.megabytes()),
                file.flag(logCompress, "auditLogCompress"),
                file.text(logMode, "auditLogMode")
                        .map(text -> mode("log", text))
                        .orElse(usual.mode()),
                new AuditSettings.Batch(
                        file.number(logBuffer, "auditLogBatchBufferSize", batch.buffer()),
                        file.number(logBatch, "auditLogBatchMaxSize", batch.most()),
                        file.duration(
                                "audit-log-batch-max-wait",
                                logWait,
                                "auditLogBatchMaxWait",
                                batch.patience().toMillis() + "ms"),
                        file.choice(logThrottle, "auditLogBatchThrottleEnable", false),
                        file.number(logQps, "auditLogBatchThrottleQps", (int) batch.perSecond()),
                        file.number(logBurst, "auditLogBatchThrottleBurst", batch.burst())),
                new AuditSettings.Truncation(
                        file.flag(logTruncate, "auditLogTruncateEnabled"),
                        file.number(logMaxBatch, "auditLogTruncateMaxBatchSize", (int) truncation.mostOfBatch()),
                        file.number(logMaxEvent, "auditLogTruncateMaxEventSize", (int) truncation.mostOfEvent())));
    }

    private static AuditSettings.Mode mode(String plugin, String text) {
        return switch (text) {
            case "batch" -> AuditSettings.Mode.BATCH;
            case "blocking" -> AuditSettings.Mode.BLOCKING;
            case "blocking-strict" -> AuditSettings.Mode.BLOCKING_STRICT;
            default ->
                throw new ConfigException(
                        "audit-" + plugin + "-mode",
                        text,
                        "invalid audit " + plugin + " mode " + text
                                + ", allowed modes are \"batch,blocking,blocking-strict\"");
        };
    }

    private Optional<AuditSettings.Webhook> webhook(SettingsFile file) {
        var batch = AuditSettings.Batch.WEBHOOK;
        var truncation = AuditSettings.Truncation.OFF;
        boolean throttled = webhookThrottle != null
                ? webhookThrottle
                : file.text("auditWebhookBatchThrottleEnable")
                        .map(Boolean::parseBoolean)
                        .orElse(true);
        return file.path(webhookConfigFile, "auditWebhookConfigFile")
                .map(path -> new AuditSettings.Webhook(
                        AuditHookFile.read(path),
                        file.duration(
                                "audit-webhook-initial-backoff", webhookBackoff, "auditWebhookInitialBackoff", "10s"),
                        mode(
                                "webhook",
                                file.text(webhookMode, "auditWebhookMode").orElse("batch")),
                        new AuditSettings.Batch(
                                file.number(webhookBuffer, "auditWebhookBatchBufferSize", batch.buffer()),
                                file.number(webhookBatch, "auditWebhookBatchMaxSize", batch.most()),
                                file.duration(
                                        "audit-webhook-batch-max-wait", webhookWait, "auditWebhookBatchMaxWait", "30s"),
                                throttled,
                                file.number(webhookQps, "auditWebhookBatchThrottleQps", (int) batch.perSecond()),
                                file.number(webhookBurst, "auditWebhookBatchThrottleBurst", batch.burst())),
                        new AuditSettings.Truncation(
                                file.flag(webhookTruncate, "auditWebhookTruncateEnabled"),
                                file.number(webhookMaxBatch, "auditWebhookTruncateMaxBatchSize", (int)
                                        truncation.mostOfBatch()),
                                file.number(webhookMaxEvent, "auditWebhookTruncateMaxEventSize", (int)
                                        truncation.mostOfEvent()))));
    }
}
