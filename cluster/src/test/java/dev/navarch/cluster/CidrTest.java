package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @Test
    void addressesAndSubnetsCountFromTheBase() {
        var block = Cidr.parse("10.244.0.0/16");
        assertThat(block.address(1)).isEqualTo("10.244.0.1");
        assertThat(block.subnet(24, 3)).hasToString("10.244.3.0/24");
        assertThatThrownBy(() -> block.subnet(24, 256)).isInstanceOf(ConfigException.class);
    }

    @Test
    void overlapIsSymmetric() {
        var wide = Cidr.parse("10.0.0.0/8");
        var inside = Cidr.parse("10.96.0.0/16");
        var outside = Cidr.parse("172.16.0.0/16");
        assertThat(wide.overlaps(inside)).isTrue();
        assertThat(inside.overlaps(wide)).isTrue();
        assertThat(inside.overlaps(outside)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.1/24", "10.0.0/8", "256.0.0.0/8", "a/8", "", "10.0.0.0/-1"})
    void whatIsNoBlockIsRefused(String text) {
        assertThatThrownBy(() -> Cidr.parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(text);
    }
}
