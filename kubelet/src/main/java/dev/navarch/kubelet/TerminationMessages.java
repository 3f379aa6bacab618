package dev.navarch.kubelet;

import dev.navarch.kubelet.logs.LogTail;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.RuntimeLabels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a container left to be said about its end: the file it wrote, or, if it wants that and failed, the end of its log.
 *
 * <p>Source of the behaviour: getTerminationMessage in kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go.
 */
final class TerminationMessages {
    private static final Logger log = LoggerFactory.getLogger(TerminationMessages.class);
    private static final int MAX_BYTES = 4096;
    private static final int MAX_LOG_BYTES = 2048;
    private static final int MAX_LOG_LINES = 80;

    private TerminationMessages() {}

    static String of(Seen container) {
        if (!container.exited()) {
            return "";
        }
        var status = container.status();
        var path = status.annotations().get(RuntimeLabels.TERMINATION_PATH);
        var message = "";
        for (var mount : status.mounts()) {
            if (mount.containerPath().equals(path)) {
                message = read(Path.of(mount.hostPath()));
            }
        }
        boolean fallBack = "FallbackToLogsOnError".equals(status.annotations().get(RuntimeLabels.TERMINATION_POLICY));
        if (message.isEmpty() && fallBack && status.exitCode() != 0) {
            return LogTail.text(Path.of(status.logPath()), MAX_LOG_LINES, MAX_LOG_BYTES);
        }
        return message;
    }

    private static String read(Path file) {
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return "";
            }
            try (var in = Files.newInputStream(file)) {
                return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            log.debug("Can't read {}", file, e);
            return "Error on reading termination log " + file + ": " + e.getMessage();
        }
    }
}
