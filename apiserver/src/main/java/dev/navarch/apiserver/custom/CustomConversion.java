package dev.navarch.apiserver.custom;

import dev.navarch.api.custom.CustomVersion;
import dev.navarch.api.structural.Defaulting;
import dev.navarch.api.structural.Pruning;
import dev.navarch.api.versions.Conversion;
import tools.jackson.databind.node.ObjectNode;

/**
 * Between two versions of a custom resource that differ in nothing but their names: what the other version does not know
 * is pruned, what it has defaults for is filled in (source: k8s.io/apiextensions-apiserver
 * pkg/apiserver/conversion/nop_converter.go and pkg/apiserver/customresource_handler.go).
 *
 * @param group of the definition
 */
public record CustomConversion(String group, CustomVersion served, CustomVersion stored) implements Conversion {
    @Override
    public ObjectNode toStored(ObjectNode object) {
        var whole = object.deepCopy();
        Defaulting.apply(whole, served.structural());
        return as(stored, whole);
    }

    @Override
    public ObjectNode toServed(ObjectNode object) {
        return as(served, object.deepCopy());
    }

    private ObjectNode as(CustomVersion version, ObjectNode converted) {
        converted.put("apiVersion", group + "/" + version.name());
        Pruning.prune(converted, version.structural());
        Defaulting.apply(converted, version.structural());
        return converted;
    }
}
