package dev.navarch.apiserver.registry;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.ResourceType;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.api.custom.CustomPrinter;
import dev.navarch.api.custom.CustomSchemas;
import dev.navarch.api.custom.CustomTypes;
import dev.navarch.api.custom.CustomVersion;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.api.table.TablePrinter;
import dev.navarch.api.versions.Conversion;
import dev.navarch.api.versions.StoredAs;
import dev.navarch.apiserver.custom.ConversionMetrics;
import dev.navarch.apiserver.custom.CustomConversion;
import dev.navarch.apiserver.custom.CustomRules;
import dev.navarch.apiserver.custom.WebhookConversion;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.webhook.HookClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a custom resource has beyond what every resource has.
 *
 * @param printer of the version's columns
 * @param scale where its replicas are, if it can be scaled
 * @param watches the open ones, which end with the definition's change
 */
record CustomKind(TablePrinter printer, Optional<CustomVersion.Scale> scale, OpenWatches watches) {

    /**
     * The resources that a definition makes.
     *
     * @param served one for each served version
     * @param stored of the version that is stored, whether it is served or not
     */
    record Resources(List<ServedResource> served, ServedResource stored) {}

    /**
     *
     * @param since objects that were written before this revision may not conform to the schema, and are read through it
     * @param conversions between versions
     * @param terminating whether the definition is on its way out, so that no object may be created
     */
    static Resources resources(
            CustomDefinition definition,
            OpenWatches watches,
            long since,
            boolean terminating,
            KindRulesCatalogue rules,
            FieldManager.Shared fields,
            Conversions conversions) {
        var storedVersion = definition.storedVersion();
        var stored = CustomTypes.of(definition, storedVersion, CustomSchemas.loose(definition, storedVersion));
        var versions = new ServedVersions(stored.groupVersion().apiVersion());
        List<Part> parts = new ArrayList<>();
        for (var version : definition.versions()) {
            if (!version.served() && !version.stored()) {
                continue;
            }
            var type = version.stored()
                    ? stored
                    : CustomTypes.of(definition, version, CustomSchemas.loose(definition, version));
            var conversion = conversions.between(definition, version, storedVersion);
            var form = new StoredForm(type, new StoredAs(stored, conversion), since);
            versions.addMade(type.groupVersion().apiVersion(), form, () -> CustomSchemas.typed(definition, version));
            parts.add(new Part(version, type, form));
        }
        var hook = terminating ? TERMINATING : KindHook.NONE;
        List<ServedResource> served = new ArrayList<>();
        ServedResource kept = null;
        for (var part : parts) {
            UnaryOperator<ObjectNode> asked = part.version.stored() ? UnaryOperator.identity() : part.form::served;
            var base = rules.of(stored);
            var resource = new ServedResource(
                    part.type,
                    new CustomRules(storedVersion, part.version, asked, base),
                    hook,
                    Traits.CUSTOM,
                    part.form,
                    new Selectable(
                            CustomRules.selectableFields(part.version, base),
                            Optional.of(part.form).filter(StoredForm::converts)),
                    new FieldManager(
                            part.type.groupVersion().apiVersion(),
                            definition.names().kind(),
                            versions,
                            fields),
                    Optional.of(new CustomKind(new CustomPrinter(part.version), part.version.scale(), watches)));
            if (part.version.served()) {
                served.add(resource);
            }
            if (part.version.stored()) {
                kept = resource;
            }
        }
        return new Resources(served, requireNonNull(kept));
    }

    /** How the versions of a definition are converted. */
    record Conversions(HookClient client, Supplier<String> uids, ConversionMetrics metrics) {
        Conversion between(CustomDefinition definition, CustomVersion version, CustomVersion stored) {
            var webhook = definition.webhook();
            return webhook == null
                    ? new CustomConversion(definition.group(), version, stored)
                    : new WebhookConversion(
                            definition.name(), definition.group(), version, stored, webhook, client, uids, metrics);
        }
    }

    private record Part(CustomVersion version, ResourceType type, StoredForm form) {}

    /** The entries of discovery and OpenAPI, one for each served version. */
    static List<ResourceType> documented(CustomDefinition definition) {
        return definition.versions().stream()
                .filter(CustomVersion::served)
                .map(v -> CustomTypes.of(definition, v, CustomSchemas.documented(definition, v)))
                .toList();
    }

    private static final KindHook TERMINATING = new KindHook() {
        @Override
        public Reservation creating(ObjectNode now) {
            throw new ApiFailure(new Status(
                    "Failure",
                    "create not allowed while custom resource definition is terminating",
                    "MethodNotAllowed",
                    Optional.empty(),
                    405));
        }
    };
}
