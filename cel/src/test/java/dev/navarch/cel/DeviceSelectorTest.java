package dev.navarch.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.values.Quantity;
import dev.navarch.cel.library.SemverLibrary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases are those of dynamic-resource-allocation cel/compile_test.go. */
class DeviceSelectorTest {
    private static final Device DEVICE = new Device(
            "dra.example.com",
            true,
            Map.of(
                    "model",
                    "A100",
                    "index",
                    3L,
                    "healthy",
                    true,
                    "firmware",
                    SemverLibrary.value("1.2.3").orElseThrow(),
                    "nodes.example.com/zone",
                    "a",
                    "lanes",
                    List.of(1L, 2L)),
            Map.of("memory", Quantity.parse("40Gi"), "other.example.com/slots", Quantity.parse("2")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "device.driver == 'dra.example.com'",
                "device.attributes['dra.example.com'].model == 'A100'",
                "device.attributes['dra.example.com'].index > 2",
                "device.attributes['dra.example.com'].healthy",
                "device.attributes['dra.example.com'].firmware.isGreaterThan(semver('1.0.0'))",
                "device.attributes['nodes.example.com'].zone in ['a', 'b']",
                "device.capacity['dra.example.com'].memory.compareTo(quantity('20Gi')) >= 0",
                "device.capacity['dra.example.com'].memory.isGreaterThan(quantity('20Gi'))",
                "device.capacity['other.example.com'].slots.asInteger() == 2",
                "has(device.attributes['dra.example.com'].model)",
                "!has(device.attributes['dra.example.com'].nothing)",
                "!has(device.attributes['nobody.example.com'].nothing)",
                "'nodes.example.com' in device.attributes",
                "!('nobody.example.com' in device.attributes)",
                "!('nothing' in device.attributes['nobody.example.com'])",
                "device.attributes['nobody.example.com'].size() == 0",
                "cel.bind(dra, device.attributes['dra.example.com'], dra.healthy && dra.index == 3)",
                "device.attributes.exists(d, d == 'nodes.example.com')",
                "device.attributes['dra.example.com'].lanes.exists(l, l == 2)",
                "device.attributes['dra.example.com'].?model.orValue('') == 'A100'",
                "device.allowMultipleAllocations",
            })
    void whatIsTrueOfTheDevice(String text) throws CelFailure {
        assertThat(DeviceSelector.compile(text).matches(DEVICE)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        noSuchVar                                   | undeclared reference to 'noSuchVar'
        device.driver                               | must evaluate to bool or the unknown type, not string
        device.nothing == 1                         | undefined field 'nothing'
        device.attributes['a']['b'] && 1            | found no matching overload
        """)
    void whatCanNotBeASelectorIsRefused(String text, String complaint) {
        assertThatThrownBy(() -> DeviceSelector.compile(text))
                .isInstanceOf(CelFailure.class)
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        device.attributes['dra.example.com'].nothing        | no such key: nothing
        device.attributes['nobody.example.com'].nothing     | no such key: nothing
        device.attributes['dra.example.com'].model          | could not be converted to bool
        """)
    void whatTheDeviceLacksIsAFailure(String text, String complaint) throws CelFailure {
        var selector = DeviceSelector.compile(text);
        assertThatThrownBy(() -> selector.matches(DEVICE))
                .isInstanceOf(CelFailure.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void theWorstCostFollowsTheSizesThatDevicesMayHave() throws CelFailure {
        assertThat(DeviceSelector.compile("device.driver == 'dra.example.com'").worstCost())
                .isLessThan(20);
        var loop = "device.attributes.all(d, device.attributes[d].all(a, d != 'x' && a != 'y'))";
        assertThat(DeviceSelector.compile(loop).worstCost()).isLessThan(DeviceSelector.MOST_COST);
        var nested = "device.attributes.all(a, device.attributes.all(b, device.attributes.all(c,"
                + " device.attributes.all(d, device.attributes.all(e, a + b + c + d + e != 'x')))))";
        assertThat(DeviceSelector.compile(nested).worstCost()).isGreaterThan(DeviceSelector.MOST_COST);
    }
}
