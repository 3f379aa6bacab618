package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.ObjectReader;

/**
 * Reads objects of a kind. What the kind's model looks like is found out when the first object comes: of the kinds that a
 * component watches, a cluster may never have one, and loading their classes is most of what a start would cost.
 */
final class Decoder<T extends HasMetadata> {
    private final ResourceKind<T> kind;
    private final Optional<SharedStrings> strings;
    private volatile @Nullable ObjectReader json;

    /** @param strings where texts that recur are kept, for {@link CompactModels}; none: objects that may be changed */
    Decoder(ResourceKind<T> kind, Optional<SharedStrings> strings) {
        this.kind = kind;
        this.strings = strings;
    }

    T read(JsonParser parser) {
        var reader = json;
        if (reader == null) {
            var plain = Json.mapper().readerFor(kind.type());
            reader = strings.map(texts -> plain.withAttribute(CompactModels.KEY, texts))
                    .orElse(plain);
            json = reader; // two that come at once make the same
        }
        return Resource.named(kind, reader.<T>readValue(parser));
    }
}
