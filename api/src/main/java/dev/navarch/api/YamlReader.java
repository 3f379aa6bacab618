package dev.navarch.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the first document of a YAML text into a tree, with the meaning that Go's YAML 1.1 gives to plain scalars and
 * with its limit on aliases, so that a small text cannot become a huge tree (source: sigs.k8s.io/yaml, goyaml.v2
 * decode.go and resolve.go). Trees behind aliases are shared, not copied: the result is to be read only. For one text.
 */
final class YamlReader {

    private static final JsonNodeFactory NODES = Nodes.INSTANCE;
    private static final Set<String> TRUE =
            Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
    private static final Set<String> FALSE =
            Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
    private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
    private static final Pattern FLOAT = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern INTEGER =
            Pattern.compile("[-+]?(0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|0|[1-9][0-9]*)", Pattern.CASE_INSENSITIVE);

    private final Iterator<Event> events;
    private final int maxDepth;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private final Set<String> duplicates = new LinkedHashSet<>();
    private long decoded;
    private long aliased;
    private final List<Open> open = new ArrayList<>();

    /** What an anchor stands for, and how many values that is; null while it is being read. */
    private record Anchored(@Nullable JsonNode node, long size) {}

    /** A mapping or a sequence whose end has not been seen. */
    private static final class Open {
        final JsonNode node;
        final String anchor;
        final long decodedBefore;
        final List<JsonNode> merged = new ArrayList<>();
        boolean merge;

        @Nullable
        String key;

        Open(JsonNode node, String anchor, long decodedBefore) {
            this.node = node;
            this.anchor = anchor;
            this.decodedBefore = decodedBefore;
        }
    }

    /**
     * @param tree the document
     * @param duplicates keys given twice, in the words of Go's strict conversion
     */
    record Document(JsonNode tree, List<String> duplicates) {}

    private YamlReader(String text, int maxDepth) {
        var settings = LoadSettings.builder()
                .setCodePointLimit(Math.max(text.length(), 1))
                .setAllowDuplicateKeys(true)
                .build();
        this.events = new Parse(settings).parseString(text).iterator();
        this.maxDepth = maxDepth;
    }

    /**
     * @throws BadBodyException in Go's words if it is no YAML, is nested too deeply or has too many aliases
     */
    static Document read(String text, int maxDepth) {
        try {
            var reader = new YamlReader(text, maxDepth);
            var tree = reader.document();
            var problems = reader.duplicates.isEmpty()
                    ? List.<String>of()
                    : List.of(Decoded.TWICE_IN_YAML + "  " + String.join("\n  ", reader.duplicates));
            return new Document(tree, problems);
        } catch (MarkedYamlEngineException e) {
            var line = e.getProblemMark()
                    .map(m -> "line " + (m.getLine() + 1) + ": ")
                    .orElse("");
            throw new BadBodyException("yaml: " + line + e.getProblem());
        } catch (YamlEngineException e) {
            throw new BadBodyException("yaml: " + e.getMessage());
        }
    }

    private JsonNode document() {
        while (events.hasNext()) {
            if (events.next() instanceof DocumentStartEvent) {
                var tree = value();
                if (!(events.next() instanceof DocumentEndEvent)) {
                    throw new BadBodyException("yaml: did not find expected <document start>");
                }
                return tree;
            }
        }
        return NODES.nullNode();
    }

    /** Reads one value; keeps what is open on a stack of its own, so that nesting costs no call stack. */
    private JsonNode value() {
        while (true) {
            var event = events.next();
            JsonNode value;
            switch (event) {
                case AliasEvent alias -> value = alias(alias);
                case ScalarEvent scalar -> {
                    count(1);
                    value = scalar(scalar);
                    scalar.getAnchor().ifPresent(a -> anchors.put(a.getValue(), new Anchored(value, 1)));
                }
                case MappingStartEvent start -> {
                    open(start, NODES.objectNode());
                    continue;
                }
                case SequenceStartEvent start -> {
                    open(start, NODES.arrayNode());
                    continue;
                }
                case MappingEndEvent _, SequenceEndEvent _ -> value = closed();
                default -> throw new BadBodyException("yaml: unexpected " + event.getEventId());
            }
            if (open.isEmpty()) {
                return value;
            }
            put(open.getLast(), value, event);
        }
    }

    private void open(NodeEvent start, JsonNode node) {
        if (open.size() == maxDepth) {
            throw new BadBodyException("yaml: exceeded max depth of " + maxDepth);
        }
        count(1);
        var anchor = start.getAnchor().map(a -> a.getValue()).orElse("");
        if (!anchor.isEmpty()) {
            anchors.put(anchor, new Anchored(null, 0));
        }
        open.add(new Open(node, anchor, decoded));
    }

    private JsonNode closed() {
        var closing = open.removeLast();
        var node = closing.node;
        if (node instanceof ObjectNode object) {
            closing.merged.forEach(source -> merge(object, source));
            node = sorted(object);
        }
        if (!closing.anchor.isEmpty()) {
            anchors.put(closing.anchor, new Anchored(node, decoded - closing.decodedBefore + 1));
        }
        return node;
    }

