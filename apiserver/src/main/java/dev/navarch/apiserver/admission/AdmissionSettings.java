package dev.navarch.apiserver.admission;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.webhook.HookUsers;

/**
 * What admission is told from outside.
 *
 * @param webhookUsers as whom webhooks are called
 * @param plugins which take part
 * @param nodeSelectors for PodNodeSelector
 * @param podTolerations for PodTolerationRestriction
 * @param quota for ResourceQuota
 * @param eventRates for EventRateLimit
 * @param podSecurity for namespaces whose labels don't say how secure pods have to be, and whom nothing is asked of
 */
public record AdmissionSettings(
        HookUsers.OfAdmission webhookUsers,
        PodSecuritySettings podSecurity,
        NodeSelectorSettings nodeSelectors,
        PodTolerationSettings podTolerations,
        QuotaSettings quota,
        EventRateSettings eventRates,
        PluginSelection plugins) {
    public static final AdmissionSettings STANDARD =
            new AdmissionSettings(HookUsers.OfAdmission.ANONYMOUS, PodSecuritySettings.STANDARD);

    public AdmissionSettings {
        requireNonNull(webhookUsers);
        requireNonNull(podSecurity);
        requireNonNull(nodeSelectors);
        requireNonNull(podTolerations);
        requireNonNull(quota);
        requireNonNull(eventRates);
        requireNonNull(plugins);
    }

    public AdmissionSettings(HookUsers.OfAdmission webhookUsers, PodSecuritySettings podSecurity) {
        this(
                webhookUsers,
                podSecurity,
                NodeSelectorSettings.STANDARD,
                PodTolerationSettings.STANDARD,
                QuotaSettings.STANDARD,
                EventRateSettings.STANDARD,
                PluginSelection.STANDARD);
    }

    public AdmissionSettings withPlugins(PluginSelection other) {
        return new AdmissionSettings(
                webhookUsers, podSecurity, nodeSelectors, podTolerations, quota, eventRates, other);
    }

    public AdmissionSettings withNodeSelectors(NodeSelectorSettings other) {
        return new AdmissionSettings(webhookUsers, podSecurity, other, podTolerations, quota, eventRates, plugins);
    }

    public AdmissionSettings withPodTolerations(PodTolerationSettings other) {
        return new AdmissionSettings(webhookUsers, podSecurity, nodeSelectors, other, quota, eventRates, plugins);
    }

    public AdmissionSettings withQuota(QuotaSettings other) {
        return new AdmissionSettings(
                webhookUsers, podSecurity, nodeSelectors, podTolerations, other, eventRates, plugins);
    }

    public AdmissionSettings withEventRates(EventRateSettings other) {
        return new AdmissionSettings(webhookUsers, podSecurity, nodeSelectors, podTolerations, quota, other, plugins);
    }
}
