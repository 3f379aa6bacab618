package dev.navarch.apiserver;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.admission.PluginSelection;
import dev.navarch.apiserver.admission.PodSecuritySettings;
import dev.navarch.apiserver.webhook.HookUsers;

/**
 * What admission is told from outside.
 *
 * @param webhookUsers as whom webhooks are called
 * @param plugins which take part
 * @param podSecurity for namespaces whose labels don't say how secure pods have to be, and whom nothing is asked of
 */
public record AdmissionSettings(
        HookUsers.OfAdmission webhookUsers, PodSecuritySettings podSecurity, PluginSelection plugins) {
    public static final AdmissionSettings STANDARD =
            new AdmissionSettings(HookUsers.OfAdmission.ANONYMOUS, PodSecuritySettings.STANDARD);

    public AdmissionSettings {
        requireNonNull(webhookUsers);
        requireNonNull(podSecurity);
        requireNonNull(plugins);
    }

    public AdmissionSettings(HookUsers.OfAdmission webhookUsers, PodSecuritySettings podSecurity) {
        this(webhookUsers, podSecurity, PluginSelection.STANDARD);
    }

    public AdmissionSettings withPlugins(PluginSelection other) {
        return new AdmissionSettings(webhookUsers, podSecurity, other);
    }
}
