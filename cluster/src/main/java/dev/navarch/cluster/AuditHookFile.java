package dev.navarch.cluster;

import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Request;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;

/** A kubeconfig file of the server that is told what is recorded (source: k8s.io/apiserver plugin/pkg/audit/webhook). */
public final class AuditHookFile {
    private AuditHookFile() {}

    /** @throws ConfigException if it can't be used */
    public static AuditSettings.Post read(Path file) {
        try {
            var kubeconfig = Kubeconfig.read(file);
            // the clock tells only how old a token is
            var transport = kubeconfig
                    .access(kubeconfig.currentContext(), file.toAbsolutePath().getParent(), new SystemTime())
                    .connect();
            return list -> {
                var request = new Request("POST", "", Map.of("Content-Type", "application/json"), list);
                try (var answer = transport.send(request)) {
                    if (answer.status() < 200 || answer.status() > 299) {
                        throw new IOException("the audit webhook answers " + answer.status());
                    }
                }
            };
        } catch (IOException e) {
            throw new ConfigException("audit-webhook-config-file", file, "can't be read: " + e.getMessage());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new ConfigException("audit-webhook-config-file", file, String.valueOf(e.getMessage()));
        }
    }
}
