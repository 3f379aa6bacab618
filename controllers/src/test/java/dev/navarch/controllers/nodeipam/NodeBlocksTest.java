package dev.navarch.controllers.nodeipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.controllers.PodRanges;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeBlocksTest {
    private static NodeBlocks blocks(String text) {
        return NodeBlocks.parse(text, PodRanges.of(text));
    }

    @Test
    void theFirstFreeRangeIsGiven() {
        var blocks = blocks("10.244.0.0/16");
        assertThat(blocks.count()).isEqualTo(256);
        assertThat(blocks.free(Set.of(), 0)).contains(new NodeBlocks.Block("10.244.0.0/24", 0, 0));
        assertThat(blocks.free(Set.of("10.244.0.0/24", "10.244.2.0/24"), 0))
                .contains(new NodeBlocks.Block("10.244.1.0/24", 1, 1));
        assertThat(blocks.free(Set.of("10.244.255.0/24", "10.244.0.0/24"), 255))
                .as("from the last on")
                .contains(new NodeBlocks.Block("10.244.1.0/24", 1, 2));
    }

    @Test
    void allAreGivenAndNoMore() {
        var blocks = blocks("192.168.252.7/22");
        Set<String> used = new HashSet<>();
        for (int i = 0; i < blocks.count(); i++) {
            used.add(blocks.free(used, 2).orElseThrow().text());
        }
        assertThat(used)
                .containsExactlyInAnyOrder(
                        "192.168.252.0/24", "192.168.253.0/24", "192.168.254.0/24", "192.168.255.0/24");
        assertThat(blocks.free(used, 0)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10.244.0.0/16, 20, 64, 1, 10.244.16.0/20",
        "fd00:10:244::/56, 24, 64, 0, fd00:10:244::/64",
        "fd00:10:244::/56, 24, 64, 1, fd00:10:244:1::/64",
        "fd00:10:244::/56, 24, 64, 255, fd00:10:244:ff::/64",
        "2001:db8::/48, 24, 64, 65535, 2001:db8:0:ffff::/64",
        "2001:db8:0:0:1::/80, 24, 96, 1, 2001:db8::1:1:0:0/96",
        "0:0:1::/56, 24, 64, 0, 0:0:1::/64",
    })
    void sizesAndFamilies(String range, int bits4, int bits6, int index, String block) {
        var blocks = NodeBlocks.parse(range, new PodRanges(List.of(range), bits4, bits6));
        assertThat(blocks.free(Set.of(), index).orElseThrow().text()).isEqualTo(block);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.0.0.0", "10.0.0.0/25", "fd00::/65", "fd00::/47", "x/16", "10.0.0.0/x", "10.0.0.0/-1"})
    void whatIsNoRangeIsRefused(String text) {
        assertThatThrownBy(() -> blocks(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/16,10.1.0.0/16", "fd00::/56,fd01::/56", "10.0.0.0/16,fd00::/56,fd01::/56"})
    void theyAreOneOfEachFamily(String ranges) {
        assertThatThrownBy(() -> PodRanges.of(ranges)).isInstanceOf(IllegalArgumentException.class);
    }
}
