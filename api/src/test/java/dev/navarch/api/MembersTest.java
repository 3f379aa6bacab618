package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

class MembersTest {
    private static final long SEED = 20_261_122;

    /** Few names that come up again and again, some of which have the same hash. */
    private static String name(Random random) {
        return (random.nextBoolean() ? "Aa" : "BB") + random.nextInt(3 * Members.MOST / 4);
    }

    @Test
    void doesWhatALinkedHashMapDoes() {
        var random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            var members = new Members();
            Map<String, JsonNode> model = new LinkedHashMap<>();
            for (int step = 0; step < 60; step++) {
                var name = name(random);
                var value = JsonNodeFactory.instance.numberNode(step);
                switch (random.nextInt(8)) {
                    case 0 -> assertThat(members.remove(name)).isEqualTo(model.remove(name));
                    case 1 -> assertThat(members.get(name)).isEqualTo(model.get(name));
                    case 2 ->
                        assertThat(members.keySet().remove(name))
                                .isEqualTo(model.keySet().remove(name));
                    case 3 -> {
                        int odd = random.nextInt(7);
                        members.entrySet().removeIf(e -> e.getValue().asInt() % 7 == odd);
                        model.entrySet().removeIf(e -> e.getValue().asInt() % 7 == odd);
                    }
                    default -> assertThat(members.put(name, value)).isEqualTo(model.put(name, value));
                }
                assertThat(new ArrayList<>(members.entrySet())).isEqualTo(new ArrayList<>(model.entrySet()));
                assertThat(List.copyOf(members.keySet())).isEqualTo(List.copyOf(model.keySet()));
                assertThat(List.copyOf(members.values())).isEqualTo(List.copyOf(model.values()));
                assertThat(members).isEqualTo(model).hasSameHashCodeAs(model).hasSize(model.size());
            }
        }
    }

    @Test
    void anEntryWritesThrough() {
        var members = new Members();
        members.put("a", JsonNodeFactory.instance.numberNode(1));

        members.entrySet().iterator().next().setValue(JsonNodeFactory.instance.numberNode(2));

        assertThat(members.get("a")).isEqualTo(JsonNodeFactory.instance.numberNode(2));
    }

    @Test
    void objectsAreEqualWhoeverMadeThemAndCopiesAreSmallToo() {
        var small = Nodes.INSTANCE.objectNode();
        small.put("a", 1).putObject("b").put("c", "d");
        var usual = JsonNodeFactory.instance.objectNode();
        usual.putObject("b").put("c", "d");
        usual.put("a", 1);

        assertThat(small).isEqualTo(usual).hasSameHashCodeAs(usual);
        assertThat(usual).isEqualTo(small.deepCopy());
        assertThat(small).hasToString("{\"a\":1,\"b\":{\"c\":\"d\"}}");
    }

    @Test
    void aNameThatIsNoneIsAbsent() {
        assertThat(new Members().get(null)).isNull();
        Object number = 7;
        assertThat(new Members().containsKey(number)).isFalse();
    }
}
