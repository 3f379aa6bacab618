package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.values.GoText;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextsTest {
    @ParameterizedTest
    @CsvSource({
        "0,0s",
        "10000,10s",
        "80000,1m20s",
        "300000,5m0s",
        "350,350ms",
        "1500,1.5s",
        "3600000,1h0m0s",
        "5400500,1h30m0.5s"
    })
    void durationsAreSpelledAsInGo(long millis, String text) {
        assertThat(GoText.duration(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @Test
    void stringsAreQuotedAsInGo() {
        assertThat(GoText.quote("a\"b\\c\nd\u0001é")).isEqualTo("\"a\\\"b\\\\c\\nd\\x01é\"");
    }

    @ParameterizedTest
    @CsvSource({
        "$(A),1",
        "x$(A)y,x1y",
        "$$(A),$(A)",
        "$(B),$(B)",
        "$(A,$(A",
        "$,$",
        "$x,$x",
        "$$$(A),$1",
        "$($(A)),$($(A))"
    })
    void variablesAreExpanded(String text, String expanded) {
        assertThat(Expansion.expand(text, Map.of("A", "1"))).isEqualTo(expanded);
    }
}
