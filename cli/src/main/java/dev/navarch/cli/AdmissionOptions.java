package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.PluginSelection;
import dev.navarch.cluster.AdmissionConfigFile;
import dev.navarch.cluster.ConfigException;
import dev.navarch.time.SystemTime;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which plugins of admission take part, and what they are told. */
final class AdmissionOptions implements ServerTopic {
    @Option(
            names = "--admission-control-config-file",
            paramLabel = "FILE",
            description =
                    "An AdmissionConfiguration of apiserver.config.k8s.io/v1: kubeconfig files whose users webhooks"
                            + " are called as, and what PodSecurity asks by default.")
    @Nullable
    Path admissionControlConfigFile;

    @Option(
            names = "--enable-admission-plugins",
            paramLabel = "PLUGIN",
            split = ",",
            description = "Plugins of admission that take part beside the usual ones, such as AlwaysPullImages.")
    @Nullable
    List<String> enableAdmissionPlugins;

    @Option(
            names = "--disable-admission-plugins",
            paramLabel = "PLUGIN",
            split = ",",
            description = "Plugins of admission that take no part, such as DenyServiceExternalIPs.")
    @Nullable
    List<String> disableAdmissionPlugins;

    @Override
    public Set<String> keys() {
        return Set.of("admissionControlConfigFile", "enableAdmissionPlugins", "disableAdmissionPlugins");
    }

    /** The clock tells only how old a token is: it has no timers that would have to end. */
    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var settings = file.path(admissionControlConfigFile, "admissionControlConfigFile")
                .map(given -> AdmissionConfigFile.read(given, new SystemTime()))
                .orElse(AdmissionSettings.STANDARD)
                .withPlugins(plugins(file));
        return server -> server.admission(settings);
    }

    private PluginSelection plugins(SettingsFile file) {
        var enabled = Set.copyOf(file.texts(enableAdmissionPlugins, "enableAdmissionPlugins"));
        var disabled = Set.copyOf(file.texts(disableAdmissionPlugins, "disableAdmissionPlugins"));
        try {
            return new PluginSelection(enabled, disabled);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "enable-admission-plugins and disable-admission-plugins",
                    enabled + " and " + disabled,
                    String.valueOf(e.getMessage()));
        }
    }
}
