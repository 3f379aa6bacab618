package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "a-b", "a--b", "123-abc"})
    void labels(String name) {
        assertThat(Names.dns1123Label(name)).isEmpty();
        assertThat(Names.dns1123Subdomain(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "a-", "A", "a_b", "a b", "ä", "."})
    void notLabels(String name) {
        assertThat(Names.dns1123Label(name)).hasSize(1);
    }

    @Test
    void messagesAreUpstreams() {
        assertThat(Names.dns1123Label("A"))
                .containsExactly("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
                        + " and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex"
                        + " used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
        assertThat(Names.dns1123Label("a.b")).containsExactly("must not contain dots");
        assertThat(Names.dns1123Label("a".repeat(64))).containsExactly("must be no more than 63 bytes");
        assertThat(Names.dns1035Label("1a")).first().asString().startsWith("a DNS-1035 label must consist");
        assertThat(Names.qualifiedName("/a")).containsExactly("prefix part must be non-empty");
        assertThat(Names.qualifiedName("a/")).first().isEqualTo("name part must be non-empty");
        assertThat(Names.qualifiedName("a/b/c")).first().asString().contains("with an optional DNS subdomain prefix");
        assertThat(Names.configKey("..a")).containsExactly("must not start with '..'");
        assertThat(Names.portName("8080")).containsExactly("must contain at least one letter (a-z)");
        assertThat(Names.portName("a--b")).containsExactly("must not contain consecutive hyphens");
    }

    @Test
    void hugeNamesCostNoStack() {
        String huge = "a.".repeat(1_000_000);
        assertThat(Names.dns1123Subdomain(huge)).hasSize(2);
        assertThat(Names.qualifiedName("/".repeat(1_000_000))).hasSize(1);
    }

    @Test
    void environmentVariablesMayHaveAnyPrintableName() {
        assertThat(Names.environmentVariable("1 a-b.c")).isEmpty();
        assertThat(Names.environmentVariable("a=b")).hasSize(1);
        assertThat(Names.environmentVariable("")).containsExactly("environment variable name must be non-empty");
    }

    @Test
    void timesAreSecondsInUtc() {
        Instant time = Instant.parse("2026-01-02T03:04:05.678901Z");
        assertThat(Timestamps.seconds(time)).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(Timestamps.micros(time)).isEqualTo("2026-01-02T03:04:05.678901Z");
        assertThat(Timestamps.parse("2026-01-02T04:04:05.678901+01:00")).contains(time);
        assertThat(Timestamps.parse("yesterday")).isEmpty();
    }

    @Test
    void percentagesScale() {
        assertThat(IntOrString.of(JsonNodeFactory.instance.stringNode("25%")).scaled(10, true))
                .isEqualTo(3);
        assertThat(IntOrString.of(JsonNodeFactory.instance.stringNode("25%")).scaled(10, false))
                .isEqualTo(2);
        assertThat(IntOrString.of(JsonNodeFactory.instance.numberNode(4)).scaled(10, false))
                .isEqualTo(4);
    }
}
