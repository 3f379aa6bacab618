package dev.navarch.cluster;

import dev.navarch.apiserver.authn.TokenWebhook;
import dev.navarch.client.Kubeconfig;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;

/** The kubeconfig of a server that knows tokens: the one of its current context. */
public final class TokenWebhookFile {
    private TokenWebhookFile() {}

    /**
     * @param cacheTtl how long answers are remembered
     * @param version of the TokenReviews
     * @param time by which a file with the server's own token is read again
     * @throws ConfigException if it can't be used
     */
    public static TokenWebhook read(Path file, Duration cacheTtl, String version, TimeSource time) {
        try {
            var kubeconfig = Kubeconfig.parse(Files.readString(file));
            var folder = file.toAbsolutePath().resolveSibling("");
            var access = kubeconfig.access(kubeconfig.currentContext(), folder, time);
            if (!"https".equals(access.server().getScheme())) {
                throw refused(file, "clusters[].cluster.server must be an https URL, not " + access.server());
            }
            var user = kubeconfig.currentUser();
            return new TokenWebhook(
                    access.server(),
                    access.credentials().authorities().orElse(new byte[0]),
                    AdmissionConfigFile.user(user, kubeconfig.user(user, folder, time)),
                    cacheTtl,
                    version);
        } catch (NoSuchFileException e) {
            throw refused(file, "there is no file " + e.getFile());
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw refused(file, String.valueOf(e.getMessage()));
        }
    }

    private static ConfigException refused(Path file, String why) {
        return new ConfigException("authentication-token-webhook-config-file", file, why);
    }
}
