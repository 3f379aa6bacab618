package dev.navarch.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BehaviourNamesTest {
    @Test
    void theTableIsWhole() {
        assertThat(BehaviourTable.rows())
                .hasSize(444)
                .extracting(BehaviourTable.Row::name)
                .doesNotHaveDuplicates();
    }

    @Test
    void everyNameIsInTheTable() {
        var known = BehaviourTable.rows().stream().map(BehaviourTable.Row::name).collect(Collectors.toSet());
        assertThat(AnnotatedBehaviours.all())
                .isNotEmpty()
                .allSatisfy(found -> assertThat(known).as(found.method()).contains(found.name()));
    }

    @Test
    void noNameIsUsedTwice() {
        assertThat(AnnotatedBehaviours.all())
                .extracting(AnnotatedBehaviours.Found::name)
                .doesNotHaveDuplicates();
    }
}
