package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0Ki, 0",
        "-0, 0",
        "000, 0",
        "1, 1",
        "+1, 1",
        "-1, -1",
        "1.5, 1500m",
        "1.5Gi, 1536Mi",
        "100m, 100m",
        "1000m, 1",
        "1000, 1k",
        "1024, 1024",
        "1024Ki, 1Mi",
        "1024Mi, 1Gi",
        "1000M, 1G",
        "500Ki, 500Ki",
        "1Ei, 1Ei",
        "1E, 1E",
        "1000E, 1000E",
        "12e6, 12e6",
        "1e3, 1e3",
        "1E3, 1e3",
        "1e4, 10e3",
        "1e-3, 1e-3",
        "1e-1, 100e-3",
        "0.1, 100m",
        ".001Ki, 1024m",
        ".000001Ki, 1024u",
        ".000000000001Ki, 2n",
        "0.5Ki, 512",
        "0.1n, 1n",
        "-0.1n, -1n",
        "1.500, 1.500",
        "1.100, 1.100",
        "0.500, 500m",
        "1n, 1n",
        "1u, 1u",
        "1., 1",
        ".5, 500m",
        "2049, 2049",
        "16Ei, 9223372036854775807",
        "1023, 1023",
        "1Ki, 1Ki",
        "0.9Ki, 921600m",
    })
    void printsTheCanonicalForm(String text, String canonical) {
        assertThat(Quantity.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "abc", "1.1.1", "1 ", " 1", "1mi", "1KiB", "1i", "1ee3", "1e", "--1", "1e1.5", "0x10", "1,5"
            })
    void refusesWhatIsNoQuantity(String text) {
        assertThatThrownBy(() -> Quantity.parse(text)).isInstanceOf(QuantityException.class);
    }

    @Test
    void namesTheGrammarAndTheSuffixAsUpstreamDoes() {
        assertThatThrownBy(() -> Quantity.parse("x"))
                .hasMessage(
                        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        assertThatThrownBy(() -> Quantity.parse("1mi")).hasMessage("unable to parse quantity's suffix");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e1000000000", "1e99999999999", "1e-2000000000"})
    void hugeExponentsAreRefusedRatherThanExpanded(String text) {
        assertThatThrownBy(() -> Quantity.parse(text)).isInstanceOf(QuantityException.class);
    }

    @Test
    void longTextsAreRefused() {
        assertThatThrownBy(() -> Quantity.parse("9".repeat(1_000_000))).isInstanceOf(QuantityException.class);
    }

    @Test
    void valuesRoundAwayFromZero() {
        assertThat(Quantity.parse("1m").value()).isEqualTo(1);
        assertThat(Quantity.parse("-1m").value()).isEqualTo(-1);
        assertThat(Quantity.parse("1u").milliValue()).isEqualTo(1);
        assertThat(Quantity.parse("250m").milliValue()).isEqualTo(250);
        assertThat(Quantity.parse("100E").milliValue()).isEqualTo(Long.MAX_VALUE);
        assertThat(Quantity.parse("-100E").value()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void sumsKeepTheNotationOfTheFirst() {
        assertThat(Quantity.parse("1Gi").plus(Quantity.parse("1k"))).hasToString("1073742824");
        assertThat(Quantity.parse("512Mi").plus(Quantity.parse("512Mi"))).hasToString("1Gi");
        assertThat(Quantity.ZERO.plus(Quantity.parse("64Mi"))).hasToString("64Mi");
        assertThat(Quantity.parse("250m").plus(Quantity.parse("250m"))).hasToString("500m");
        assertThat(Quantity.parse("1").minus(Quantity.parse("250m"))).hasToString("750m");
    }

    @Test
    void agreesWithExactArithmetic() {
        Random random = new Random(20_260_101);
        List<String> suffixes =
                List.of("n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "e-3", "E6");
        for (int round = 0; round < 20_000; round++) {
            String number = (random.nextBoolean() ? "" : "-")
                    + random.nextInt(1_000_000)
                    + (random.nextBoolean() ? "" : "." + random.nextInt(1_000));
            String suffix = suffixes.get(random.nextInt(suffixes.size()));
            BigDecimal exact = model(number, suffix);
            Quantity quantity = Quantity.parse(number + suffix);
            assertThat(quantity.amount()).as(number + suffix).isEqualByComparingTo(exact);
            Quantity again = Quantity.parse(quantity.toString());
            assertThat(again).as(quantity.toString()).isEqualTo(quantity).hasSameHashCodeAs(quantity);
            assertThat(again).hasToString(quantity.toString());
            assertThat(quantity.value())
                    .isEqualTo(exact.setScale(0, RoundingMode.UP).longValueExact());
        }
    }

    private static BigDecimal model(String number, String suffix) {
        BigDecimal unit = switch (suffix) {
            case "n" -> new BigDecimal("1e-9");
            case "u" -> new BigDecimal("1e-6");
            case "m", "e-3" -> new BigDecimal("1e-3");
            case "" -> BigDecimal.ONE;
            case "k", "e3" -> new BigDecimal("1e3");
            case "M", "E6" -> new BigDecimal("1e6");
            case "G" -> new BigDecimal("1e9");
            case "T" -> new BigDecimal("1e12");
            case "Ki" -> new BigDecimal(1L << 10);
            case "Mi" -> new BigDecimal(1L << 20);
            case "Gi" -> new BigDecimal(1L << 30);
            default -> new BigDecimal(1L << 40);
        };
        return new BigDecimal(number).multiply(unit).setScale(9, RoundingMode.UP);
    }
}
