package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;
import tools.jackson.core.JsonParser;

/** Objects that belong to the one who asked. */
final class OwnObjects<T extends HasMetadata> implements SharedObjects.Reader<T> {
    private final Decoder<T> decoder;

    OwnObjects(ResourceKind<T> kind) {
        decoder = new Decoder<>(kind, Optional.empty());
    }

    @Override
    public T read(byte[] document, JsonParser parser) {
        return readAlone(parser);
    }

    @Override
    public T readAlone(JsonParser parser) {
        return decoder.read(parser);
    }
}
