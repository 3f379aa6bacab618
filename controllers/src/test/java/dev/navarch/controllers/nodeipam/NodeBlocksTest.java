package dev.navarch.controllers.nodeipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeBlocksTest {
    @Test
    void theLowestFreeRangeIsGiven() {
        var blocks = NodeBlocks.parse("10.244.0.0/16");
        assertThat(blocks.count()).isEqualTo(256);
        assertThat(blocks.free(Set.of())).contains("10.244.0.0/24");
        assertThat(blocks.free(Set.of("10.244.0.0/24", "10.244.2.0/24"))).contains("10.244.1.0/24");
    }

    @Test
    void allAreGivenAndNoMore() {
        var blocks = NodeBlocks.parse("192.168.252.7/22");
        Set<String> used = new HashSet<>();
        for (int i = 0; i < blocks.count(); i++) {
            used.add(blocks.free(used).orElseThrow());
        }
        assertThat(used)
                .containsExactlyInAnyOrder(
                        "192.168.252.0/24", "192.168.253.0/24", "192.168.254.0/24", "192.168.255.0/24");
        assertThat(blocks.free(used)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.0", "10.0.0.0/25", "fd00::/56", "x/16", "10.0.0.0/x"})
    void whatIsNoRangeIsRefused(String text) {
        assertThatThrownBy(() -> NodeBlocks.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
