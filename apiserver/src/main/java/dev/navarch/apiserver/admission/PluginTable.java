package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All plugins there are: their names, whether they take part by default, and how they are made; in the order in which
 * they run (source: kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins and DefaultOffAdmissionPlugins).
 * What upstream's server does in its strategies rather than in plugins, and what is ours alone, always takes part.
 */
public final class PluginTable {
    private static final List<Row> ROWS = List.of(
            optional("NamespaceAutoProvision", s -> new NamespaceAutoProvision(s.objects, s.createNamespace)),
            standard("NamespaceLifecycle", s -> new NamespaceLifecycle(s.objects)),
            optional("NamespaceExists", s -> new NamespaceExists(s.objects)),
            optional("LimitPodHardAntiAffinityTopology", _ -> new HardAntiAffinityTopology()),
            standard("LimitRanger", s -> new LimitRanger(s.objects)),
            standard("ServiceAccount", s -> new ServiceAccountAdmission(s.objects, s.suffixes)),
            standard("NodeRestriction", s -> new NodeRestriction(s.objects, s.authorizer)),
            standard("TaintNodesByCondition", _ -> new NewNodeTaint()),
            optional("AlwaysPullImages", _ -> new AlwaysPullImages()),
            standard("PodSecurity", s -> new PodSecurityAdmission(s.objects, s.settings.podSecurity())),
            optional("PodNodeSelector", s -> new PodNodeSelector(s.objects, s.settings.nodeSelectors())),
            standard("Priority", s -> new PriorityAdmission(s.objects)),
            standard("DefaultTolerationSeconds", _ -> new DefaultTolerationSeconds()),
            optional(
                    "PodTolerationRestriction",
                    s -> new PodTolerationRestriction(s.objects, s.settings.podTolerations())),
            optional("EventRateLimit", s -> new EventRateLimit(s.settings.eventRates(), s.time)),
            optional("ExtendedResourceToleration", _ -> new ExtendedResourceToleration()),
            standard("DefaultStorageClass", s -> new DefaultStorageClass(s.objects)),
            standard("StorageObjectInUseProtection", _ -> new StorageProtection()),
            optional(
                    "OwnerReferencesPermissionEnforcement",
                    s -> new OwnerReferencesPermissionEnforcement(s.authorizer, s.resources)),
            standard("PersistentVolumeClaimResize", s -> new ClaimResize(s.objects)),
            standard("RuntimeClass", s -> new RuntimeClassAdmission(s.objects)),
            always("DeviceClaims", s -> new DeviceClaimAdmission(s.objects)),
            always("CertificateSigningRequests", s -> new SigningRequests(s.time)),
            standard("CertificateApproval", s -> SignerPermission.approval(s.authorizer)),
            standard("CertificateSigning", s -> SignerPermission.signing(s.authorizer)),
            standard("CertificateSubjectRestriction", _ -> new CertificateSubjectRestriction()),
            standard("DefaultIngressClass", s -> new DefaultIngressClass(s.objects)),
            standard("DenyServiceExternalIPs", _ -> new DenyServiceExternalIps()),
            standard("PodTopologyLabels", s -> new PodTopologyLabels(s.objects)),
            always("StartOrder", _ -> new StartOrder()),
            always("DeletionGuard", s -> new DeletionGuard(s.objects)),
            given("RBACEscalation", Use.ALWAYS),
            given("MutatingAdmissionPolicy", Use.STANDARD),
            given("MutatingAdmissionWebhook", Use.STANDARD),
            given("AdmissionPolicyParams", Use.ALWAYS),
            given("ValidatingAdmissionPolicy", Use.STANDARD),
            given("ValidatingAdmissionWebhook", Use.STANDARD),
            // after all others: what it has charged, nobody else refuses
            standard("ResourceQuota", s -> new QuotaAdmission(s.objects, s.settings.quota(), s.time)));

    private PluginTable() {}

    /** Whether a plugin takes part, and who may say otherwise. */
    private enum Use {
        /** Nobody can switch it off, or even knows it. */
        ALWAYS,
        /** Unless it is disabled. */
        STANDARD,
        /** Where it is enabled. */
        OPTIONAL
    }

    /** @param make gives none where the server has none of it */
    private record Row(String name, Use use, Function<Surroundings, Optional<AdmissionPlugin>> make) {}

    private static Row always(String name, Function<Surroundings, AdmissionPlugin> make) {
        return new Row(name, Use.ALWAYS, make.andThen(Optional::of));
    }

    private static Row standard(String name, Function<Surroundings, AdmissionPlugin> make) {
        return new Row(name, Use.STANDARD, make.andThen(Optional::of));
    }

    private static Row optional(String name, Function<Surroundings, AdmissionPlugin> make) {
        return new Row(name, Use.OPTIONAL, make.andThen(Optional::of));
    }

    /** One that is made elsewhere. */
    private static Row given(String name, Use use) {
        return new Row(
                name,
                use,
                s -> s.given.stream()
                        .filter(plugin -> plugin.name().equals(name))
                        .findFirst());
    }

    /**
     * What plugins may ask of the server that they are part of.
     *
     * @param objects what is stored, for plugins that depend on other objects than the request's own
     * @param resources plural names of those that hold objects of a kind
     * @param createNamespace makes a namespace of this name, unless there is one
     * @param given plugins that are made elsewhere, each of which must have its row
     */
    public record Surroundings(
            StoredObjects objects,
            AdmissionSettings settings,
            Authorizer authorizer,
            BiFunction<String, String, List<String>> resources,
            NameSuffixes suffixes,
            Consumer<String> createNamespace,
            List<AdmissionPlugin> given,
            TimeSource time) {}

    /** Those that take part, in their order. */
    public static List<AdmissionPlugin> of(Surroundings surroundings) {
        var selection = surroundings.settings.plugins();
        List<AdmissionPlugin> plugins = new ArrayList<>();
        for (var row : ROWS) {
            boolean takesPart = switch (row.use) {
                case ALWAYS -> true;
                case STANDARD -> !selection.disabled().contains(row.name);
                case OPTIONAL -> selection.enabled().contains(row.name);
            };
            if (takesPart) {
                row.make.apply(surroundings).ifPresent(plugins::add);
            }
        }
        var homeless = new TreeSet<>(names(surroundings.given));
        ROWS.forEach(row -> homeless.remove(row.name));
        if (!homeless.isEmpty()) {
            throw new IllegalArgumentException("no rows: " + homeless);
        }
        return List.copyOf(plugins);
    }

    private static Set<String> names(List<AdmissionPlugin> plugins) {
        return plugins.stream().map(AdmissionPlugin::name).collect(Collectors.toSet());
    }

    /** Whether there is a plugin of that name that may be enabled and disabled. */
    static boolean knows(String name) {
        return ROWS.stream().anyMatch(row -> row.use != Use.ALWAYS && row.name.equals(name));
    }
}
