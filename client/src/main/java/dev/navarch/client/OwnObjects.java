package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.ObjectReader;

/** Objects that belong to the one who asked. */
final class OwnObjects<T extends HasMetadata> implements SharedObjects.Reader<T> {
    private final ResourceKind<T> kind;
    private final ObjectReader json;

    OwnObjects(ResourceKind<T> kind) {
        this.kind = kind;
        json = Json.mapper().readerFor(kind.type());
    }

    @Override
    public T read(byte[] document, JsonParser parser) {
        return readAlone(parser);
    }

    @Override
    public T readAlone(JsonParser parser) {
        return Resource.named(kind, json.<T>readValue(parser));
    }
}
