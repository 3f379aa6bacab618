package dev.navarch.cluster;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.EventRateSettings;
import dev.navarch.apiserver.admission.NodeSelectorSettings;
import dev.navarch.apiserver.admission.PodSecuritySettings;
import dev.navarch.apiserver.admission.PodTolerationSettings;
import dev.navarch.apiserver.admission.QuotaSettings;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.webhook.HookUser;
import dev.navarch.apiserver.webhook.HookUsers;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Pem;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * An AdmissionConfiguration. Of it are understood webhooks' plugins, each of which may name a kubeconfig whose users webhooks
 * are called as, PodSecurity, PodNodeSelector, PodTolerationRestriction and ResourceQuota (source: k8s.io/apiserver pkg/admission/config.go,
 * pkg/admission/plugin/webhook/config/kubeconfig.go and pkg/util/webhook/authentication.go; k8s.io/pod-security-admission
 * admission/api). Configurations of other plugins are refused rather than ignored.
 */
public final class AdmissionConfigFile {
    private static final String VERSION = "apiserver.config.k8s.io/v1";
    private static final String POD_SECURITY = "PodSecurity";
    private static final String POD_SECURITY_VERSION = "pod-security.admission.config.k8s.io/v1";
    private static final String TOLERATIONS_VERSION = "podtolerationrestriction.admission.k8s.io/v1alpha1";
    private static final String QUOTA_VERSION = "resourcequota.admission.k8s.io/v1";
    private static final String QUOTA_KIND = "ResourceQuotaConfiguration";
    private static final String MUTATING = "MutatingAdmissionWebhook";
    private static final String VALIDATING = "ValidatingAdmissionWebhook";

    private final TimeSource time;

    private AdmissionConfigFile(TimeSource time) {
        this.time = time;
    }

    /**
     * Reads the file and all that it names.
     *
     * @param time by which files of tokens are read again
     * @throws ConfigException if anything in them can't be used
     */
    public static AdmissionSettings read(Path file, TimeSource time) {
        try {
            return new AdmissionConfigFile(time).plugins(file.toAbsolutePath());
        } catch (NoSuchFileException e) {
            throw refused(file, "there is no file " + e.getFile());
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw refused(file, String.valueOf(e.getMessage()));
        }
    }

    private static ConfigException refused(Path file, String why) {
        return new ConfigException("admission-control-config-file", file, why);
    }

    private AdmissionSettings plugins(Path file) throws IOException, GeneralSecurityException {
        var configuration = map(load(file), file.toString());
        check(configuration, VERSION, "AdmissionConfiguration");
        Map<String, HookUsers> users = new HashMap<>();
        PodSecuritySettings podSecurity = null;
        var nodeSelectors = NodeSelectorSettings.STANDARD;
        var tolerations = PodTolerationSettings.STANDARD;
        var quota = QuotaSettings.STANDARD;
        var eventRates = EventRateSettings.STANDARD;
        for (var element : configuration.get("plugins") instanceof List<?> list ? list : List.of()) {
            var plugin = map(element, "plugins");
            var name = text(plugin, "name");
            var own = own(plugin, file);
            if (own.isEmpty()) {
                continue;
            }
            var told = map(own.get(), "plugin \"" + name + "\"");
            switch (name) {
                case MUTATING, VALIDATING -> {
                    if (!users.containsKey(name)) {
                        users.put(name, webhooks(told));
                    }
                }
                case POD_SECURITY -> podSecurity = podSecurity == null ? podSecurity(told) : podSecurity;
                case "PodNodeSelector" -> nodeSelectors = NodeSelectorSettings.of(told);
                case "PodTolerationRestriction" -> {
                    check(told, TOLERATIONS_VERSION, "Configuration");
                    tolerations = PodTolerationSettings.of(told);
                }
                case "ResourceQuota" -> {
                    boolean documented = text(told, "kind").equals(QUOTA_KIND); // as upstream's manual has it
                    check(told, documented ? VERSION : QUOTA_VERSION, documented ? QUOTA_KIND : "Configuration");
                    quota = QuotaSettings.of(told);
                }
                case "EventRateLimit" -> {
                    check(told, EventRateSettings.VERSION, "Configuration");
                    eventRates = EventRateSettings.of(told);
                }
                default ->
                    throw new IllegalArgumentException("a configuration of plugin \"" + name + "\" is not supported");
            }
        }
        return new AdmissionSettings(
                        new HookUsers.OfAdmission(
                                users.getOrDefault(MUTATING, HookUsers.ANONYMOUS),
                                users.getOrDefault(VALIDATING, HookUsers.ANONYMOUS)),
                        podSecurity == null ? PodSecuritySettings.STANDARD : podSecurity)
                .withNodeSelectors(nodeSelectors)
                .withPodTolerations(tolerations)
                .withQuota(quota)
                .withEventRates(eventRates);
    }

