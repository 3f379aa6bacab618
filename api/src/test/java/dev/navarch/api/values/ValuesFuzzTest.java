package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.fuzz.Rounds;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Spoilt quantities, selectors and times are read or refused. */
class ValuesFuzzTest {
    private static final int ROUNDS = 20_000;

    private static void spoil(String name, List<String> samples, Consumer<String> parser) {
        Rounds.run(name, ROUNDS, 1 << 20, 1_000, (random, mutator, trial) -> {
            var text = mutator.text(samples.get(random.nextInt(samples.size())));
            trial.input(text, text.length());
            parser.accept(text);
        });
    }

    @Test
    void quantities() {
        spoil(
                "quantity",
                List.of("500m", "1.5Gi", "-3e6", "12E", "0.000000001", "1E-9", "+7Ki", "9999999999"),
                text -> {
                    try {
                        var canonical = Quantity.parse(text).toString();
                        assertThat(Quantity.parse(canonical).toString()).isEqualTo(canonical);
                        assertThat(canonical.length()).isLessThan(text.length() + 64);
                    } catch (IllegalArgumentException e) {
                        assertThat(e.getMessage()).isNotEmpty();
                    }
                });
    }

    @Test
    void labelSelectors() {
        spoil(
                "label selector",
                List.of("a=b,c!=d", "x in (a, b),!y", "example.com/z notin (1),q", "n>3,m<4", "a==b"),
                text -> {
                    try {
                        LabelSelector.parse(text).matches(Map.of("a", "b", "x", "a"));
                    } catch (SelectorException e) {
                        assertThat(e.getMessage()).isNotEmpty();
                    }
                });
    }

    @Test
    void fieldSelectors() {
        spoil("field selector", List.of("metadata.name=a,status.phase!=Running", "spec.nodeName==n\\,1"), text -> {
            try {
                FieldSelector.parse(text);
            } catch (SelectorException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        });
    }

    @Test
    void times() {
        spoil(
                "time",
                List.of("2024-01-01T00:00:00Z", "2024-02-29T23:59:60.123456+01:00", "0000-01-01T00:00:00Z"),
                Timestamps::parse);
    }
}
