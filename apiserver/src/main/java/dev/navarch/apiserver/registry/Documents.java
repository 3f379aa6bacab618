package dev.navarch.apiserver.registry;

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

/** Writes trees as bodies. */
final class Documents {
    private static final DumpSettings YAML = DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setIndent(2)
            .setWidth(Integer.MAX_VALUE)
            .setSplitLines(false)
            .build();
    private static final ObjectWriter PRETTY = JsonMapper.shared().writer().with(prettyPrinter());

    private Documents() {}

    static byte[] write(JsonNode tree, Negotiated form) {
        var text = switch (form.format()) {
            case JSON -> (form.pretty() ? PRETTY.writeValueAsString(tree) : tree.toString()) + "\n";
            case YAML -> new Dump(YAML).dumpToString(plain(tree));
        };
        return text.getBytes(StandardCharsets.UTF_8);
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
            case BINARY, POJO -> node.asString();
        };
    }
}
