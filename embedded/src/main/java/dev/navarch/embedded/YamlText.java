package dev.navarch.embedded;

import dev.navarch.client.Json;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;

/** Reads the documents of a YAML text. */
final class YamlText {
    private YamlText() {}

    /**
     * Its documents, without empty ones.
     *
     * @param source what messages call the text, such as the name of its file
     * @throws EmbeddedClusterException if it is not YAML
     */
    static List<JsonNode> documents(String yaml, String source) {
        var settings = LoadSettings.builder()
                .setLabel(source)
                .setAllowDuplicateKeys(false)
                .setCodePointLimit(Integer.MAX_VALUE)
                .build();
        List<JsonNode> documents = new ArrayList<>();
        try {
            for (var document : new Load(settings).loadAllFromString(yaml)) {
                if (document != null) {
                    documents.add(Json.mapper().valueToTree(document));
                }
            }
        } catch (YamlEngineException e) {
            throw new EmbeddedClusterException(source + " is not YAML: " + e.getMessage(), e);
        }
        return documents;
    }

    /** Whether a document is a list of objects, as {@code kubectl get} writes it. */
    static boolean isList(JsonNode document) {
        return document.path("kind").asString("").endsWith("List")
                && document.path("items").isArray();
    }
}
