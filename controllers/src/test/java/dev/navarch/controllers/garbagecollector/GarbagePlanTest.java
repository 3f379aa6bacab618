package dev.navarch.controllers.garbagecollector;

import static dev.navarch.controllers.garbagecollector.GarbagePlan.OwnerState.ABSENT;
import static dev.navarch.controllers.garbagecollector.GarbagePlan.OwnerState.SOLID;
import static dev.navarch.controllers.garbagecollector.GarbagePlan.OwnerState.WAITING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.DeleteOptions.Propagation;
import dev.navarch.controllers.garbagecollector.GarbagePlan.OwnerState;
import dev.navarch.controllers.garbagecollector.GarbagePlan.Verdict;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GarbagePlanTest {
    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(List.of(), false, List.of(), new Verdict.Keep()),
                Arguments.of(List.of(SOLID), false, List.of(), new Verdict.Keep()),
                Arguments.of(List.of(SOLID, SOLID), true, List.of(), new Verdict.Keep()),
                Arguments.of(List.of(SOLID, ABSENT), false, List.of(), new Verdict.Unlink(Set.of("1"))),
                Arguments.of(List.of(WAITING, SOLID, ABSENT), true, List.of(), new Verdict.Unlink(Set.of("0", "2"))),
                Arguments.of(List.of(ABSENT), false, List.of(), new Verdict.Delete(Propagation.BACKGROUND)),
                Arguments.of(List.of(ABSENT), true, List.of("orphan"), new Verdict.Delete(Propagation.ORPHAN)),
                Arguments.of(
                        List.of(ABSENT),
                        true,
                        List.of("foregroundDeletion"),
                        new Verdict.Delete(Propagation.FOREGROUND)),
                Arguments.of(List.of(WAITING), false, List.of(), new Verdict.Delete(Propagation.BACKGROUND)),
                Arguments.of(List.of(WAITING, ABSENT), true, List.of(), new Verdict.Delete(Propagation.FOREGROUND)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theOwnersDecide(List<OwnerState> states, boolean hasDependents, List<String> finalizers, Verdict expected) {
        List<OwnerReference> owners = IntStream.range(0, states.size())
                .mapToObj(i ->
                        new OwnerReferenceBuilder().withUid(Integer.toString(i)).build())
                .toList();
        assertThat(GarbagePlan.decide(owners, states, hasDependents, finalizers))
                .isEqualTo(expected);
    }
}
