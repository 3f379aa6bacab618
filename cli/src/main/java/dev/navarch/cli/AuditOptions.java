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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is recorded of requests, and where (source: k8s.io/apiserver pkg/server/options/audit.go). */
final class AuditOptions implements ServerTopic {
    @Option(
            names = "--audit-policy-file",
            paramLabel = "FILE",
            description = "A Policy of audit.k8s.io/v1: which requests are recorded. Nothing is without one.")
    @Nullable
    Path policyFile;

    @Option(
            names = "--audit-log-path",
            paramLabel = "FILE",
            description = "Where requests are recorded; \"-\" is standard output.")
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
            description = "After which old files are deleted, 0 for never; default 366.")
    @Nullable
    Integer logMaxAge;

    @Option(
            names = "--audit-log-maxbackup",
            paramLabel = "N",
            description = "So many old files are kept, 0 for all; default 100.")
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
            description = "Whether requests wait until they are recorded; default blocking.")
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
            description = "So many events are written at once; default 1.")
    @Nullable
    Integer logBatch;

    @Option(names = "--audit-log-truncate-enabled", description = "Takes their objects from events that are too large.")
    boolean logTruncate;

    @Option(
            names = "--audit-log-truncate-max-event-size",
            paramLabel = "BYTES",
            description = "Events above this are too large; default 102400.")
    @Nullable
    Integer logMaxEvent;

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
        AuditSettings settings;
        try {
            settings = new AuditSettings(policy(file), log(file), webhook(file));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("audit-log-... and --audit-webhook-...", "", String.valueOf(e.getMessage()));
        }
        return server -> server.audit(settings);
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

    private Optional<AuditSettings.Log> log(SettingsFile file) {
        var path = file.text(logPath, "auditLogPath");
        if (path.isEmpty()) {
            return Optional.empty();
        }
        var format = file.text(logFormat, "auditLogFormat").orElse("json");
        if (!List.of("json", "legacy").contains(format)) {
            throw new ConfigException(
                    "audit-log-format",
                    format,
                    "invalid audit log format " + format + ", allowed formats are \"legacy,json\"");
        }
        var batch = AuditSettings.Batch.LOG;
        var truncation = AuditSettings.Truncation.OFF;
        return Optional.of(new AuditSettings.Log(
                path.filter(name -> !name.equals("-")).map(Path::of),
                format.equals("legacy"),
                file.number(logMaxAge, "auditLogMaxAge", 366),
                file.number(logMaxBackup, "auditLogMaxBackup", 100),
                file.number(logMaxSize, "auditLogMaxSize", 100),
                file.flag(logCompress, "auditLogCompress"),
                mode("log", file.text(logMode, "auditLogMode").orElse("blocking")),
                new AuditSettings.Batch(
                        file.number(logBuffer, "auditLogBatchBufferSize", batch.buffer()),
                        file.number(logBatch, "auditLogBatchMaxSize", batch.most()),
                        batch.patience(),
                        false,
                        batch.perSecond(),
                        batch.burst()),
                new AuditSettings.Truncation(
                        file.flag(logTruncate, "auditLogTruncateEnabled"),
                        truncation.mostOfBatch(),
                        file.number(logMaxEvent, "auditLogTruncateMaxEventSize", (int) truncation.mostOfEvent()))));
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