    /** By keys, as they come out of upstream's way from YAML to an object, which leads over JSON. */
    private static ObjectNode sorted(ObjectNode object) {
        var last = "";
        boolean inOrder = true;
        for (var name : object.propertyNames()) {
            inOrder &= last.compareTo(name) <= 0;
            last = name;
        }
        if (inOrder) {
            return object;
        }
        var sorted = NODES.objectNode();
        object.propertyNames().stream().sorted().forEach(name -> sorted.set(name, object.get(name)));
        return sorted;
    }

    private void put(Open parent, JsonNode value, Event event) {
        if (parent.node instanceof ArrayNode array) {
            array.add(value);
        } else if (parent.key == null) {
            parent.merge = event instanceof ScalarEvent scalar
                    && scalar.isPlain()
                    && scalar.getValue().equals("<<");
            parent.key = keyText(value);
            if (!parent.merge && parent.node.has(parent.key)) {
                int line = event.getStartMark().map(m -> m.getLine() + 1).orElse(0);
                duplicates.add("line " + line + ": key " + value + " already set in map");
            }
        } else {
            if (parent.merge) {
                parent.merged.add(value);
            } else {
                ((ObjectNode) parent.node).set(parent.key, value);
            }
            parent.key = null;
        }
    }

    private JsonNode alias(AliasEvent event) {
        var name = event.getAlias().getValue();
        var anchored = anchors.get(name);
        if (anchored == null) {
            throw new BadBodyException("yaml: unknown anchor '" + name + "' referenced");
        }
        if (anchored.node() == null) {
            throw new BadBodyException("yaml: anchor '" + name + "' value contains itself");
        }
        aliased += anchored.size();
        count(anchored.size() + 1);
        return anchored.node();
    }

    /** Refuses a text most of whose values come out of aliases; small ones are let be. */
    private void count(long values) {
        decoded += values;
        if (aliased > 100 && decoded > 1000 && (double) aliased / decoded > allowedAliasRatio()) {
            throw new BadBodyException("yaml: document contains excessive aliasing");
        }
    }

    private double allowedAliasRatio() {
        if (decoded <= 400_000) {
            return 0.99;
        }
        return decoded >= 4_000_000 ? 0.10 : 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000.0);
    }

    private void merge(ObjectNode node, JsonNode value) {
        if (value instanceof ObjectNode source) {
            source.properties().stream()
                    .filter(e -> !node.has(e.getKey()))
                    .forEach(e -> node.set(e.getKey(), e.getValue()));
        } else if (value.isArray()) {
            value.forEach(v -> {
                if (!v.isObject()) {
                    throw new BadBodyException("yaml: map merge requires map or sequence of maps as the value");
                }
                merge(node, v);
            });
        } else {
            throw new BadBodyException("yaml: map merge requires map or sequence of maps as the value");
        }
    }

    private static String keyText(JsonNode key) {
        if (key.isString()) {
            return key.stringValue();
        }
        if (key.isNumber() || key.isBoolean()) {
            return key.toString();
        }
        throw new BadBodyException("error converting YAML to JSON: unsupported map key of type: " + key.getNodeType());
    }

    private static JsonNode scalar(ScalarEvent event) {
        var text = event.getValue();
        var tag = event.getTag().orElse("");
        if (tag.equals("tag:yaml.org,2002:str") || (!event.isPlain() && tag.isEmpty())) {
            return NODES.stringNode(text);
        }
        if (NULL.contains(text)) {
            return NODES.nullNode();
        }
        if (TRUE.contains(text)) {
            return NODES.booleanNode(true);
        }
        if (FALSE.contains(text)) {
            return NODES.booleanNode(false);
        }
        char first = text.charAt(0);
        return first == '+' || first == '-' || first == '.' || first >= '0' && first <= '9'
                ? number(text)
                : NODES.stringNode(text);
    }

    private static JsonNode number(String text) {
        var plain = text.replace("_", "");
        if (plain.length() <= 128 && INTEGER.matcher(plain).matches()) {
            return integer(plain);
        }
        if (plain.length() <= 1024 && FLOAT.matcher(plain).matches()) {
            double value = Double.parseDouble(plain);
            return Double.isInfinite(value) ? NODES.stringNode(text) : NODES.numberNode(value);
        }
        return NODES.stringNode(text);
    }

    private static JsonNode integer(String text) {
        boolean negative = text.startsWith("-");
        var digits = negative || text.startsWith("+") ? text.substring(1) : text;
        int radix = 10;
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            radix = switch (digits.charAt(1)) {
                case 'x', 'X' -> 16;
                case 'b', 'B' -> 2;
                default -> 8;
            };
            digits = digits.substring(Character.isDigit(digits.charAt(1)) ? 1 : 2);
        }
        var value = new BigInteger(digits, radix);
        value = negative ? value.negate() : value;
        return value.bitLength() < Long.SIZE
                ? NODES.numberNode(value.longValue())
                : NODES.numberNode(value.doubleValue());
    }
}
