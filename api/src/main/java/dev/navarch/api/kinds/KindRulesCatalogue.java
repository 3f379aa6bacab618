package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.ResourceType;
import dev.navarch.api.values.Names;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules of all kinds, by group and kind: versions of a kind share them. Kinds without rules of their own, custom
 * resources among them, get those that hold for every object.
 */
public final class KindRulesCatalogue {
    private final Map<String, KindRules> rules;

    private KindRulesCatalogue(Map<String, KindRules> rules) {
        this.rules = Map.copyOf(rules);
    }

    /** Made once a process: rules have no state. */
    private static final class BuiltIn {
        private static final KindRulesCatalogue RULES = ofBuiltIns();
    }

    /** The rules of Kubernetes' own kinds. */
    public static KindRulesCatalogue builtIn() {
        return BuiltIn.RULES;
    }

    private static KindRulesCatalogue ofBuiltIns() {
        Map<String, KindRules> rules = new HashMap<>();
        rules.putAll(PodRules.all());
        rules.putAll(WorkloadRules.all());
        rules.putAll(BatchRules.all());
        rules.putAll(ServiceRules.all());
        rules.putAll(EndpointRules.all());
        rules.putAll(ConfigRules.all());
        rules.putAll(ClusterRules.all());
        rules.putAll(EventRules.all());
        rules.putAll(RbacRules.all());
        rules.putAll(NetworkRules.all());
        rules.putAll(PolicyRules.all());
        rules.putAll(AutoscalerRules.all());
        rules.putAll(QuotaRules.all());
        rules.putAll(PersistentVolumeRules.all());
        rules.putAll(VolumeClaimRules.all());
        rules.putAll(StorageClassRules.all());
        rules.putAll(CsiRules.all());
        rules.putAll(CertificateRules.all());
        rules.putAll(ServiceNetworkRules.all());
        rules.putAll(FlowControlRules.all());
        rules.putAll(WebhookRules.all());
        rules.putAll(AdmissionPolicyRules.all());
        rules.putAll(DeviceRules.all());
        rules.putAll(ResourceSliceRules.all());
        rules.putAll(ApiServiceRules.all());
        rules.putAll(CustomResourceDefinitionRules.all());
        rules.putAll(ReviewRules.all());
        return new KindRulesCatalogue(rules);
    }

    /**
     * The same, where objects of a kind are also checked by somebody who knows more than this module does.
     *
     * @param check gets the object as it is to be, and for an update as it is; tells what is wrong
     */
    public KindRulesCatalogue with(
            String group, String kind, BiFunction<ObjectNode, Optional<ObjectNode>, List<FieldError>> check) {
        var more = new HashMap<>(rules);
        more.computeIfPresent(key(group, kind), (_, base) -> new CheckedKind(base, check));
        return new KindRulesCatalogue(more);
    }

    /** The rules of a kind. */
    public KindRules of(ResourceType type) {
        return of(type, type);
    }

    /**
     * The rules of a version of a kind, which are about the stored form of its objects: its own if it has some, and
     * otherwise those of the version that is stored.
     */
    public KindRules of(ResourceType served, ResourceType stored) {
        KindRules own = rules.get(key(served.group(), served.kind()));
        KindRules kept = rules.get(key(stored.group(), stored.kind()));
        return own != null ? own : kept != null ? kept : generic(stored);
    }

    static String key(String group, String kind) {
        return group + "/" + kind;
    }

    private static KindRules generic(ResourceType type) {
        Kind.Builder kind =
                type.namespaced() ? Kind.namespaced(Names::dns1123Subdomain) : Kind.clustered(Names::dns1123Subdomain);
        kind.plainFinalizers();
        if (type.subresources().containsKey("status")) {
            kind.status();
        }
        if (type.schema().fields().containsKey("spec")) {
            kind.counts("spec");
        }
        return kind.build();
    }
}
