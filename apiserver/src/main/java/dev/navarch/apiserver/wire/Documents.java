package dev.navarch.apiserver.wire;

import dev.navarch.api.RawJson;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes trees as bodies, in the form that was negotiated. Safe for use by many threads. */
public final class Documents {
    private final ProtobufBodies protobuf;

    /** Loaded for the first who wants YAML. */
    private static final class Yaml {
        private static final DumpSettings SETTINGS = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setIndent(2)
                .setWidth(Integer.MAX_VALUE)
                .setSplitLines(false)
                .build();
    }

    /** Loaded for the first who wants to read JSON with his eyes. */
    private static final class Pretty {
        private static final ObjectWriter WRITER = JsonMapper.shared().writer().with(prettyPrinter());
    }

    public Documents(ProtobufBodies protobuf) {
        this.protobuf = protobuf;
    }

    /** A kind that has no message in protobuf is answered as JSON to whoever wants protobuf. */
    public ApiResponse.Whole answer(int status, Negotiated form, ObjectNode tree, Headers headers) {
        return switch (form.format()) {
            case JSON -> new ApiResponse.Whole(status, ApiResponse.JSON, headers, json(tree, form.pretty()));
            case YAML -> new ApiResponse.Whole(status, Negotiated.Format.YAML.mediaType(), headers, yaml(tree));
            case PROTOBUF ->
                protobuf.document(tree)
                        .map(body ->
                                new ApiResponse.Whole(status, Negotiated.Format.PROTOBUF.mediaType(), headers, body))
                        .orElseGet(() -> new ApiResponse.Whole(status, ApiResponse.JSON, headers, json(tree, false)));
        };
    }

    /** A refusal in the form that its client asked for, and in JSON if that cannot be made. */
    public ApiResponse.Whole refusal(ApiFailure failure, Headers request, Query query) {
        var form = Negotiated.ofDocument(request, query).orElse(Negotiated.PLAIN_JSON);
        if (form.plainJson()) {
            return failure.response();
        }
        var headers = failure.response().headers();
        return answer(failure.code(), form, failure.status().tree(), headers);
    }

    private static byte[] json(JsonNode tree, boolean pretty) {
        var text = pretty ? Pretty.WRITER.writeValueAsString(RawJson.expanded(tree)) : tree.toString();
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] yaml(JsonNode tree) {
        return yamlText(tree).getBytes(StandardCharsets.UTF_8);
    }

    /** As kubectl would write it. */
    public static String yamlText(JsonNode tree) {
        return new Dump(Yaml.SETTINGS, new YamlStrings(Yaml.SETTINGS)).dumpToString(plain(tree));
    }

    /** Two blanks, a colon without a blank before it, and line feeds, as Go's json.Indent does. */
    private static DefaultPrettyPrinter prettyPrinter() {
        var indenter = new DefaultIndenter("  ", "\n");
        return new DefaultPrettyPrinter(Separators.createDefaultInstance()
                        .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                        .withObjectEmptySeparator("")
                        .withArrayEmptySeparator(""))
                .withObjectIndenter(indenter)
                .withArrayIndenter(indenter);
    }

    /** Plain collections, with sorted keys as sigs.k8s.io/yaml writes them. */
    private static @Nullable Object plain(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                SortedMap<String, @Nullable Object> map = new TreeMap<>();
                node.forEachEntry((name, value) -> map.put(name, plain(value)));
                yield map;
            }
            case ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>(node.size());
                node.forEach(e -> list.add(plain(e)));
                yield list;
            }
            case STRING -> node.stringValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.numberValue();
            case NULL, MISSING -> null;
            case POJO -> plain(RawJson.expanded(node));
            case BINARY -> node.asString();
        };
    }
}
