package dev.navarch.client;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;

/** What an object's document says of itself. */
record Identity(String uid, long version) {

    /** Looks no further than the metadata; null if they don't say who the object is. */
    static @Nullable Identity of(byte[] document, int start) {
        var uid = "";
        var version = "";
        try (var parser = Json.mapper().createParser(document, start, document.length - start)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean metadata = parser.currentName().equals("metadata");
                if (parser.nextToken() != JsonToken.START_OBJECT || !metadata) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    var name = parser.currentName();
                    if (parser.nextToken() != JsonToken.VALUE_STRING) {
                        parser.skipChildren();
                    } else if (name.equals("uid")) {
                        uid = parser.getString();
                    } else if (name.equals("resourceVersion")) {
                        version = parser.getString();
                    }
                    if (!uid.isEmpty() && !version.isEmpty()) {
                        return new Identity(uid, Long.parseLong(version));
                    }
                }
                return null;
            }
            return null;
        } catch (NumberFormatException | JacksonException _) {
            return null; // versions need not be numbers; of what is no JSON the decoder will complain
        }
    }
}