    /** What a plugin is told: here, or in a file of its own. */
    private static Optional<Object> own(Map<?, ?> plugin, Path file) throws IOException {
        var inline = plugin.get("configuration");
        if (inline != null) {
            return Optional.of(inline);
        }
        var path = text(plugin, "path");
        return path.isEmpty() ? Optional.empty() : Optional.of(load(file.resolveSibling(path)));
    }

    private static PodSecuritySettings podSecurity(Map<?, ?> configuration) {
        check(configuration, POD_SECURITY_VERSION, "PodSecurityConfiguration");
        return PodSecuritySettings.of(configuration);
    }

    private HookUsers webhooks(Map<?, ?> configuration) throws IOException, GeneralSecurityException {
        check(configuration, VERSION, "WebhookAdmissionConfiguration");
        var text = text(configuration, "kubeConfigFile");
        var file = Path.of(text);
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException(
                    "kubeConfigFile: Invalid value: \"" + text + "\": must be an absolute file path");
        }
        try {
            return users(Kubeconfig.parse(Files.readString(file)), file.resolveSibling(""));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    private HookUsers users(Kubeconfig kubeconfig, Path folder) throws IOException, GeneralSecurityException {
        Map<String, HookUser> users = new HashMap<>();
        for (var name : kubeconfig.users()) {
            users.put(name, user(name, kubeconfig.user(name, folder, time)));
        }
        return new HookUsers(users, users.getOrDefault(kubeconfig.currentUser(), HookUser.ANONYMOUS));
    }

    static HookUser user(String name, Kubeconfig.User user) throws IOException, GeneralSecurityException {
        var shown = "user \"" + name + "\": ";
        if (user.impersonates()) {
            throw new IllegalArgumentException(shown + "impersonation is not supported");
        }
        if (user.certificate().isPresent() != user.key().isPresent()) {
            throw new IllegalArgumentException(shown + "client certificate and key go together");
        }
        Optional<TlsMaterial> certificate = user.certificate().isEmpty()
                ? Optional.empty()
                : Optional.of(new TlsMaterial(
                        Pem.privateKey(user.key().orElseThrow()),
                        Pem.certificates(user.certificate().get())));
        boolean named = !user.username().isEmpty() || !user.password().isEmpty();
        if (user.token().isEmpty()) {
            var basic = named ? basic(user.username(), user.password()) : "";
            return new HookUser(certificate, () -> basic);
        }
        if (named) {
            throw new IllegalArgumentException(shown + "username/password or bearer token may be set, but not both");
        }
        var token = user.token().get();
        token.token(); // one that can't be read is told now
        return new HookUser(certificate, () -> "Bearer " + token.token());
    }

    private static String basic(String username, String password) {
        return "Basic "
                + Base64.getEncoder().encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static Object load(Path file) throws IOException {
        try {
            var settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
            var loaded = new Load(settings).loadFromString(Files.readString(file));
            return loaded == null ? Map.of() : loaded;
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException(file + " is not YAML: " + e.getMessage(), e);
        }
    }

    private static void check(Map<?, ?> object, String version, String kind) {
        if (!text(object, "apiVersion").equals(version) || !text(object, "kind").equals(kind)) {
            throw new IllegalArgumentException("no kind \"" + text(object, "kind") + "\" is registered for version \""
                    + text(object, "apiVersion") + "\": this must be " + kind + " of " + version);
        }
    }

    private static Map<?, ?> map(Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException(what + " must be a map");
    }

    private static String text(Map<?, ?> in, String field) {
        return in.get(field) instanceof String text ? text : "";
    }
}
