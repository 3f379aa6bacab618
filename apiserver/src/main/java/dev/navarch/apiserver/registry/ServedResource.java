package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.ResourceType;
import dev.navarch.api.kinds.KindRules;
import dev.navarch.api.kinds.KindWarnings;
import dev.navarch.api.versions.StoredAs;
import dev.navarch.apiserver.admission.AdmittedKind;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.fields.FieldSet;
import dev.navarch.apiserver.fields.FieldWriter;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.wire.Negotiated;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A resource as this server serves it: the catalogue's entry with all that belongs to it.
 *
 * @param type what is served, in the form that requests and answers have
 * @param rules about the stored form
 * @param warnings about the stored form
 * @param form how the two are related
 * @param fields keeps managed fields in the form that is served
 * @param custom what a custom resource has beyond that
 */
record ServedResource(
        ResourceType type,
        KindRules rules,
        KindWarnings warnings,
        KindHook hook,
        Traits traits,
        StoredForm form,
        Selectable selectable,
        FieldManager fields,
        Optional<CustomKind> custom) {

    /** A built-in one. */
    ServedResource(
            ResourceType type, KindRules rules, KindHook hook, Traits traits, StoredForm form, FieldManager fields) {
        this(type, rules, hook, traits, form, new Selectable(rules), fields, Optional.empty());
    }

    ServedResource(
            ResourceType type,
            KindRules rules,
            KindHook hook,
            Traits traits,
            StoredForm form,
            Selectable selectable,
            FieldManager fields,
            Optional<CustomKind> custom) {
        this(type, rules, KindWarnings.of(form.type()), hook, traits, form, selectable, fields, custom);
    }

    /** The same resource as if it were served in the form that is stored: what the work inside is done on. */
    ServedResource stored() {
        return form.converts()
                ? new ServedResource(
                        form.type(),
                        rules,
                        warnings,
                        hook,
                        traits,
                        new StoredForm(form.type(), StoredAs.served(form.type())),
                        selectable,
                        fields,
                        custom)
                : this;
    }

    /** The form of an answer; 406 if the client accepts none that this resource has. */
    Negotiated negotiated(ApiRequest request) {
        var form = Negotiated.of(request);
        return custom.isPresent() ? form.withoutMessages(request) : form;
    }

    /** Likewise of a watch's events. */
    Negotiated negotiatedWatch(ApiRequest request) {
        var form = Negotiated.ofWatch(request);
        return custom.isPresent() ? form.withoutMessages(request) : form;
    }

    /** What admission is told of the kind; the field manager knows in which version the client asked. */
    AdmittedKind admitted() {
        return new AdmittedKind(form.type(), fields.apiVersion(), fields.versions(), rules);
    }

    /** The fields that this client changes in an object, or in what a subresource shows of it, are its own. */
    Tracking tracking(ApiRequest request, WriteOptions options, String subresource) {
        return Tracking.of(fields, writer(request, options, subresource));
    }

    FieldWriter writer(ApiRequest request, WriteOptions options, String subresource) {
        return new FieldWriter(
                FieldWriter.named(options.fieldManager(), request.header("User-Agent", "")),
                subresource,
                writable(subresource));
    }

    private UnaryOperator<FieldSet> writable(String subresource) {
        return custom.isPresent() && subresource.equals("status")
                ? Writable.CUSTOM_STATUS
                : Writable.in(type, subresource);
    }

    /** Likewise, of the server itself. */
    Tracking ownTracking(String subresource) {
        return ownTracking(Tracking.SERVER, subresource);
    }

    /** Likewise, of a part of the server that has a name. */
    Tracking ownTracking(String manager, String subresource) {
        return Tracking.of(fields, new FieldWriter(manager, subresource, writable(subresource)));
    }

    boolean is(String group, String plural) {
        return plural().equals(plural) && group().equals(group);
    }

    String key(String namespace, String name) {
        return Objects.key(form.type(), namespace, name);
    }

    /** @param namespace empty for all */
    String prefix(String namespace) {
        return Objects.prefix(form.type(), namespace);
    }

    /** The group that errors name, which is that of the stored form. */
    String group() {
        return form.type().group();
    }

    String plural() {
        return form.type().plural();
    }

    ApiFailure notFound(String name) {
        return ApiFailure.notFound(group(), plural(), name);
    }

    ApiFailure alreadyExists(String name) {
        return ApiFailure.alreadyExists(group(), plural(), name);
    }

    ApiFailure modified(String name) {
        return ApiFailure.modified(group(), plural(), name);
    }

    ApiFailure invalid(String name, List<FieldError> errors) {
        return invalid(group(), type.kind(), name, errors);
    }

    static ApiFailure invalid(String group, String kind, String name, List<FieldError> errors) {
        return ApiFailure.invalid(
                group,
                kind,
                name,
                errors.stream()
                        .map(e -> new Cause(e.type().reason(), e.body(), e.field()))
                        .toList());
    }
}
