package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FieldSelectorTest {
    private static boolean matches(String selector) {
        Map<String, String> fields = Map.of("status.phase", "Running", "odd", "a,b=c");
        return FieldSelector.parse(selector).matches(field -> fields.getOrDefault(field, ""));
    }

    @Test
    void comparesFields() {
        assertThat(matches("status.phase=Running")).isTrue();
        assertThat(matches("status.phase==Running,spec.nodeName=")).isTrue();
        assertThat(matches("status.phase!=Running")).isFalse();
        assertThat(matches("spec.nodeName!=n1")).isTrue();
        assertThat(matches("")).isTrue();
    }

    @Test
    void backslashEscapes() {
        assertThat(matches("odd=a\\,b\\=c")).isTrue();
        assertThat(FieldSelector.parse("odd=a\\,b\\=c")).hasToString("odd=a\\,b\\=c");
    }

    @Test
    void textWithoutOperatorIsRefused() {
        assertThatThrownBy(() -> FieldSelector.parse("a=b,c"))
                .hasMessage("invalid selector: 'a=b,c'; can't understand 'c'");
    }

    @Test
    void knowsWhatItRequires() {
        assertThat(FieldSelector.parse("metadata.name=x,a!=b").requiredValue("metadata.name"))
                .contains("x");
        assertThat(FieldSelector.parse("a!=b").requiredValue("a")).isEmpty();
    }
}
