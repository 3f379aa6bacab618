package dev.navarch.api.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Spoils valid samples: bytes without regard to what they mean, texts with what parsers stumble over, trees by parts. */
public final class Mutator {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEP = 220;
    private static final List<String> TOKENS = List.of(
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            ":",
            ",",
            "\"",
            "'",
            "\\",
            "/",
            "//",
            "..",
            "/../",
            "%2f",
            "%2F..",
            "%00",
            "%",
            "%zz",
            "?",
            "&",
            "=",
            "==",
            "!=",
            "!",
            " in ",
            " notin ",
            "#",
            ";",
            "+",
            "-",
            "~",
            "~0",
            "~1",
            "*",
            "&a ",
            "*a",
            "<<: ",
            "- ",
            "? ",
            "!!int ",
            "|\n",
            "\r\n",
            "\n",
            "\t",
            "\u0000",
            "\ufeff",
            "\u2028",
            "\ud83d",
            "😀",
            "null",
            "true",
            "NaN",
            "1e999",
            "-1",
            "0x",
            "007",
            "9".repeat(400),
            "a".repeat(5_000),
            "$patch",
            "$retainKeys",
            "$setElementOrder/containers",
            "$deleteFromPrimitiveList/finalizers",
            "resourceVersion",
            "k8s\u0000");

    private final RandomGenerator random;

    public Mutator(RandomGenerator random) {
        this.random = random;
    }

    /** The sample with one to four changes, perhaps not UTF-8 any more. */
    public byte[] bytes(byte[] sample) {
        var spoilt = sample.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            spoilt = once(spoilt);
        }
        return spoilt;
    }

    public String text(String sample) {
        return new String(bytes(sample.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    private byte[] once(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, at + random.nextInt(40));
        return switch (random.nextInt(7)) {
            case 0 -> replaced(bytes, at, at, token());
            case 1 -> replaced(bytes, at, to, token());
            case 2 -> replaced(bytes, at, to, new byte[0]);
            case 3 -> replaced(bytes, at, at, Arrays.copyOfRange(bytes, at, to));
            case 4 -> Arrays.copyOf(bytes, at);
            default -> {
                if (at < bytes.length) {
                    bytes[at] = (byte) random.nextInt(0x100);
                }
                yield bytes;
            }
        };
    }

    private byte[] token() {
        return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        var all = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, all, 0, from);
        System.arraycopy(by, 0, all, from, by.length);
        System.arraycopy(bytes, to, all, from + by.length, bytes.length - to);
        return all;
    }

    /** A copy of the sample with one to three of its parts gone, doubled or become something else. */
    public JsonNode tree(JsonNode sample) {
        var spoilt = sample.deepCopy();
        for (int i = random.nextInt(3); i >= 0; i--) {
            List<JsonNode> containers = new ArrayList<>();
            collect(spoilt, containers);
            if (containers.isEmpty()) {
                return spoilt;
            }
            switch (containers.get(random.nextInt(containers.size()))) {
                case ObjectNode object -> spoil(object);
                case ArrayNode array -> spoil(array);
                default -> {}
            }
        }
        return spoilt;
    }

    private static void collect(JsonNode node, List<JsonNode> into) {
        if (node.isContainer()) {
            into.add(node);
            node.forEach(child -> collect(child, into));
        }
    }

    private void spoil(ObjectNode object) {
        var names = List.copyOf(object.propertyNames());
        if (names.isEmpty() || random.nextInt(4) == 0) {
            object.set(TOKENS.get(random.nextInt(TOKENS.size())), odd());
            return;
        }
        var name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(3)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(name, odd());
            default ->
                object.set(
                        names.get(random.nextInt(names.size())),
                        object.get(name).deepCopy());
        }
    }

    private void spoil(ArrayNode array) {
        if (array.isEmpty() || random.nextInt(4) == 0) {
            array.add(odd());
            return;
        }
        int at = random.nextInt(array.size());
        switch (random.nextInt(3)) {
            case 0 -> array.remove(at);
            case 1 -> array.set(at, odd());
            default -> array.add(array.get(at).deepCopy());
        }
    }

    /** A value that is seldom meant. */
    private JsonNode odd() {
        return switch (random.nextInt(12)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextLong());
            case 3 -> NODES.numberNode(-1);
            case 4 -> NODES.numberNode(1e300 * random.nextDouble());
            case 5 -> NODES.stringNode("");
            case 6 -> NODES.stringNode(TOKENS.get(random.nextInt(TOKENS.size())));
            case 7 -> NODES.objectNode();
            case 8 -> NODES.arrayNode();
            case 9 -> NODES.arrayNode().addNull().add(1).add("x");
            case 10 -> NODES.objectNode().put("", 1).putNull("x");
            default -> deep();
        };
    }

    private static JsonNode deep() {
        JsonNode node = NODES.objectNode();
        for (int i = 0; i < DEEP; i++) {
            node = i % 2 == 0 ? NODES.arrayNode().add(node) : NODES.objectNode().set("not", node);
        }
        return node;
    }
}
