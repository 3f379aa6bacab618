package dev.navarch.apiserver.admission;

import dev.navarch.api.ResourceType;
import dev.navarch.api.kinds.KindRules;
import dev.navarch.apiserver.fields.Versions;

/**
 * The kind of an object on its way, for plugins that show it to others.
 *
 * @param type the stored form, in which the object is while it is admitted
 * @param requested the {@code apiVersion} that the client used
 * @param versions all that the kind is served at
 * @param rules give a changed object its defaults
 * @param kindVersion the {@code apiVersion} of what a subresource takes, such as that of Scale; empty if it is the
 *     resource's own
 */
public record AdmittedKind(
        ResourceType type, String requested, Versions versions, KindRules rules, String kindVersion) {

    /** A kind that the resource is made of. */
    public AdmittedKind(ResourceType type, String requested, Versions versions, KindRules rules) {
        this(type, requested, versions, rules, "");
    }

    /** The {@code apiVersion} of the kind where the resource is looked at in this version. */
    public String kindAt(String apiVersion) {
        return kindVersion.isEmpty() ? apiVersion : kindVersion;
    }
}
