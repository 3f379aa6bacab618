package dev.navarch.apiserver.registry;

import dev.navarch.storage.Entry;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * The metadata of a stored value, cut out of its bytes: what most watches of metadata are sent. Only what stands before
 * is looked at, and it stands at the beginning.
 */
final class StoredMetadata {
    private StoredMetadata() {}

    /** Empty if there are none, or the value can't be read. */
    static Optional<byte[]> of(Entry entry) {
        try (var parser = JsonMapper.shared().createParser(entry.value())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean metadata = parser.currentName().equals("metadata");
                boolean object = parser.nextToken() == JsonToken.START_OBJECT;
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                if (metadata && object) {
                    int to = (int) parser.currentTokenLocation().getByteOffset() + 1;
                    return Optional.of(Arrays.copyOfRange(entry.value(), from, to));
                }
            }
            return Optional.empty();
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }
}
