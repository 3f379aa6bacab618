package dev.navarch.apiserver.patch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The body of a patch, read with limits on nesting and on the length of numbers. Of a field that is given twice the last
 * value counts.
 *
 * @param duplicates what is given twice, in upstream's words; at most a hundred
 */
record PatchBody(JsonNode tree, List<String> duplicates) {
    private static final int MOST_REPORTED = 100;
    private static final JsonMapper LENIENT = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(TreeBounds.MAX_DEPTH)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final JsonMapper STRICT = LENIENT.rebuild()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    static PatchBody read(byte[] body) {
        try {
            try {
                return new PatchBody(STRICT.readTree(body), List.of());
            } catch (MismatchedInputException _) {
                return new PatchBody(LENIENT.readTree(body), duplicates(body));
            }
        } catch (JacksonException e) {
            throw PatchException.malformed("error decoding patch: " + e.getOriginalMessage());
        }
    }

    /** Where the reader is: in an object with the fields that it had so far, or in a list. */
    private static final class Place {
        private final String path;
        private final Set<String> names = new HashSet<>();
        private final boolean list;
        private String name = "";
        private int index = -1;

        Place(String path, boolean list) {
            this.path = path;
            this.list = list;
        }

        String here() {
            return list ? path + "[" + index + "]" : path.isEmpty() ? name : path + "." + name;
        }
    }

    private static List<String> duplicates(byte[] body) {
        Set<String> found = new LinkedHashSet<>();
        Deque<Place> open = new ArrayDeque<>();
        try (var parser = LENIENT.createParser(body)) {
            for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
                var place = open.peek();
                if (place != null && place.list && !token.isStructEnd()) {
                    place.index++;
                }
                switch (token) {
                    case START_OBJECT, START_ARRAY ->
                        open.push(new Place(place == null ? "" : place.here(), token == JsonToken.START_ARRAY));
                    case END_OBJECT, END_ARRAY -> open.pop();
                    case PROPERTY_NAME -> {
                        if (place != null) {
                            place.name = parser.currentName();
                            if (!place.names.add(place.name) && found.size() < MOST_REPORTED) {
                                found.add("duplicate field \"" + place.here() + "\"");
                            }
                        }
                    }
                    default -> {}
                }
            }
        }
        return List.copyOf(found);
    }
}
