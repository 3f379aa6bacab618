package dev.navarch.apiserver.fields;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldSetTest {

    private static FieldSet parse(String json) {
        return FieldSet.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String json(FieldSet set) {
        return new String(set.json(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"f:a\":{}}",
                "{\"f:a\":{\".\":{},\"f:b\":{}},\"f:c\":{\"f:d\":{}}}",
                "{\"f:l\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{\".\":{},\"f:image\":{}},"
                        + "\"k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{}}}",
                "{\"f:s\":{\"v:1\":{},\"v:1.5\":{},\"v:\\\"a\\\"\":{},\"v:\\\"b\\\"\":{},\"v:false\":{},\"v:true\":{}}}",
                "{\"i:0\":{},\"i:1\":{\"f:a\":{}}}",
                "{\"f:\\u003ca\\\"\":{}}",
            })
    void itsTextIsRead(String text) {
        assertThat(json(parse(text))).isEqualTo(text);
    }

    @Test
    void itsOrderIsUpstreams() {
        assertThat(json(parse("{\"i:1\":{},\"v:2\":{},\"v:\\\"a\\\"\":{},\"k:{\\\"b\\\":1,\\\"a\\\":2}\":{},\"f:b\":{},"
                        + "\"f:a\":{\"f:z\":{},\"f:y\":{}},\"i:0\":{}}")))
                .isEqualTo("{\"f:a\":{\"f:y\":{},\"f:z\":{}},\"f:b\":{},\"k:{\\\"a\\\":2,\\\"b\\\":1}\":{},\"v:2\":{},"
                        + "\"v:\\\"a\\\"\":{},\"i:0\":{},\"i:1\":{}}");
    }

    @Test
    void stepsOfAKindThatIsNotKnownAreIgnored() {
        assertThat(json(parse("{\"x:later\":{\"f:a\":{}},\"f:b\":{\"y:\":{}}}")))
                .isEqualTo("{\"f:b\":{}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"f:a\":1}",
                "{\"a\":{}}",
                "{\"f\":{}}",
                "{\"k:1\":{}}",
                "{\"k:{\":{}}",
                "{\"v:{} {}\":{}}",
                "{\"i:x\":{}}",
                "{\"f:a\":{}",
                "{}{}"
            })
    void whatIsNoSetIsRefused(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(FieldsException.class);
    }

    @Test
    void messagesShowPaths() {
        assertThat(parse("{\"f:spec\":{\"f:l\":{\"k:{\\\"n\\\":\\\"a\\\",\\\"p\\\":80}\":{\"f:x\":{}}},\"f:s\":{"
                                + "\"v:\\\"q\\\"\":{}},\"f:i\":{\"i:3\":{}}}}")
                        .toString())
                .isEqualTo(".spec.i[3]\n.spec.l[n=\"a\",p=80].x\n.spec.s[=\"q\"]");
    }

    /** Against sets of paths as text. */
    @Test
    void theAlgebraIsThatOfSets() {
        long seed = 20261121;
        var random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            var a = random(random);
            var b = random(random);
            var label = "seed " + seed + " round " + i + "\n" + json(a) + "\n" + json(b);
            var union = new HashSet<>(paths(a));
            union.addAll(paths(b));
            var both = new HashSet<>(paths(a));
            both.retainAll(paths(b));
            var less = new HashSet<>(paths(a));
            less.removeAll(paths(b));
            var recursive = new HashSet<>(paths(a));
            recursive.removeIf(p -> paths(b).stream().anyMatch(q -> p.equals(q) || p.startsWith(q + ".")));
            assertThat(paths(a.union(b))).as(label).isEqualTo(union);
            assertThat(paths(a.intersection(b))).as(label).isEqualTo(both);
            assertThat(paths(a.difference(b))).as(label).isEqualTo(less);
            assertThat(paths(a.recursiveDifference(b))).as(label).isEqualTo(recursive);
            assertThat(a.union(b)).as(label).isEqualTo(b.union(a));
            assertThat(a.union(a.intersection(b))).as(label).isSameAs(a);
            assertThat(a.difference(b.difference(a))).as(label).isSameAs(a);
            assertThat(parse(json(a))).as(label).isEqualTo(a);
        }
    }

    private static Set<String> paths(FieldSet set) {
        Set<String> paths = new HashSet<>();
        set.forEach(path -> paths.add(PathElement.print(path)));
        return paths;
    }

    private static FieldSet random(Random random) {
        var set = FieldSet.EMPTY;
        for (int i = random.nextInt(6); i > 0; i--) {
            List<PathElement> path = new ArrayList<>();
            for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
                path.add(PathElement.name("" + (char) ('a' + random.nextInt(3))));
            }
            set = set.union(FieldSet.of(path));
        }
        return set;
    }
}
