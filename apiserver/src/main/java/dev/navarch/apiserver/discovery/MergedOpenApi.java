package dev.navarch.apiserver.discovery;

import dev.navarch.api.openapi.OpenApi;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * This server's OpenAPI together with that of others: in version 2 one document with everything, in version 3 one index,
 * whose documents each server serves itself. Sources: k8s.io/kube-aggregator pkg/controllers/openapi/aggregator and
 * pkg/controllers/openapiv3/aggregator; k8s.io/kube-openapi pkg/aggregator.
 */
final class MergedOpenApi implements RequestHandler {
    private static final String REFERENCE = "$ref";
    private static final String DEFINITIONS = "#/definitions/";

    private final OpenApiDocuments own;
    private final Elsewhere elsewhere;
    private volatile @Nullable More made;

    /**
     * What others describe.
     *
     * @param tag of the whole document
     */
    private record More(ObjectNode paths, ObjectNode definitions, String tag) {}

    MergedOpenApi(OpenApiDocuments own, Elsewhere elsewhere) {
        this.own = own;
        this.elsewhere = elsewhere;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        var path = request.path();
        if (path.equals(OpenApiDocuments.V2)) {
            return version2(request);
        }
        if (path.equals(OpenApiDocuments.V3) || path.equals(OpenApiDocuments.V3 + "/")) {
            return index().answer(request, Headers.EMPTY);
        }
        return own.handle(request);
    }

    private Document index() {
        var index = (ObjectNode) JsonMapper.shared().readTree(own.openApi().v3Index());
        var paths = Tree.childObject(index, "paths");
        elsewhere
                .served()
                .values()
                .forEach(server -> server.openApi3()
                        .forEach((path, url) -> paths.putObject(path).put("serverRelativeURL", url)));
        return Document.of(ApiResponse.JSON, Tree.json(index));
    }

    private ApiResponse version2(ApiRequest request) {
        var openApi = own.openApi();
        var more = more(openApi);
        return OpenApiDocuments.wantsProtobuf(request, OpenApiDocuments.V2_PROTOBUF)
                ? Document.answer(
                        request,
                        Headers.EMPTY,
                        OpenApi.V2_PROTOBUF_ANSWER,
                        "\"P" + more.tag.substring(1),
                        () -> Parts.of(openApi.v2Protobuf(more.paths, more.definitions)))
                : Document.answer(
                        request,
                        Headers.EMPTY,
                        ApiResponse.JSON,
                        more.tag,
                        () -> Parts.of(openApi.v2Json(more.paths, more.definitions)));
    }

    /** Made when first asked for. Two threads may both make it; that is no harm. */
    private More more(OpenApi openApi) {
        var there = made;
        if (there == null) {
            there = make(openApi);
            made = there;
        }
        return there;
    }

    private More make(OpenApi openApi) {
        var paths = Tree.object();
        var definitions = Tree.object();
        var here = new Here(openApi, needed());
        elsewhere.served().forEach((version, server) -> {
            if (server.openApi2() instanceof ObjectNode other) {
                add(paths, definitions, here, other, version.urlPrefix());
            }
        });
        var text = openApi.hash() + paths + definitions;
        return new More(
                paths,
                definitions,
                Document.of("", text.getBytes(StandardCharsets.UTF_8)).tag());
    }

    private Set<String> needed() {
        Set<String> names = new HashSet<>();
        elsewhere
                .served()
                .values()
                .forEach(server ->
                        names.addAll(Tree.at(server.openApi2(), "definitions").propertyNames()));
        return names;
    }

    /** Of this server's document, what others have names of too, without a tree of the whole. */
    private static final class Here {
        final Set<String> paths = new HashSet<>();
        final Map<String, JsonNode> definitions = new HashMap<>();

        Here(OpenApi openApi, Set<String> needed) {
            var bytes = Parts.of(openApi.v2Json()).toByteArray();
            try (var parser = JsonMapper.shared().createParser(bytes)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    var part = parser.currentName();
                    parser.nextToken();
                    boolean listed = part.equals("paths") || part.equals("definitions");
                    while (listed && parser.nextToken() == JsonToken.PROPERTY_NAME) {
                        var name = parser.currentName();
                        parser.nextToken();
                        if (part.equals("definitions") && needed.contains(name)) {
                            definitions.put(name, parser.readValueAsTree());
                        } else {
                            parser.skipChildren();
                        }
                        if (part.equals("paths")) {
                            paths.add(name);
                        }
                    }
                    if (!listed) {
                        parser.skipChildren();
                    }
                }
            }
        }
    }

    /** Adds the paths below a prefix, with all definitions that they need. */
    private static void add(ObjectNode paths, ObjectNode definitions, Here here, ObjectNode other, String prefix) {
        var source = Tree.at(other, "definitions");
        Map<String, String> names = new HashMap<>();
        List<JsonNode> added = new ArrayList<>();
        Tree.at(other, "paths").properties().forEach(entry -> {
            var path = entry.getKey();
            boolean below = path.equals(prefix + "/") || path.startsWith(prefix + "/");
            if (below && !paths.has(path) && !here.paths.contains(path)) {
                var copy = entry.getValue().deepCopy();
                paths.set(path, copy);
                added.add(copy);
            }
        });
        for (int i = 0; i < added.size(); i++) {
            rename(added.get(i), names, name -> {
                var definition = source.get(name);
                if (definition == null) {
                    return name;
                }
                for (int n = 1; ; n++) {
                    var free = n == 1 ? name : name + "_v" + n;
                    var there = here.definitions.getOrDefault(free, definitions.get(free));
                    if (there == null) {
                        var copy = definition.deepCopy();
                        definitions.set(free, copy);
                        added.add(copy);
                        return free;
                    }
                    if (same(there, definition)) {
                        return free;
                    }
                }
            });
        }
    }

    /** Two servers describe the machinery's types in different words at times; the first server's will do. */
    private static boolean same(JsonNode there, JsonNode other) {
        return there.equals(other)
                || other.has("properties") && there.path("properties").equals(other.path("properties"));
    }

    private interface Namer {
        String name(String name);
    }

    /** Lets references lead to where the definitions are now. */
    private static void rename(JsonNode node, Map<String, String> names, Namer namer) {
        if (node instanceof ObjectNode object) {
            var reference = Tree.text(object, REFERENCE);
            if (reference.startsWith(DEFINITIONS)) {
                var name = reference.substring(DEFINITIONS.length());
                var now = names.get(name);
                if (now == null) {
                    now = namer.name(name);
                    names.put(name, now);
                }
                object.put(REFERENCE, DEFINITIONS + now);
            }
            object.forEach(child -> rename(child, names, namer));
        } else if (node instanceof ArrayNode array) {
            array.forEach(child -> rename(child, names, namer));
        }
    }
}
